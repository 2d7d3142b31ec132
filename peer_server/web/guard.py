"""The one door of all routes: who is it, may they do this, how often. Every route declares its permission here."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from peer_server.access import PERMISSIONS, PUBLIC, Principal, Unauthenticated
from peer_server.services.bundle import Services
from peer_server.web.credentials import Accepted, authenticate
from peer_server.web.json_request import Handler, JsonRoute
from peer_server.web.once import HEADER, answer_once
from peer_server.web.rate_limits import keep

_PASSED: Final = "passed"


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
        state = request.scope.setdefault("state", {})
        passed = state.get(_PASSED)
        if passed is not None and passed[0] is self:
            principal: Principal = passed[1]
            return principal
        services = services_of(request)
        found = await self._authenticate(request, services)
        principal = replace(found, address=address_of(request), door="rest")
        request.state.principal = principal
        services.limits.begin(request.scope, principal.id)
        keep(request.scope, await services.limits.hit_request(principal, principal.address))
        principal.require(self.permission)
        state[_PASSED] = (self, principal)
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
    return APIRouter(tags=[tag], route_class=GuardedRoute)


class GuardedRoute(JsonRoute):
    """A route whose POST may carry an `Idempotency-Key`; whoever repeats a request passes the guard again first."""

    def get_route_handler(self) -> Handler:
        """The handler of `JsonRoute`, called once per key."""
        handler = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            if request.method != "POST" or HEADER not in request.headers:
                return await handler(request)
            guard = next(iter(_guards([self.dependant])))
            kept = services_of(request).programs.kept
            return await answer_once(request, handler, kept=kept, who=await guard(request))

        return guarded


def declared_permission(route: BaseRoute) -> str | None:
    """The permission that a route declares, or None."""
    guard = guard_of(route)
    return None if guard is None else guard.permission


def guard_of(route: BaseRoute) -> Guard | None:
    """What stands at the door of a route."""
    return next(iter(_guards([route.dependant])), None) if isinstance(route, APIRoute) else None


def undeclared(routes: Iterable[BaseRoute]) -> list[str]:
    """The routes that declare no permission; the application refuses to start with any."""
    return [str(getattr(route, "path", route)) for route in routes if declared_permission(route) is None]


def guards_of(routes: Iterable[BaseRoute]) -> Iterable[tuple[str, str, Guard]]:
    """Path, method in lower case and guard of every route."""
    for route in routes:
        if isinstance(route, APIRoute):
            guard = next(iter(_guards([route.dependant])))
            yield from ((route.path_format, method.lower(), guard) for method in sorted(route.methods or ()))


def _guards(dependants: Sequence[Dependant]) -> Iterable[Guard]:
    for dependant in dependants:
        if isinstance(dependant.call, Guard):
            yield dependant.call
        yield from _guards(dependant.dependencies)
