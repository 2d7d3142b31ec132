"""`/v1/auth/oidc`: signing in at an identity provider. Both routes answer a browser, by sending it on."""

from typing import Annotated, Final
from urllib.parse import quote

from fastapi import Cookie, Query, Request
from fastapi.responses import RedirectResponse

from flow_runtime.errors import FlowError
from peer_server.access import PUBLIC, unknown
from peer_server.routes.sign_in import set_session
from peer_server.services.people.oidc import ATTEMPT_LIFE, CALLBACK, OidcFailed, refusal_code
from peer_server.services.people.sign_in import Browser
from peer_server.web.guard import Use, address_of, needs, router
from peer_server.web.openapi_answers import also

api = router("auth")
COOKIE: Final = "peer_oidc"
_PATH: Final = "/v1/auth/oidc"


@api.get(_PATH, status_code=303, response_class=RedirectResponse, responses=also(404), dependencies=[needs(PUBLIC)])
async def begin(*, request: Request, services: Use) -> RedirectResponse:
    """Send the browser to the identity provider."""
    oidc = services.people.oidc
    if not oidc.is_on:
        raise unknown("identity provider", "here")
    await services.limits.hit_address(address_of(request))
    try:
        url, attempt = await oidc.begin()
    except OidcFailed as error:
        return _back(error)
    answer = RedirectResponse(url, 303)
    answer.set_cookie(
        COOKIE,
        attempt,
        max_age=int(ATTEMPT_LIFE.total_seconds()),
        path=_PATH,
        secure=services.settings.is_https,
        httponly=True,
        samesite="lax",  # It must come back from the provider's page.
    )
    return answer


@api.get(CALLBACK, status_code=303, response_class=RedirectResponse, dependencies=[needs(PUBLIC)])
async def callback(
    *,
    request: Request,
    services: Use,
    code: Annotated[str, Query(max_length=4000)] = "",
    state: Annotated[str, Query(max_length=200)] = "",
    peer_oidc: Annotated[str, Cookie(max_length=4000)] = "",
) -> RedirectResponse:
    """Where the provider sends the browser back to; it is signed in and sent to the page, or told what went wrong."""
    oidc = services.people.oidc
    if not oidc.is_on:
        raise unknown("identity provider", "here")
    await services.limits.hit_address(address_of(request))
    browser = Browser(request.headers.get("user-agent", ""), address_of(request))
    try:
        _principal, session = await oidc.finish(code=code, state=state, attempt=peer_oidc, browser=browser)
    except FlowError as error:
        return _back(error)
    answer = RedirectResponse("/", 303)
    set_session(answer, session, is_https=services.settings.is_https)
    answer.delete_cookie(COOKIE, path=_PATH)
    return answer


def _back(error: FlowError) -> RedirectResponse:
    return RedirectResponse(f"/#/sign-in-failed={quote(refusal_code(error))}", 303)
