"""Talk to a Peer in plain text, over the socket or over REST: all that a program needs, in one small file each way.

Both clients offer the same five verbs, so that a script can be written once and take either door:
``say`` something, ``hear`` the answer, ``asked`` (what is asked of a person now), ``answer`` it, and ``offer`` a tool.
"""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Protocol, Self, TypeVar

import httpx2
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

T = TypeVar("T")
Json = Any
JsonObject = dict[str, Any]
Tool = Callable[[JsonObject], Any]
PATIENCE_S = 30


class Talk(Protocol):
    """One conversation with one Peer, by text."""

    async def say(self, text: str) -> None:
        """Send a message."""
        ...

    async def hear(self, *words: str) -> str:
        """Wait for an answer of the Peer, later than the last one heard, that holds all these words."""
        ...

    async def asked(self, kind: str) -> JsonObject:
        """Wait until something of this kind is asked of a person that was not answered here yet."""
        ...

    async def answer(self, question: JsonObject, resolution: JsonObject) -> JsonObject:
        """Answer it. Returns what the server said; a refusal has a `code`."""
        ...

    async def widget(self, name: str) -> JsonObject:
        """Wait for a widget of this name."""
        ...

    async def ended(self) -> JsonObject:
        """Wait for the end of the session."""
        ...


class Refused(Exception):
    """The server refused a command or request, for this reason."""

    def __init__(self, problem: JsonObject) -> None:
        super().__init__(f"{problem.get('code')}: {problem.get('message') or problem.get('detail')}")
        self.problem = problem


class SocketTalk:
    """A conversation over `/v1/ws`; `tools` are executed here when a flow asks for them."""

    def __init__(self, socket: ClientConnection, *, tools: dict[str, Tool]) -> None:
        self._socket = socket
        self._tools = tools
        self._ids = itertools.count(1)
        self._answers: dict[str, asyncio.Future[JsonObject]] = {}
        self._events: list[JsonObject] = []
        self._news = asyncio.Condition()
        self._heard = 0
        self._done: set[str] = set()
        self._reader: asyncio.Task[None] | None = None
        self._running: asyncio.Task[None] | None = None
        self.conversation_id = ""

    @classmethod
    @asynccontextmanager
    async def open(cls, server: str, token: str, peer_id: str, **tools: Tool) -> AsyncIterator[Self]:
        """Sign in and start a conversation with the Peer."""
        url = f"{server.replace('http', 'ws', 1)}/v1/ws"
        async with connect(url, subprotocols=[Subprotocol("peer-server.v1")]) as socket:
            talk = cls(socket, tools=tools)
            talk._reader = asyncio.create_task(talk._read())
            offered = [{"name": name} for name in tools]
            await talk.command("hello", token=token, clientTools=offered)
            opened = await talk.command("conversation.open", peerId=peer_id)
            talk.conversation_id = opened["conversationId"]
            try:
                yield talk
            finally:
                talk._reader.cancel()
                await asyncio.gather(talk._reader, return_exceptions=True)

    async def command(self, kind: str, **fields: Json) -> JsonObject:
        """Send a command and wait for its ack. Raises `Refused`."""
        command_id = f"c{next(self._ids)}"
        answer = self._answers[command_id] = asyncio.get_running_loop().create_future()
        await self._socket.send(json.dumps({"id": command_id, "type": kind, **fields}))
        frame: JsonObject = await asyncio.wait_for(answer, PATIENCE_S)
        if frame["type"] == "error":
            raise Refused(frame)
        return frame

    async def say(self, text: str) -> None:
        """Send a message under an id of our own, so that sending it twice would be harmless."""
        message_id = f"m{next(self._ids)}"
        await self.command(
            "message.send", conversationId=self.conversation_id, clientMessageId=message_id, content=text
        )

    async def hear(self, *words: str) -> str:
        """The next answer with these words."""

        def answered(index: int, event: JsonObject) -> str | None:
            text = event.get("text", "") if event["type"] == "message.completed" else None
            if text is None or index < self._heard or not all(word.lower() in text.lower() for word in words):
                return None
            self._heard = index + 1
            return str(text)

        return await self._find(answered, what=f"an answer with {words}")

    async def asked(self, kind: str) -> JsonObject:
        """The oldest open question of this kind that was not answered here."""

        def is_open(_index: int, event: JsonObject) -> JsonObject | None:
            is_it = event["type"] == "interrupt.opened" and event["kind"] == kind
            return event if is_it and event["interruptId"] not in self._done else None

        return await self._find(is_open, what=f"a question of kind {kind}")

    async def answer(self, question: JsonObject, resolution: JsonObject) -> JsonObject:
        """Answer over the socket."""
        interrupt_id = question["interruptId"]
        self._done.add(interrupt_id)
        try:
            return await self.command("interrupt.resume", interruptId=interrupt_id, resolution=resolution)
        except Refused:
            self._done.discard(interrupt_id)
            raise

    async def widget(self, name: str) -> JsonObject:
        """The widget of this name."""

        def is_it(_index: int, event: JsonObject) -> JsonObject | None:
            return event if event["type"] == "widget.added" and event["widgetId"] == name else None

        return await self._find(is_it, what=f"a widget {name}")

    async def ended(self) -> JsonObject:
        """Wait for the end of the session."""
        return await self._find(lambda _i, event: event if event["type"] == "session.ended" else None, what="the end")

    async def _find(self, match: Callable[[int, JsonObject], T | None], *, what: str) -> T:
        async def search() -> T:
            async with self._news:
                while True:
                    for index, event in enumerate(self._events):
                        found = match(index, event)
                        if found is not None:
                            return found
                    await self._news.wait()

        try:
            return await asyncio.wait_for(search(), PATIENCE_S)
        except TimeoutError:
            seen = [event["type"] for event in self._events]
            raise AssertionError(f"waited {PATIENCE_S} s for {what}; events so far: {seen}") from None

    async def _read(self) -> None:
        """Sort what the server sends: answers to commands, events of the conversation, tools to execute."""
        async for raw in self._socket:
            frame = json.loads(raw)
            if frame["type"] in ("ack", "error") and frame.get("id") in self._answers:
                self._answers.pop(frame["id"]).set_result(frame)
            elif frame["type"] == "event":
                async with self._news:
                    self._events.append(frame["event"])
                    self._news.notify_all()
                if frame["event"]["type"] == "interrupt.opened" and frame["event"]["kind"] == "client_tool":
                    self._running = asyncio.create_task(self._execute(frame["event"]))

    async def _execute(self, call: JsonObject) -> None:
        """Claim the call, execute our function, send the result under the lease."""
        tool = self._tools.get(call["payload"]["toolName"])
        if tool is None:
            return
        claim = await self.command("clientTool.claim", interruptId=call["interruptId"])
        output = tool(call["payload"].get("parameters", {}))
        result = {"executionId": call["executionId"], "success": True, "output": output}
        await self.command(
            "clientTool.result", interruptId=call["interruptId"], lease=claim["lease"], toolResult=result
        )


class RestTalk:
    """A conversation over REST alone, by looking again and again; a client tool is a question like any other."""

    patience_s = PATIENCE_S

    def __init__(self, client: httpx2.AsyncClient, conversation_id: str, *, tools: dict[str, Tool]) -> None:
        self._client = client
        self._tools = tools
        self._ids = itertools.count(1)
        self._heard = 0
        self._done: set[str] = set()
        self.conversation_id = conversation_id

    @classmethod
    @asynccontextmanager
    async def open(cls, server: str, token: str, peer_id: str, **tools: Tool) -> AsyncIterator[Self]:
        """Start a conversation with the Peer."""
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx2.AsyncClient(base_url=server, headers=headers, timeout=PATIENCE_S) as client:
            created = await client.post("/v1/conversation", json={"peerId": peer_id})
            yield cls(client, created.raise_for_status().json()["id"], tools=tools)

    async def request(self, method: str, path: str, body: JsonObject | None = None) -> JsonObject:
        """One request. Raises `Refused` with the problem details."""
        response = await self._client.request(method, path, json=body)
        answer: JsonObject = response.json()
        if response.is_error:
            raise Refused(answer)
        return answer

    async def say(self, text: str) -> None:
        """Send a message."""
        body = {"content": text, "clientMessageId": f"m{next(self._ids)}"}
        await self.request("POST", f"/v1/conversation/{self.conversation_id}/message", body)

    async def hear(self, *words: str) -> str:
        """The next answer with these words."""
        async for view in self._views(f"an answer with {words}"):
            for index, message_id in enumerate(view["order"]):
                message = view["messages"][message_id]
                is_whole = message["role"] == "assistant" and message["status"] == "completed"
                if is_whole and index >= self._heard and all(word.lower() in message["text"].lower() for word in words):
                    self._heard = index + 1
                    return str(message["text"])
        raise AssertionError("unreachable")

    async def asked(self, kind: str) -> JsonObject:
        """The oldest open question of this kind; a client tool that we offer is executed on the way."""
        async for view in self._views(f"a question of kind {kind}"):
            for interrupt_id in view["openInterrupts"]:
                question: JsonObject = view["interrupts"][interrupt_id]
                if interrupt_id not in self._done and question["kind"] == kind:
                    return question
        raise AssertionError("unreachable")

    async def answer(self, question: JsonObject, resolution: JsonObject) -> JsonObject:
        """Answer through the run, as any other system would."""
        body = {"interruptId": question["interruptId"], **resolution}
        answer = await self.request("POST", f"/v1/flowrun/resume/{question['runId']}", body)
        self._done.add(question["interruptId"])
        return answer

    async def widget(self, name: str) -> JsonObject:
        """The widget of this name."""
        async for view in self._views(f"a widget {name}"):
            for widget in view["widgets"].values():
                if widget["widgetId"] == name:
                    return dict(widget)
        raise AssertionError("unreachable")

    async def ended(self) -> JsonObject:
        """Wait for the end of the session."""
        async for view in self._views("the end"):
            if view["ended"]:
                return dict(view["ended"])
        raise AssertionError("unreachable")

    async def _views(self, what: str) -> AsyncIterator[JsonObject]:
        """The conversation as it stands, again and again; client tools that we offer are executed on the way."""
        for _ in range(self.patience_s * 20):
            view = await self.request("GET", f"/v1/conversation/{self.conversation_id}")
            for interrupt_id in view["openInterrupts"]:
                await self._execute(view["interrupts"][interrupt_id])
            yield view
            await asyncio.sleep(0.05)
        raise AssertionError(f"waited {self.patience_s} s for {what}")

    async def _execute(self, call: JsonObject) -> None:
        tool = self._tools.get(call["payload"].get("toolName", "")) if call["kind"] == "client_tool" else None
        if tool is None or call["interruptId"] in self._done:
            return
        output = tool(call["payload"].get("parameters", {}))
        await self.answer(call, {"toolResult": {"executionId": call["executionId"], "success": True, "output": output}})
