"""The one door of all routes: who is it, may they do this, how often. Every route declares its permission here."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from peer_server.access import PERMISSIONS, PUBLIC, Principal, Unauthenticated
from peer_server.services.bundle import Services
from peer_server.web.credentials import Accepted, authenticate
from peer_server.web.json_request import JsonRoute
from peer_server.web.rate_limits import keep


class Guard:
    """A dependency that lets a request pass, and answers its principal (None on public routes).

    ``credential`` says what may be shown, see `web.credentials`.
    """

    def __init__(self, permission: str, *, credential: Accepted = "any") -> None:
        if permission not in PERMISSIONS:
            raise ValueError(f"unknown permission {permission!r}; add it to access.PERMISSIONS")
        self.permission = permission
        self.credential = credential

    async def __call__(self, request: Request) -> Principal | None:
        """Raises `Unauthenticated`, `Forbidden`, `TooManyRequests`."""
        if self.permission == PUBLIC:
            return None
        services = services_of(request)
        found = await self._authenticate(request, services)
        principal = replace(found, address=address_of(request), door="rest")
        request.state.principal = principal
        keep(request.scope, await services.limits.hit_request(principal, principal.address))
        principal.require(self.permission)
        return principal

    async def _authenticate(self, request: Request, services: Services) -> Principal:
        try:
            return await authenticate(request, services, accepted=self.credential)
        except Unauthenticated:
            await services.limits.hit_refused(address_of(request))
            raise


def needs(permission: str, *, credential: Accepted = "any") -> Any:  # noqa: ANN401 - what FastAPI's Depends is
    """Declare the permission of a route, as the metadata of its principal parameter."""
    return Depends(Guard(permission, credential=credential))


def address_of(request: Request) -> str | None:
    """The network address that a request came from."""
    return request.client.host if request.client else None


def services_of(request: Request) -> Services:
    """The services of this application."""
    services: Services = request.app.state.services
    return services


Use = Annotated[Services, Depends(services_of)]
"""The parameter through which a route reaches the services."""


def router(tag: str) -> APIRouter:
    """A router for one resource."""
    return APIRouter(tags=[tag], route_class=JsonRoute)


def declared_permission(route: BaseRoute) -> str | None:
    """The permission that a route declares, or None."""
    if not isinstance(route, APIRoute):
        return None
    return next((guard.permission for guard in _guards([route.dependant])), None)


def undeclared(routes: Iterable[BaseRoute]) -> list[str]:
    """The routes that declare no permission; the application refuses to start with any."""
    return [str(getattr(route, "path", route)) for route in routes if declared_permission(route) is None]


def _guards(dependants: Sequence[Dependant]) -> Iterable[Guard]:
    for dependant in dependants:
        if isinstance(dependant.call, Guard):
            yield dependant.call
        yield from _guards(dependant.dependencies)
