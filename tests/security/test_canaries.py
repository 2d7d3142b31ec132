"""Planted secrets: every feature that takes one runs, and then none is found anywhere outside, in no spelling."""

import asyncio
import re
import zipfile
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import orjson
import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from flow_runtime.errors import Json
from peer_server.wire import SUBPROTOCOL
from tests.fakes.flows import make_flow, make_peer
from tests.fakes.provider import Provider, Received, running_provider
from tests.fakes.socket_talk import SocketClient
from tests.faults.server_process import TOKEN, ServerProcess

pytestmark = pytest.mark.anyio
CANARY = "cnry"
"""Begins every planted secret, so that one that was forgotten here is found too."""
PASSWORD = f"{CANARY} pass word 9f27"


class Planted:
    """The secrets by what they are, and where each was planted."""

    def __init__(self) -> None:
        self.secrets: dict[str, str] = {}

    def plant(self, name: str) -> str:
        """A new secret."""
        return self.note(name, f"{CANARY}-{len(self.secrets):02d}-{name.replace(' ', '-')}-Zq7+/=&ü")

    def plain(self, name: str) -> str:
        """A new secret that may stand in a header."""
        return self.note(name, f"{CANARY}-{len(self.secrets):02d}-{name.replace(' ', '-')}-Zq7")

    def note(self, name: str, secret: str) -> str:
        """A secret that the server made itself."""
        self.secrets[name] = secret
        return secret

    def found_in(self, content: bytes) -> list[str]:
        """The secrets that stand there in any spelling."""
        return [name for name, secret in self.secrets.items() if any(form in content for form in spellings(secret))]


def spellings(secret: str) -> set[bytes]:
    """A secret as it is, as JSON, in URLs, in hexadecimal, and in Base64 wherever in a longer text it stood."""
    raw = secret.encode()
    forms = {
        raw,
        orjson.dumps(secret)[1:-1],
        secret.encode("unicode_escape"),
        raw.hex().encode(),
        raw.hex().upper().encode(),
    }
    forms |= {quote(secret, safe="").encode(), quote(secret).encode(), quote(secret, safe="").lower().encode()}
    for encode, shift in product((b64encode, urlsafe_b64encode), range(3)):
        # The first and the last characters depend on what stands before and behind.
        coded = encode(b"\0" * shift + raw)[4 if shift else 0 :].rstrip(b"=")
        forms.add(coded[: len(coded) - 2])
    return forms


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    """A whole server that logs all it can."""
    settings = {"PEER_SERVER_LOG_LEVEL": "debug", "OPENAI_API_KEY": f"{CANARY}-provider-key-51aa"}
    with ServerProcess(tmp_path / "server", settings=settings) as running:
        running.start()
        yield running


def careless(planted: Planted) -> Callable[[Received], tuple[int, Json]]:
    """A host that repeats whatever it is sent, also coded, and hands out tokens."""

    def answer(request: Received) -> tuple[int, Json]:
        if request.target.startswith("/token"):
            return 200, {"access_token": planted.secrets["issued token"], "token_type": "Bearer", "expires_in": 3600}
        sent = f"{request.target} {request.headers} {request.body.decode(errors='replace')}"
        coded = b64encode(sent.encode()).decode()
        return 200, {"sent": sent, "coded": coded, "hex": sent.encode().hex()}

    return answer


def leaky_flow(host: str, profiles: list[str]) -> dict[str, Any]:
    """A flow that puts every variable wherever a flow can put one, and ends with all that it got."""
    names = ["PLAIN", "NESTED", "HEADER", "QUERY", "PROMPT", "CODE", "CARD", "FORM", "FAULT", "SHARED"]
    every = "{{ " + " + '|' + ".join(f"string(env.{name})" for name in names if name != "NESTED") + " }}"
    steps: list[dict[str, Any]] = [
        {
            "id": "call",
            "type": "http-request",
            "config": {
                "method": "POST",
                "url": f"http://{host}/echo?q={{{{ env.QUERY }}}}",
                "headers": {"x-secret": "{{ env.HEADER }}"},
                "body": {"all": every, "nested": "{{ env.NESTED }}"},
            },
            "output": "echoed",
            "next": {"ok": "model", "error": "model"},
        },
        {
            "id": "model",
            "type": "ask-to-llm",
            "config": {"model": "scripted", "prompt": "Repeat {{ env.PROMPT }}"},
            "output": "said",
            "next": {"next": "code", "error": "code"},
        },
        {
            "id": "code",
            "type": "code",
            "config": {"source": "{'got': secret, 'twice': secret + secret}", "inputs": {"secret": "{{ env.CODE }}"}},
            "output": "computed",
            "next": {"next": "set", "error": "set"},
        },
        {"id": "set", "type": "set-variable", "config": {"values": {"kept": every}}, "next": "use0"},
    ]
    for number, profile in enumerate(profiles):
        after = f"use{number + 1}" if number + 1 < len(profiles) else "ask"
        steps.append(
            {
                "id": f"use{number}",
                "type": "http-request",
                "config": {"url": f"http://{host}/profile{number}", "profile": profile},
                "output": f"used{number}",
                "next": {"ok": after, "error": after},
            }
        )
    steps += [
        {
            "id": "ask",
            "type": "user-approval",
            "config": {
                "title": "Pay {{ env.CARD }}?",
                "message": every,
                "facts": [{"label": "Key", "value": "{{ env.CARD }}"}],
            },
            "output": "approval",
            "next": {"approve": "form", "reject": "form"},
        },
        {
            "id": "form",
            "type": "show-form",
            "config": {
                "title": "Form {{ env.FORM }}",
                "schema": {"type": "object", "properties": {"a": {"type": "string"}}},
                "prefill": {"a": "{{ env.FORM }}"},
            },
            "output": "filled",
            "next": {"submitted": "fault", "cancelled": "fault"},
        },
        {
            "id": "fault",
            "type": "code",
            "config": {"source": "raise ValueError(secret)", "inputs": {"secret": "{{ env.FAULT }}"}},
            "output": "never",
            "onError": "continue",
            "next": "done",
        },
        {
            "id": "done",
            "type": "final",
            "config": {"output": {"all": "{{ [echoed, said, computed, kept, used0, filled] }}", "again": every}},
        },
    ]
    return {"name": "Leaky", "triggers": [{"type": "api"}, {"type": "peer.action"}], "start": "call", "steps": steps}


@pytest.mark.row("C-85", "C-102")
async def test_no_planted_secret_is_found_outside(server: ServerProcess) -> None:
    # Given secrets in every place that takes one, or that makes one
    planted = Planted()
    planted.note("owner token", TOKEN)
    planted.note("provider key", f"{CANARY}-provider-key-51aa")
    async with running_provider() as provider, server.async_client() as owner:
        stage = Stage(planted, provider=provider, owner=owner, server=server)
        await stage.set_up()
        assert len(planted.secrets) >= 25
        # When every feature runs: by a person, a program, a visitor, a push, in a chat; to the end and into errors
        await stage.run_everything()
        outside = {**await stage.crawl(), **stage.kept, "log": server.log.encode()}
        assert provider.received  # The secrets did arrive where they belong.
        assert planted.found_in(repr([(one.headers, one.target, one.body) for one in provider.received]).encode())
    server.stop()
    for path in sorted((server.folder / "data").rglob("*")):
        if path.is_file() and path.name != "secret.key":
            outside[f"data/{path.name}"] = path.read_bytes()
    # Then none of them is found outside
    assert b"typed-by-a-person" not in outside["/v1/workspace/audit"] + outside["/v1/workspace/audit/export"]
    leaks = {place: found for place, content in outside.items() if (found := planted.found_in(content))}
    assert leaks == {}


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

    async def set_up(self) -> None:
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
        self.ids = {name: [value] for name, value in remember.items()}

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
        found: dict[str, bytes] = {}
        for path, methods in (await self.owner.get("/openapi.json")).json()["paths"].items():
            names = re.findall(r"{(\w+)}", path)
            if "get" not in methods or not all(name in self.ids for name in names):
                continue
            for values in product(*(self.ids[name] for name in names)):
                target = path.format(**dict(zip(names, values, strict=True)))
                answer = await self.owner.get(target)
                assert answer.status_code < 500, (target, answer.text)
                found[target] = _unpacked(answer.content)
        packed = (await self.owner.get(f"{self.at}/export", params={"format": "zip"})).content
        assert packed.startswith(b"PK")
        found["package"] = _unpacked(packed)
        assert len(found) > 60
        return found


def _unpacked(content: bytes) -> bytes:
    """The content; of a zip file that of all files in it."""
    if not content.startswith(b"PK"):
        return content
    with zipfile.ZipFile(BytesIO(content)) as archive:
        return b"\n".join(archive.read(name) for name in archive.namelist())


def _secret_of(answer: dict[str, Any]) -> str:
    found: str = next(value for name, value in answer.items() if name.lower().endswith("secret"))
    return found
