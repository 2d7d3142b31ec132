"""Who may pass: every route is behind a permission, credentials are checked one way, foreign pages are refused."""

from typing import get_args

import httpx2
import pytest
from fastapi import APIRouter

from peer_server import wire
from peer_server.access import PERMISSIONS
from peer_server.routes.order import ROUTERS
from peer_server.web.guard import declared_permission, undeclared
from peer_server.ws.commands import ENTRIES, undeclared_commands
from tests.fakes.live_server import TOKEN, LiveServer, stored_bytes

PUBLIC_PATHS = {
    "/",
    "/docs",
    "/docs/{name}",
    "/healthz",
    "/metrics",
    "/openapi.json",
    "/readyz",
    "/v1/auth",
    "/v1/auth/accept",
    "/v1/auth/invitation",
    "/v1/auth/oidc",
    "/v1/auth/oidc/callback",
    "/v1/auth/password",
    "/v1/auth/reset",
    "/v1/auth/sign-in",
    "/v1/auth/visit",
    "/v1/file/link/{token}",
    "/v1/flow/share/execute/{token}",
    "/v1/flow/share/file/{token}",
    "/v1/flow/share/{token}",
    "/v1/flowrun/callback/{token}",
    "/v1/webhook/{token}",
}
ROUTES = [route for router in ROUTERS for route in router.routes]


def test_every_route_and_command_declares_its_permission() -> None:
    public = {route.path for route in ROUTES if declared_permission(route) == "public"}  # type: ignore[attr-defined]  # all are API routes
    assert undeclared(ROUTES) == []
    assert public == PUBLIC_PATHS
    assert undeclared_commands() == []
    assert set(get_args(get_args(wire.AnyCommand)[0])) == set(ENTRIES)
    assert {entry.permission for entry in ENTRIES.values()} <= set(PERMISSIONS)


def test_a_route_without_a_permission_is_found() -> None:
    router = APIRouter()

    @router.get("/forgotten")
    def forgotten() -> None: ...

    assert undeclared(router.routes) == ["/forgotten"]


@pytest.mark.anyio
async def test_nobody_passes_without_a_credential(nobody: httpx2.AsyncClient) -> None:
    # Given every route that is not public, with any body
    for route in ROUTES:
        if declared_permission(route) == "public":
            continue
        path, method = route.path.replace("{", "").replace("}", ""), next(iter(route.methods))  # type: ignore[attr-defined]  # as above
        # When nobody, a wrong token and a wrong cookie ask
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Cookie": "peer_session=wrong"}, {"x-api-key": TOKEN}):
            answer = await nobody.request(method, path, headers=headers, json={})
            # Then the answer is the same
            assert answer.status_code == 401, (method, path, answer.text)


@pytest.mark.anyio
async def test_a_link_signs_in_once(server: LiveServer) -> None:
    # Given a one-time link
    code = server.run(server.services.sign_in.link()).token.reveal()
    async with server.anonymous() as browser, server.anonymous() as thief:
        # When it is used twice
        first = await browser.post("/v1/auth/sign-in", json={"code": code})
        second = await thief.post("/v1/auth/sign-in", json={"code": code})
        # Then the first is signed in by a cookie that scripts cannot read, and the second is not
        cookie = first.headers["set-cookie"]
        assert first.status_code == 200
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert second.status_code == 401
        assert (await browser.get("/v1/me")).json()["name"] == "Owner"
        # And signing out ends it everywhere
        origin = {"Origin": server.url}
        assert (await browser.post("/v1/auth/sign-out", json={}, headers=origin)).status_code == 204
        stolen = {"Cookie": cookie.partition(";")[0]}
        assert (await thief.get("/v1/me", headers=stolen)).status_code == 401


@pytest.mark.anyio
async def test_cookies_of_foreign_pages_do_not_write(server: LiveServer) -> None:
    code = server.run(server.services.sign_in.link()).token.reveal()
    async with server.anonymous() as browser:
        await browser.post("/v1/auth/sign-in", json={"code": code})

        async def status(**headers: str) -> int:
            return (await browser.post("/v1/auth/ticket", json={}, headers=headers)).status_code

        assert await status(Origin=server.url) == 201
        assert await status(**{"Sec-Fetch-Site": "same-origin"}) == 201
        assert await status() == 403
        assert await status(Origin="https://evil.example") == 403
        assert await status(Origin=f"{server.url}.evil.example") == 403
        assert await status(Origin="null") == 403
        assert await status(Origin="https://evil.example", Authorization=f"Bearer {TOKEN}") == 201


@pytest.mark.anyio
async def test_foreign_hosts_are_refused(owner: httpx2.AsyncClient) -> None:
    assert (await owner.get("/v1/me", headers={"Host": "evil.example"})).status_code == 400


@pytest.mark.anyio
async def test_credentials_are_stored_as_digests_only(server: LiveServer) -> None:
    issued = server.run(server.services.sign_in.link()).token.reveal()
    stored = stored_bytes(server.settings.data_dir)
    assert issued.encode() not in stored
    assert TOKEN.encode() not in stored


@pytest.mark.anyio
async def test_requests_are_limited_per_principal(tmp_path_factory: pytest.TempPathFactory) -> None:
    with LiveServer(tmp_path_factory.mktemp("limited"), rate_limit="3/hour") as server:
        async with server.client() as client:
            statuses = [(await client.get("/v1/me")).status_code for _ in range(4)]
            refused = await client.get("/v1/me")
    assert statuses == [200, 200, 200, 429]
    assert 0 < int(refused.headers["retry-after"]) <= 3600


@pytest.mark.anyio
async def test_guessing_is_limited_per_address(tmp_path_factory: pytest.TempPathFactory) -> None:
    with LiveServer(tmp_path_factory.mktemp("guessed"), sign_in_rate_limit="2/minute") as server:
        async with server.anonymous() as guesser, server.client() as owner:
            guesses = [
                (await guesser.post("/v1/auth/sign-in", json={"code": "psl_guess"})).status_code for _ in range(4)
            ]
            tokens = [
                (await guesser.get("/v1/me", headers={"Authorization": f"Bearer guess{n}"})).status_code
                for n in range(3)
            ]
            owners = await owner.get("/v1/me")
            anonymous = [(await guesser.get("/v1/me")).status_code for _ in range(3)]
            guesser.cookies.set("peer_session", "over")
            signed_out = await guesser.get("/v1/me")
    assert guesses == [401, 401, 429, 429]
    assert owners.status_code == 200
    # And whoever shows no credential, or a wrong one that nobody could guess, is told so and keeps nobody out
    assert (tokens, anonymous, signed_out.status_code) == ([401, 401, 401], [401, 401, 401], 401)
