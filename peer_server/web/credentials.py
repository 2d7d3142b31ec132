"""What somebody may show at a door, and who it makes them: one function for every header that a token may come in."""

from collections.abc import Mapping
from typing import Final, Literal

from fastapi import Request

from peer_server.access import Forbidden, Principal, Unauthenticated
from peer_server.secrets import Secret
from peer_server.services.bundle import Services
from peer_server.services.programs import api_keys
from peer_server.services.runs import resume_secrets

SESSION_COOKIE: Final = "peer_session"
Kind = Literal["token", "session", "key", "resume"]
Accepted = Literal["any", "key", "either", "run"]
"""What a route takes: ``any`` way a person signs in, an API ``key``, ``either``, or also the secret of one ``run``."""
_KINDS: Final[Mapping[Accepted, frozenset[Kind]]] = {
    "any": frozenset({"token", "session"}),
    "key": frozenset({"key"}),
    "either": frozenset({"token", "session", "key"}),
    "run": frozenset({"token", "session", "key", "resume"}),
}
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})


async def authenticate(request: Request, services: Services, *, accepted: Accepted) -> Principal:
    """Who sent this request. Raises `Unauthenticated`, also for a good credential of a kind that is not accepted."""
    shown = _shown(request)
    if shown is None or shown[0] not in _KINDS[accepted]:
        raise Unauthenticated("unauthenticated", "sign in first", remedy=_REMEDIES[accepted])
    kind, secret = shown
    match kind:
        case "key":
            return await services.programs.keys.authenticate(secret)
        case "resume":
            return await services.programs.resume_secrets.authenticate(secret)
        case "token":
            return await services.sign_in.authenticate(secret, session=False)
        case "session":
            principal = await services.sign_in.authenticate(secret, session=True)
            if request.method not in _READING:
                _require_own_origin(request, services)
            return principal


_REMEDIES: Final[Mapping[Accepted, str]] = {
    "any": "sign in, or send Authorization: Bearer <token>",
    "key": "send an API key as x-api-key or Authorization: Bearer <key>",
    "either": "sign in, or send an API key as x-api-key",
    "run": "sign in, or send the API key that started the run, or its resume secret as x-resume-secret",
}


def _shown(request: Request) -> tuple[Kind, Secret] | None:
    """The credential, headers before the cookie; what a token is stands in its prefix."""
    headers = request.headers
    token = _bearer(request)
    if token is not None:
        return _kind(token), Secret(token)
    if "x-api-key" in headers:
        return "key", Secret(headers["x-api-key"])
    if "x-resume-secret" in headers:
        return "resume", Secret(headers["x-resume-secret"])
    cookie = request.cookies.get(SESSION_COOKIE)
    return None if cookie is None else ("session", Secret(cookie))


def _kind(token: str) -> Kind:
    prefix = token.partition("_")[0]
    return "key" if prefix == api_keys.PREFIX else "resume" if prefix == resume_secrets.PREFIX else "token"


def _bearer(request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def _require_own_origin(request: Request, services: Services) -> None:
    """Cookies travel with requests of other sites too, so a write must say that it comes from our own pages."""
    origin = request.headers.get("origin")
    if origin is None and request.headers.get("sec-fetch-site") == "same-origin":
        return
    if origin is None or not services.origins.allows(origin, host=request.headers.get("host", "")):
        raise Forbidden(
            "foreign_origin",
            "a write with a session cookie must come from this server's own pages",
            remedy="send an Authorization header instead of the cookie, or allow the origin",
        )
