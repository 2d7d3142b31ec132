"""Forty tokens that are no good, at every place that takes one: none is accepted (S8)."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from flow_runtime.errors import Json
from tests.fakes.flows import APPROVAL, make_flow, make_peer
from tests.fakes.live_server import TOKEN, LiveServer
from tests.fakes.socket_talk import SocketClient

pytestmark = [pytest.mark.anyio, pytest.mark.promise("S8")]
Door = Callable[[str], Awaitable[bool]]
"""Tries a token at one place; whether it was let in."""


def mutated(token: str) -> list[str]:
    """A good token, almost."""
    prefix, _, secret = token.partition("_")
    flipped = secret[:-1] + ("A" if secret[-1] != "A" else "B")
    return [
        f"{prefix}_{flipped}",
        token[:-1],
        token + "A",
        token * 2,
        token.swapcase(),
        secret,
        f"xxx_{secret}",
        f"{prefix}__{secret}",
        f"{token}%00",
        f"{token},{token}",
        f"Bearer {token}",
        base64.b64encode(token.encode()).decode(),
    ]


def forged() -> list[str]:
    """Tokens of a kind that this server never gave out, whatever their header promises."""
    now = int(time.time())
    claims: dict[str, Json] = {"sub": "owner", "iss": "peer-server", "aud": "peer-server", "exp": now + 3600}
    key = RSAKey.generate_key(2048, private=True)

    def by_hmac(secret: bytes) -> str:
        signed = raw({"alg": "HS256"}).rstrip(".")
        seal = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
        return f"{signed}.{base64.urlsafe_b64encode(seal).decode().rstrip('=')}"

    def raw(header: dict[str, Json], body: dict[str, Json] = claims, signature: str = "") -> str:
        parts = (base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (header, body))
        return ".".join([*parts, signature])

    return [
        raw({"alg": "none"}),
        raw({"alg": "None", "typ": "JWT"}),
        raw({"alg": "HS256"}, signature="AAAA"),
        raw({"alg": "RS256", "kid": "../../dev/null"}),
        raw({"alg": "RS256", "jku": "https://evil.example/keys"}),
        raw({"alg": "RS256", "crit": ["exp"], "exp": 1}),
        by_hmac(b"secret"),
        by_hmac(key.as_pem(private=False)),
        jwt.encode({"alg": "RS256"}, claims, key),
        jwt.encode({"alg": "RS256", "jwk": key.as_dict(private=False)}, claims, key),
        jwt.encode({"alg": "RS256"}, claims | {"exp": now - 3600}, key),
        jwt.encode({"alg": "RS256"}, {"sub": "owner"}, key),
    ]


def nonsense() -> list[str]:
    """What some comparison or query might take for a token."""
    return [
        "null",
        "undefined",
        "true",
        "0",
        "*",
        "%",
        "' OR '1'='1",
        "${TOKEN}",
        "{}",
        "[]",
        "a" * 4000,
        "..",
        "owner",
    ]


class World:
    """Good credentials, from which bad ones are made, and the doors at which they are tried."""

    def __init__(self, server: LiveServer, stranger: httpx2.AsyncClient, good: dict[str, str]) -> None:
        self.server = server
        self.stranger = stranger
        self.good = good

    def doors(self) -> dict[str, Door]:
        return {
            "Authorization": lambda token: self._header({"Authorization": f"Bearer {token}"}),
            "x-api-key": self._key,
            "x-resume-secret": lambda token: self._run({"x-resume-secret": token}),
            "cookie": lambda token: self._header({"Cookie": f"peer_session={token}"}),
            "socket token": lambda token: self._hello(token=token),
            "socket ticket": lambda token: self._hello(ticket=token),
            "sign-in link": lambda token: self._post("sign-in", {"code": token}),
            "invitation": lambda token: self._post("accept", {"code": token, "name": "X", "password": "x" * 12}),
            "password": lambda token: self._post("password", {"code": token, "password": "x" * 12}),
            "visit": lambda token: self._post("visit", {"token": token}),
        }

    async def _header(self, headers: dict[str, str]) -> bool:
        return (await self.stranger.get("/v1/me", headers=headers)).status_code != 401

    async def _key(self, token: str) -> bool:
        path = f"/v1/client/flow/{self.good['flow']}/execute"
        answer = await self.stranger.post(path, json={"amount": 1}, headers={"x-api-key": token})
        return answer.status_code != 401

    async def _run(self, headers: dict[str, str]) -> bool:
        path = f"/v1/flowrun/poll/{self.good['run']}"
        return (await self.stranger.get(path, headers=headers)).status_code != 401

    async def _hello(self, **shown: str) -> bool:
        async with self.server.socket() as connection:
            answer = await SocketClient(connection).command("hello", **shown)
        return bool(answer["type"] != "error")

    async def _post(self, path: str, body: dict[str, Json]) -> bool:
        answer = await self.stranger.post(f"/v1/auth/{path}", json=body)
        assert answer.status_code < 500, answer.text
        return answer.status_code < 400


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with LiveServer(tmp_path_factory.mktemp("data"), public_rate_limit="1000000/second") as running:
        yield running


@pytest.fixture
async def owner(live: LiveServer) -> AsyncIterator[httpx2.AsyncClient]:
    async with live.client() as client:
        yield client


@pytest.fixture
async def world(live: LiveServer, owner: httpx2.AsyncClient) -> AsyncIterator[World]:
    flow_id = await make_flow(owner, APPROVAL, deploy=True)
    peer_id = await make_peer(owner, {"flowId": flow_id, "toolName": "pay"})
    share = (await owner.post(f"/v1/flow/{flow_id}/share", json={})).json()["token"]
    async with live.anonymous() as stranger:
        ran = (await stranger.post(f"/v1/flow/share/execute/{share}", json={"amount": 1})).json()
        link = (await owner.post(f"/v1/peer/{peer_id}/link", json={})).json()["token"]
        visitor = (await stranger.post("/v1/auth/visit", json={"token": link})).json()["session"]
    async with live.anonymous() as stranger:
        good = {
            "flow": flow_id,
            "run": ran["appRunId"],
            "token": (await owner.post("/v1/me/token", json={"name": "t"})).json()["token"],
            "key": (await owner.post(f"/v1/flow/{flow_id}/api-key", json={"name": "k"})).json()["key"],
            "ticket": (await owner.post("/v1/auth/ticket")).json()["ticket"],
            "resume": ran["resumeSecret"],
            "visitor": visitor,
        }
        yield World(live, stranger, good)


async def test_no_bad_token_is_let_in_anywhere(world: World) -> None:
    # Given bad tokens: forged ones, nonsense, digests as they are stored, and good ones that are almost themselves
    kinds = ("token", "key", "ticket", "resume", "visitor")
    digests = [world.server.keyring.digest(world.good[kind]) for kind in kinds]
    corpus = [*forged(), *nonsense(), *digests]
    for kind in kinds:
        corpus += mutated(world.good[kind])
    assert len(corpus) >= 40
    # When each is tried at every door
    let_in = [
        (name, token[:60])
        for name, door in world.doors().items()
        for token in (corpus if name != "socket token" else corpus[::2])
        if token.isascii() and await door(token)
    ]
    # Then none is let in
    assert let_in == []
    # And the good ones are, so that the doors are those that one thinks
    doors = world.doors()
    assert await doors["Authorization"](world.good["token"])
    assert await doors["x-api-key"](world.good["key"])
    assert await doors["x-resume-secret"](world.good["resume"])
    assert await doors["cookie"](world.good["visitor"])
    assert await doors["socket ticket"](world.good["ticket"])
    assert not await doors["socket ticket"](world.good["ticket"])
    assert await doors["socket token"](TOKEN)
