"""Conversations on a bench: a real store, runtime and bus; Peers and flows in a dictionary; a model that obeys."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import orjson
from sqlalchemy import Connection

from flow_runtime.clock import SystemClock
from flow_runtime.errors import Json, NotFound
from flow_runtime.flow import FlowDefinition
from flow_runtime.queue import Queue
from flow_runtime.queues.memory import MemoryQueue
from flow_runtime.registry import StepRegistry
from flow_runtime.resolver import ResolvedFlow as RuntimeFlow
from flow_runtime.runtime import Runtime
from flow_runtime.scanners import ScannerRegistry
from flow_runtime.store import Store
from flow_runtime.stores.definitions import digest_of, put_definition
from peer_server.access import Principal, permissions_of
from peer_server.bus import Frame
from peer_server.buses.memory import MemoryBus
from peer_server.conversation import ConversationView, fold_all
from peer_server.conversation_log import channel
from peer_server.json_patch import JsonObject
from peer_server.peer import AttachedAs, Attachment, FlowVersion, PeerVersion, ResolvedFlow
from peer_server.peers.turn_work import TurnSettings
from peer_server.secrets import Keyring
from peer_server.services.chat.bundle import ChatLog, build_chat
from peer_server.services.oversight.audit_trail import AuditTrail
from tests.fakes.chat_model import TestModel
from tests.fakes.chat_steps import Card, EndSession, ShowWidget
from tests.fakes.steps import Work, fake_registry

WORKSPACE = "w1"
Wanted = Callable[[ConversationView], bool]
OLGA = Principal("user", "u1", "Olga", WORKSPACE, permissions_of("owner"), role="owner")
PETE = Principal("user", "u2", "Pete", WORKSPACE, frozenset({"conversation.read", "conversation.write"}), role="member")
STRANGER = Principal("user", "u9", "Mallory", "w2", permissions_of("owner"), role="owner")


class Book:
    """A `PeerDirectory` and the runtime's resolver over dictionaries."""

    def __init__(self) -> None:
        self.flows: dict[str, dict[str, Json]] = {}
        self.peers: dict[str, PeerVersion] = {"p1": PeerVersion("p1", "Desk", 1, "test", instructions="Be kind.")}

    def load_peer(
        self, conn: Connection, workspace_id: str, peer_id: str, *, preview: bool, person_id: str | None = None
    ) -> PeerVersion:
        if peer_id not in self.peers or workspace_id != WORKSPACE:
            raise NotFound("not_found", f"there is no Peer {peer_id!r}")
        return self.peers[peer_id]

    def admit(self, conn: Connection, principal: Principal, peer_id: str, *, permission: str) -> None:
        self.load_peer(conn, principal.workspace_id, peer_id, preview=False)

    def resolve(
        self,
        conn: Connection,
        *,
        workspace_id: str,
        flow_id: str,
        version: FlowVersion,
        person_id: str | None = None,
    ) -> ResolvedFlow:
        definition = self._definition(flow_id)
        return ResolvedFlow(digest_of(definition), 1, FlowDefinition.model_validate(definition))

    def _definition(self, flow_id: str) -> dict[str, Json]:
        if flow_id not in self.flows:
            raise NotFound("not_found", f"there is no flow {flow_id!r}")
        return self.flows[flow_id]

    def runtime_flow(self, flow_id: str) -> RuntimeFlow:
        definition = self._definition(flow_id)
        return RuntimeFlow(digest_of(definition), 1, definition)


class _Resolver:
    """The book as the runtime asks it."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def resolve(self, conn: Connection, *, workspace_id: str, flow_id: str, version: FlowVersion) -> RuntimeFlow:
        return self._book.runtime_flow(flow_id)


class ChatBench:
    """One process. A second one over the same store and book is that process after a crash."""

    def __init__(
        self,
        store: Store,
        *,
        book: Book | None = None,
        queue: Queue | None = None,
        settings: TurnSettings | None = None,
    ) -> None:
        self.store = store
        self.book = book or Book()
        self.bus = MemoryBus()
        self.model = TestModel()
        types = [*fake_registry(), Card(), ShowWidget(), EndSession()]
        self.registry = StepRegistry(types, scanners=ScannerRegistry.installed())
        base = ChatLog(bus=self.bus, clock=SystemClock())
        self.runtime = Runtime(
            store,
            queue or MemoryQueue(),
            registry=self.registry,
            resolver=_Resolver(self.book),
            projections=[base.projection],
        )
        self.client = self.runtime.client
        self.chat = build_chat(
            store,
            base=base,
            client=self.client,
            directory=self.book,
            models=self.model,
            trail=AuditTrail(keyring=Keyring([bytes(32)]), clock=SystemClock()),
            scanners=self.registry.scanners,
            settings=settings,
        )
        self.talk = self.chat.conversations
        self.decisions = self.chat.decisions

    @asynccontextmanager
    async def serving(self, **options: bool) -> AsyncIterator[None]:
        async with self.runtime.serving(executors={"turn": self.chat.executor}, **options):
            yield

    @property
    def work(self) -> Work:
        found = self.registry.get("work")
        assert isinstance(found, Work)
        return found

    async def define(self, name: str, definition: dict[str, Json]) -> None:
        """A flow that Peers and flows can call by its name."""
        named = {**definition, "name": name}
        self.book.flows[name] = named
        await self.store.write(put_definition, named, now=self.runtime.clock.now())

    async def attach(self, name: str, definition: dict[str, Json], *, as_: AttachedAs = "tool") -> None:
        """A flow that the Peer has attached under its name."""
        await self.define(name, definition)
        peer = self.book.peers["p1"]
        attachment = Attachment(f"a-{name}", name, "deployed", as_, tool_name=name)
        self.book.peers["p1"] = replace(peer, attachments=[*peer.attachments, attachment])

    async def conversation(self, principal: Principal = OLGA) -> "Talk":
        row = await self.talk.create(principal, peer_id="p1")
        return Talk(self, row.id, principal)


class Talk:
    """One conversation, seen by one person."""

    def __init__(self, bench: ChatBench, id: str, principal: Principal) -> None:
        self.bench = bench
        self.id = id
        self.who = principal
        self.frames: list[Frame] = []
        self._arrived = asyncio.Event()
        self._sent = 0
        bench.bus.listen(channel(id), self._hear)

    def _hear(self, frame: Frame) -> None:
        self.frames.append(frame)
        self._arrived.set()

    async def say(self, text: str, *, client_message_id: str | None = None) -> tuple[str, str]:
        """Send; the ids of the message and of its turn."""
        self._sent += 1
        sent = await self.bench.talk.send(
            self.who, self.id, client_message_id=client_message_id or f"c{self._sent}", content=text
        )
        return sent.message_id or "", sent.turn_id or ""

    async def ask(self, text: str) -> str:
        """Send, wait until everything that follows is said, answer the last text."""
        _, turn_id = await self.say(text)
        return await self.answer(turn_id)

    async def answer(self, turn_id: str) -> str:
        """The text of the last message of a turn, once that is over."""
        view = await self.until(lambda view: view.turns.get(turn_id, {}).get("status", "running") != "running")
        said = [message for message in view.messages.values() if message.get("turnId") == turn_id]
        return str([message for message in said if message["role"] == "assistant"][-1]["text"])

    async def until(self, done: Wanted, *, seconds: float = 10) -> ConversationView:
        """The view as soon as it is as wanted."""
        async with asyncio.timeout(seconds):
            while True:
                self._arrived.clear()
                view = await self.bench.talk.view(self.who, self.id)
                if done(view):
                    return view
                await self._arrived.wait()

    async def idle(self) -> ConversationView:
        """The view once nothing is being worked on."""
        return await self.until(lambda view: view.active_turn_id is None and not view.queue and view.last_seq > 0)

    async def open(self, count: int = 1) -> list[JsonObject]:
        """What is asked, once there are that many requests."""
        view = await self.until(lambda view: len(view.open_interrupts) >= count)
        return [view.interrupts[interrupt_id] for interrupt_id in view.open_interrupts]

    async def decide(self, interrupt_id: str, resolution: Mapping[str, Json] | None = None) -> None:
        answer = {"decision": "approve"} if resolution is None else resolution
        await self.bench.decisions.decide(self.who, interrupt_id, answer, door="test")

    async def log(self) -> list[JsonObject]:
        """Every event as it is stored, with seq and time."""
        frames = await self.bench.talk.frames(self.who, self.id, after_seq=0)
        return [orjson.loads(frame.data) for frame in frames]

    async def events(self, *types: str) -> list[JsonObject]:
        return [entry["event"] for entry in await self.log() if entry["event"]["type"] in types]

    async def check(self) -> ConversationView:
        """Whatever happened: no gap, no double, and the fold of all events is the view that is served."""
        log, view = await self.log(), await self.bench.talk.view(self.who, self.id)
        while view.last_seq > len(log):  # Something happened between the two looks.
            log, view = await self.log(), await self.bench.talk.view(self.who, self.id)
        folded = fold_all((entry["seq"], entry["at"], entry["event"]) for entry in log)
        assert folded.as_json() == view.as_json()
        assert [entry["seq"] for entry in log] == list(range(1, len(log) + 1))
        heard = [frame.seq for frame in self.frames if frame.seq is not None]
        # Two transactions may be heard in another order than they were committed in; readers heal that by `seq`.
        assert len(heard) == len(set(heard))
        return folded

    async def first_delta(self) -> None:
        """Wait until some text has come."""
        async with asyncio.timeout(5):
            while not self.deltas():
                self._arrived.clear()
                await self._arrived.wait()

    def deltas(self) -> list[JsonObject]:
        """The ephemeral text frames, in order."""
        decoded = [orjson.loads(frame.data) for frame in self.frames if frame.seq is None]
        return [frame for frame in decoded if frame["type"] == "message.delta"]


def texts(view: ConversationView) -> Sequence[tuple[str, str]]:
    """The shown branch as (role, text)."""
    return [(message["role"], message["text"]) for message in view.branch()]
