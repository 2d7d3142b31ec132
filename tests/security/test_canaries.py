"""Planted secrets: every feature that takes one runs, and then none is found anywhere outside, in no spelling."""

import asyncio
import re
import zipfile
from base64 import b64decode
from collections.abc import Iterator
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from flow_runtime.errors import Json
from peer_server.wire import SUBPROTOCOL
from tests.fakes.flows import make_flow, make_peer
from tests.fakes.mail_server import MailServer
from tests.fakes.oidc_provider import CLIENT_ID, OidcProvider
from tests.fakes.openai_server import FakeOpenAI
from tests.fakes.provider import Provider, running_provider
from tests.fakes.socket_talk import SocketClient
from tests.faults.server_process import TOKEN, ServerProcess
from tests.security.canaries import CANARY, Planted, careless, leaky_flow
from tests.security.canary_systems import connect_models, connect_tools, share_files_and_peers, sign_in_elsewhere
from tests.services.postgres import PostgresServer

pytestmark = [pytest.mark.anyio, pytest.mark.promise("S5")]
METRICS_TOKEN = f"{CANARY}-metrics-77c0"
MAIL_PASSWORD = f"{CANARY}-mail-5d31"
SIGN_ON_SECRET = f"{CANARY}-sign-on-e8b2"
PASSWORD = f"{CANARY} pass word 9f27"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.soak)])
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of an empty database of each kind; "" is a SQLite file of the server's own."""
    return "" if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def post() -> Iterator[MailServer]:
    with MailServer(careless=True) as running:
        yield running


@pytest.fixture
def identities() -> Iterator[OidcProvider]:
    with OidcProvider(careless=True) as running:
        yield running


@pytest.fixture
def server(tmp_path: Path, database_url: str, post: MailServer, identities: OidcProvider) -> Iterator[ServerProcess]:
    """A whole server that logs all it can, on a database of each kind, with careless systems around it."""
    settings = {
        "PEER_SERVER_LOG_LEVEL": "debug",
        "OPENAI_API_KEY": f"{CANARY}-provider-key-51aa",
        "PEER_SERVER_METRICS_TOKEN": METRICS_TOKEN,
        "PEER_SERVER_SMTP_URL": post.url.replace("//", f"//post:{MAIL_PASSWORD}@"),
        "PEER_SERVER_OIDC_ISSUER": identities.issuer,
        "PEER_SERVER_OIDC_CLIENT_ID": CLIENT_ID,
        "PEER_SERVER_OIDC_CLIENT_SECRET": SIGN_ON_SECRET,
    }
    with ServerProcess(tmp_path / "server", database_url=database_url, settings=settings) as running:
        running.start()
        yield running


@pytest.mark.row("C-85", "C-102")
async def test_no_planted_secret_is_found_outside(
    server: ServerProcess, post: MailServer, identities: OidcProvider, request: pytest.FixtureRequest
) -> None:
    # Given secrets in every place that takes one, or that makes one
    planted = Planted()
    planted.note("owner token", TOKEN)
    planted.note("provider key", f"{CANARY}-provider-key-51aa")
    planted.note("metrics token", METRICS_TOKEN)
    planted.note("mail password", MAIL_PASSWORD)
    planted.note("secret of the single sign-on", SIGN_ON_SECRET)
    async with running_provider() as provider, server.async_client() as owner, FakeOpenAI() as models:
        stage = Stage(planted, provider=provider, owner=owner, server=server)
        await stage.set_up(models)
        assert len(planted.secrets) >= 37
        # When every feature runs: by a person, a program, a visitor, a push, in a chat; to the end and into errors
        await stage.run_everything()
        await sign_in_elsewhere(stage, identities)
        outside = {**await stage.crawl(), **stage.kept, "log": server.log.encode()}
        # The secrets did arrive where they belong.
        assert provider.received
        assert MAIL_PASSWORD in b64decode(post.sign_ins[0]).decode()
        assert SIGN_ON_SECRET in b64decode(identities.forms[0]["authorization"].partition(" ")[2]).decode()
        assert planted.found_in(repr([(one.headers, one.target, one.body) for one in provider.received]).encode())
    server.stop()
    if server.database_url:
        database = server.database_url.rpartition("/")[2]
        outside["database"] = _dump(request.getfixturevalue("postgres_server"), database)
        assert b"typed-by-a-person" in outside["database"]  # It is a whole one.
    for path in sorted((server.folder / "data").rglob("*")):
        if path.is_file() and path.name != "secret.key":
            outside[f"data/{path.name}"] = path.read_bytes()
    # Then none of them is found outside
    assert b"typed-by-a-person" not in outside["/v1/workspace/audit"] + outside["/v1/workspace/audit/export"]
    leaks = {place: found for place, content in outside.items() if (found := planted.found_in(content))}
    assert leaks == {}
    assert [address for address in stage.ids["address"] if address in server.log] == []


class Stage:
    """Plants, runs and looks. `kept` is what the server said to others than who made a secret."""

    def __init__(
        self, planted: Planted, *, provider: Provider, owner: httpx2.AsyncClient, server: ServerProcess
    ) -> None:
        self.planted = planted
        self.provider = provider
        self.owner = owner
        self.server = server
        self.kept: dict[str, bytes] = {}
        self.ids: dict[str, list[str]] = {}

    async def set_up(self, models: FakeOpenAI) -> None:
        plant, plain = self.planted.plant, self.planted.plain
        plain("issued token")
        self.provider.answer = careless(self.planted)
        host = self.provider.host
        schemes: list[dict[str, Json]] = [
            {"kind": "apiKey", "place": "header", "name": "x-key", "value": plain("header profile")},
            {"kind": "apiKey", "place": "query", "name": "key", "value": plant("query profile")},
            {"kind": "basic", "username": "shop", "password": plant("basic profile")},
            {
                "kind": "oauth2",
                "tokenUrl": f"{self.provider.url}/token",
                "clientId": "me",
                "clientSecret": plant("client secret"),
            },
        ]
        bodies = [{"name": f"P{n}", "scheme": scheme, "hosts": [host]} for n, scheme in enumerate(schemes)]
        profiles = [await self.made("/v1/credential", {**body, "flows": "all"}) for body in bodies]
        await connect_models(self, models)
        definition = leaky_flow(host, [profile["name"] for profile in profiles])
        self.flow_id = await make_flow(self.owner, definition)
        for name in ("PLAIN", "QUERY", "PROMPT", "CODE", "CARD", "FORM", "FAULT"):
            await self.variable(name, plant(f"variable {name}"))
        await self.variable("HEADER", plain("variable header"))
        await self.variable("NESTED", {"list": [{"token": plant("variable nested")}]})
        shared = {"value": plant("workspace variable"), "secure": True}
        await self.owner.put("/v1/workspace/variable/SHARED", json=shared)
        deployed = await self.owner.post(f"{self.at}/deploy")
        assert deployed.is_success, deployed.text
        self.key = self.planted.note("flow key", (await self.made(f"{self.at}/api-key", {"name": "k"}))["key"])
        self.planted.note("workspace key", (await self.made("/v1/workspace/api-key", {"name": "k"}))["key"])
        self.link = self.planted.note("share token", (await self.made(f"{self.at}/share", {"name": "l"}))["token"])
        target = {"callbackUrl": f"{self.provider.url}/results", "accessToken": plain("push token"), "enabled": True}
        saved = (await self.owner.put(f"{self.at}/push", json=target)).json()
        self.planted.note("signing secret", saved["signingSecret"].removeprefix("whsec_"))
        self.planted.note("personal token", (await self.made("/v1/me/token", {"name": "t"}))["token"])
        self.planted.note("ticket", (await self.made("/v1/auth/ticket", {}))["ticket"])
        self.peer_id = await make_peer(self.owner, {"flowId": self.flow_id, "toolName": "leak"})
        await self.invite()
        remember = {"flow_id": self.flow_id, "peer_id": self.peer_id, "credential_id": profiles[0]["id"]}
        self.ids |= {name: [value] for name, value in remember.items()}
        await connect_tools(self)
        await share_files_and_peers(self)

    @property
    def at(self) -> str:
        return f"/v1/flow/{self.flow_id}"

    async def made(self, path: str, body: Json) -> dict[str, Any]:
        answer = await self.owner.post(path, json=body)
        assert answer.status_code == 201, (path, answer.text)
        found: dict[str, Any] = answer.json()
        return found

    async def variable(self, name: str, value: Json) -> None:
        saved = await self.owner.put(f"{self.at}/variable/{name}", json={"value": value, "secure": True})
        assert saved.is_success, saved.text

    async def invite(self) -> None:
        """Somebody joins by an invitation, with a password, and comes in again."""
        invited = await self.made("/v1/workspace/invitation", {"emails": ["ada@example.com"], "role": "member"})
        code = self.planted.note("invitation", invited["items"][0]["link"].partition("invitation=")[2])
        password = self.planted.note("password", PASSWORD)
        async with httpx2.AsyncClient(base_url=self.server.url) as browser:
            accepted = await browser.post("/v1/auth/accept", json={"code": code, "name": "Ada", "password": password})
            assert accepted.is_success, accepted.text
            await browser.post("/v1/auth/sign-in", json={"email": "ada@example.com", "password": password})
            self.planted.note("session", browser.cookies["peer_session"])
            wrong = self.planted.plant("mistyped password")
            refused = await browser.post("/v1/auth/sign-in", json={"email": "ada@example.com", "password": wrong})
            self.kept["refused sign-in"] = refused.content

    async def run_everything(self) -> None:
        studio = await self.owner.post(f"/v1/flow/execute/{self.flow_id}", json={"inputs": {}})
        await self.finish("studio", studio, self.owner)
        async with self.program() as program:
            client = await program.post(f"/v1/client/flow/{self.flow_id}/execute", json={})
            await self.finish("program", client, program)
            pushed = await program.post(f"/v1/client/flow/{self.flow_id}/push", json={})
            await self.finish("push", pushed, program)
        async with httpx2.AsyncClient(base_url=self.server.url) as visitor:
            self.kept["form of visitors"] = (await visitor.get(f"/v1/flow/share/{self.link}")).content
            visited = await visitor.post(f"/v1/flow/share/execute/{self.link}", json={})
            self.planted.note("resume secret", _secret_of(visited.json()))
            shown = {name: value for name, value in visited.json().items() if value != _secret_of(visited.json())}
            self.kept["visitor"] = orjson.dumps(shown)
        await self.chat()
        await self.fail()
        scanner = {"type": "denylist", "config": {"words": ["stray"]}, "action": "redact"}
        tried = {"scanner": scanner, "text": self.planted.secrets["stray secret"]}
        assert (await self.owner.post("/v1/guardrail/test", json=tried)).is_success
        await asyncio.gather(*(self.owner.post(f"/v1/credential/{i}/test") for i in self.ids["credential_id"]))

    def program(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(base_url=self.server.url, headers={"x-api-key": self.key}, timeout=30)

    async def finish(self, who: str, started: httpx2.Response, client: httpx2.AsyncClient) -> None:
        """Answer what the run asks until it ends."""
        self.kept[f"{who} started"] = started.content
        run_id = started.json()["appRunId"]
        self.ids.setdefault("run_id", []).append(run_id)
        for body in ({"decision": "approve"}, {"formData": {"a": "typed-by-a-person"}}):
            interrupt_id = (await self.poll(run_id))["waitState"]["interruptId"]
            self.ids.setdefault("interrupt_id", []).append(interrupt_id)
            answer = {**body, "interruptId": interrupt_id}
            answered = await client.post(f"/v1/flowrun/resume/{run_id}", json=answer)
            assert answered.is_success, answered.text
            self.kept[f"{who} answered {len(self.kept)}"] = answered.content
        ended = await self.poll(run_id, status="completed")
        assert "•" in str(ended), "the flow was meant to end with everything that it got"

    async def poll(self, run_id: str, *, status: str = "waiting") -> dict[str, Any]:
        async with asyncio.timeout(20):
            while True:
                found: dict[str, Any] = (await self.owner.get(f"/v1/flowrun/poll/{run_id}")).json()
                if found["status"] == status:
                    return found
                assert found["status"] in {"queued", "running", "waiting"}, found

    async def chat(self) -> None:
        """A Peer runs the flow; every frame of the socket is kept."""
        url = f"ws://127.0.0.1:{self.server.port}/v1/ws"
        async with connect(url, subprotocols=[Subprotocol(SUBPROTOCOL)]) as connection:
            talk = SocketClient(connection)
            await talk.hello(TOKEN)
            opened = await talk.command("conversation.open", peerId=self.peer_id)
            conversation_id = opened["conversationId"]
            sent = {"conversationId": conversation_id, "clientMessageId": "m1", "content": "/leak {}"}
            await talk.command("message.send", **sent)
            asked = await talk.event("interrupt.opened")
            resolution: dict[str, Json] = {"decision": "approve"}
            await talk.command("interrupt.resume", interruptId=asked["interruptId"], resolution=resolution)
            form = await talk.event("interrupt.opened")
            resolution = {"formData": {"a": "b"}}
            await talk.command("interrupt.resume", interruptId=form["interruptId"], resolution=resolution)
            await talk.until(lambda frame: frame["type"] == "event" and frame["event"].get("status") == "completed")
            self.kept["frames"] = orjson.dumps(talk.frames)
        self.ids["conversation_id"] = [conversation_id]

    async def fail(self) -> None:
        """Secrets where they do not belong; the answers are kept."""
        stray = self.planted.plain("stray secret")
        attempts = [
            self.owner.get("/v1/flow", headers={"Authorization": f"Bearer {stray}"}),
            self.owner.post("/v1/auth/sign-in", json={"code": stray}),
            self.owner.post(f"/v1/client/flow/{self.flow_id}/execute", headers={"x-api-key": stray}, json={}),
            self.owner.get(f"/v1/flow/share/{stray}"),
            self.owner.post(f"/v1/flowrun/callback/{stray}", json={}),
            self.owner.get(f"/v1/file/link/{stray}"),
            self.owner.post("/v1/auth/visit", json={"token": stray}),
            self.owner.post("/v1/auth/accept", json={"code": stray, "name": "Eve", "password": stray}),
            self.owner.post("/v1/connection", json={"name": "A b", "baseUrl": "https://a.example", "key": stray}),
            self.owner.post("/v1/connection", json={"name": "b", "baseUrl": f"https://{stray}@a.example", "key": "k"}),
            self.owner.put(f"{self.at}/variable/TOO-WRONG", json={"value": stray, "secure": True}),
            self.owner.put(f"{self.at}/variable/PLAIN", json={"value": stray, "secure": "yes"}),
            self.owner.post("/v1/credential", json={"name": "P9", "scheme": {"kind": "basic", "password": stray}}),
            self.owner.put(f"{self.at}/push", json={"enabled": True, "callbackUrl": "nowhere", "accessToken": stray}),
        ]
        answers = await asyncio.gather(*attempts)
        assert all(answer.is_error for answer in answers), [answer.status_code for answer in answers]
        self.kept |= {f"error page {n}": answer.content for n, answer in enumerate(answers)}

    async def crawl(self) -> dict[str, bytes]:
        """What every route that reads says of everything there is."""
        rows = (await self.owner.get(f"{self.at}/monitor/model-run")).json()["items"]
        self.ids |= {"request_id": [row["requestId"] for row in rows], "number": ["1"], "name": ["PLAIN"]}
        assert rows
        targets = []
        for path, methods in (await self.owner.get("/openapi.json")).json()["paths"].items():
            names = re.findall(r"{(\w+)}", path)
            if "get" in methods and all(name in self.ids for name in names):
                every = product(*(self.ids[name] for name in names))
                targets += [path.format(**dict(zip(names, values, strict=True))) for values in every]
        found = dict(zip(targets, await asyncio.gather(*map(self._read, targets)), strict=True))
        for page in ("/", "/docs", "/openapi.json", "/nowhere"):
            found[page] = (await self.owner.get(page)).content
        figures = await self.owner.get("/metrics", headers={"Authorization": f"Bearer {METRICS_TOKEN}"})
        assert figures.status_code == 200
        found["/metrics"] = figures.content
        packed = (await self.owner.get(f"{self.at}/export", params={"format": "zip"})).content
        assert packed.startswith(b"PK")
        found["package"] = _unpacked(packed)
        assert len(found) > 100
        return found

    async def _read(self, target: str) -> bytes:
        answer = await self.owner.get(target)
        assert answer.status_code < 500, (target, answer.text)
        return _unpacked(answer.content)


def _dump(postgres: PostgresServer, database: str) -> bytes:
    """Every table as text; bytes are hexadecimal there, which is one of the spellings."""
    names = postgres.sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'", database=database).split()
    assert {"run_events", "audit_records", "webhooks"} <= set(names)
    return postgres.sql(";".join(f'COPY "{name}" TO STDOUT' for name in names), database=database).encode()


def _unpacked(content: bytes) -> bytes:
    """The content; of a zip file that of all files in it."""
    if not content.startswith(b"PK"):
        return content
    with zipfile.ZipFile(BytesIO(content)) as archive:
        return b"\n".join(archive.read(name) for name in archive.namelist())


def _secret_of(answer: dict[str, Any]) -> str:
    found: str = next(value for name, value in answer.items() if name.lower().endswith("secret"))
    return found
