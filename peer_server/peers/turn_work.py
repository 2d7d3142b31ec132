"""A turn in the hands of this process: what it works with, and the few things that every kind of turn does."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Literal, Protocol, TypeVar

from flow_runtime.clock import Clock
from flow_runtime.errors import Json
from flow_runtime.ids import new_id
from flow_runtime.lease import Effect, Lease
from flow_runtime.model import Part
from flow_runtime.models.catalog import ChosenModel
from flow_runtime.run import Ending, Event, Interrupt, Run
from flow_runtime.scanners import ScannerRegistry
from flow_runtime.store import Store, Transaction
from flow_runtime.stores.runs import detach_run, lock_run
from peer_server.knowledge import Findings
from peer_server.passage_ranking import Weights
from peer_server.peer import PeerVersion
from peer_server.peers.directory import PeerDirectory
from peer_server.peers.flow_start import FlowCall, flow_context, result_of, start_spec, waiting_result
from peer_server.peers.live import LiveMessage, LiveMessages
from peer_server.peers.turn_journal import TurnJournal, done, started
from peer_server.views import ConversationViews

T = TypeVar("T")


class Runtime(Protocol):
    """The part of the runtime's client that a turn needs."""

    async def get(self, run_id: str, *, workspace_id: str) -> Run:
        """One run. Raises `NotFound`."""
        ...

    async def wait(
        self, run_id: str, *, workspace_id: str, timeout_s: float, until: Literal["ended", "parked"] = "parked"
    ) -> Run:
        """Wait until the run has ended or waits for somebody, or for so long."""
        ...

    async def interrupts(self, run_id: str, *, with_children: bool = False) -> Sequence[Interrupt]:
        """The interrupts of a run, and of the runs below it."""
        ...


class Models(Protocol):
    """Finds chat models by name."""

    def resolve(self, model: str, workspace_id: str = "") -> ChosenModel:
        """The model of that name. Raises `InvalidDefinition`."""
        ...

    def for_run(self, run: Run) -> "Models":
        """The same models, on the account of that run."""
        ...


class ModelFiles(Protocol):
    """Shows uploaded files to models."""

    async def parts(self, workspace_id: str, file_ids: Sequence[str]) -> Mapping[str, Part]:
        """What a model gets for each of the files that can be read."""
        ...


class KnowledgeSearch(Protocol):
    """Finds passages in data sources."""

    async def find(
        self,
        workspace_id: str,
        sources: Sequence[str],
        *,
        query: str,
        limit: int,
        weights: Weights | None = None,
        strict: bool = True,
    ) -> Findings:
        """The passages that fit best. Raises `FlowError`."""
        ...


@dataclass(frozen=True, slots=True)
class TurnSettings:
    """The bounds of a turn. After the last round, and after too many refused calls, the model gets no tools."""

    max_rounds: int = 8
    max_refused_calls: int = 4
    tool_wait_s: float = 30.0
    model_timeout_s: float = 300.0


@dataclass(frozen=True, slots=True)
class TurnServices:
    """What turns work with; filled once by the composition root."""

    store: Store
    runtime: Runtime
    directory: PeerDirectory
    models: Models
    live: LiveMessages
    views: ConversationViews
    clock: Clock
    files: ModelFiles | None = None
    knowledge: KnowledgeSearch | None = None
    scanners: ScannerRegistry = field(default_factory=ScannerRegistry)
    settings: TurnSettings = field(default_factory=TurnSettings)


class TurnWork:
    """One turn under one lease: its journal, the message that it is writing, the flows that it calls."""

    def __init__(self, services: TurnServices, lease: Lease, *, peer: PeerVersion) -> None:
        self.services = services
        self.lease = lease
        self.peer = peer
        self.run = lease.run
        self.models = services.models.for_run(lease.run)
        self.inputs = lease.run.inputs
        self.conversation_id = lease.run.conversation_id or ""
        self.journal = TurnJournal(lease.history)
        self.has_ended = False
        self.searching = asyncio.Lock()
        self._live: LiveMessage | None = None
        self._written = ""

    @property
    def written(self) -> str:
        """The text of the message that is, or was last, in flight."""
        return self._live.text if self._live else self._written

    async def append(self, events: Sequence[Event], *, also: Effect | None = None) -> None:
        """Journal events. A cancellation waits until it is known whether they are on disk."""
        await to_the_end(self._append(events, also=also))

    async def _append(self, events: Sequence[Event], *, also: Effect | None) -> None:
        for event in await self.lease.append(events, also=also):
            self.journal.add(event)

    async def end(self, ending: Ending, events: Sequence[Event] = ()) -> None:
        """End the turn, with its last events."""
        self.close_message()
        self.has_ended = True
        await to_the_end(self.lease.end(ending, events=events))

    async def begin_message(
        self, key: str, parent_id: str | None, *, source: Literal["model", "scripted", "flow"], model: str | None = None
    ) -> str:
        """Create the assistant message that this step writes, unless it was; answer its id."""
        if key not in self.journal.steps:
            author = {"kind": "peer", "id": self.peer.id, "name": self.peer.name}
            names = {"messageId": new_id(), "parentId": parent_id, "author": author}
            await self.append([started(key, **names, source=source, model=model)])
        return str(self.journal.steps[key].started["messageId"])

    def open_message(self, message_id: str) -> LiveMessage:
        """Begin to tell the text of a message as it grows."""
        self._live = self.services.live.open(self.conversation_id, message_id)
        return self._live

    def close_message(self) -> None:
        """Tell the rest of it. Idempotent."""
        if self._live is not None:
            self._live.close()
            self._written, self._live = self._live.text, None

    async def call_flow(self, call: FlowCall) -> Mapping[str, Json]:
        """What the flow of a step came to: its end, or that it was handed over. Journaled on return, and only once."""
        output = self.journal.steps[call.key].output
        if output is None:
            began = self.services.clock.monotonic()
            output = await self._call_flow(call, lambda: round((self.services.clock.monotonic() - began) * 1000))
        return output

    async def _call_flow(self, call: FlowCall, ms: Callable[[], int]) -> Mapping[str, Json]:
        """Start the flow unless it was started before, and wait until it has ended, or hand it over."""
        services, workspace_id = self.services, self.run.workspace_id
        view = await services.views.get(self.conversation_id)
        context = flow_context(view, leaf=self.inputs.get("leaf"), turn=self.run, peer=self.peer)
        spec = start_spec(call, turn=self.run, peer=self.peer, context=context)
        await to_the_end(self.lease.start_child(call.key, spec))
        ids = {"messageId": call.message_id, "toolCallId": call.tool_call_id}
        run = await services.runtime.wait(
            call.run_id, workspace_id=workspace_id, timeout_s=services.settings.tool_wait_s, until="parked"
        )
        if not run.status.has_ended:
            waits = waiting_result(call.run_id, await services.runtime.interrupts(call.run_id, with_children=True))
            try:
                await self.append([done(call.key, waits, **ids, ms=ms())], also=partial(hand_over, run_id=call.run_id))
                return waits
            except EndedFirst as ended:
                run = ended.run
        output = result_of(run)
        await self.append([done(call.key, output, **ids, ms=ms())])
        return output


class EndedFirst(Exception):
    """The run had ended before it could be handed over, so its result can be used."""

    def __init__(self, run: Run) -> None:
        super().__init__(run.id)
        self.run = run


def hand_over(tx: Transaction, *, run_id: str) -> None:
    """Under the run's lock, and together with the journal's word that it waits: its end will announce itself.

    Raises `EndedFirst` if there is nothing left to wait for; then nothing was journaled.
    """
    run = lock_run(tx, run_id)
    if run.status.has_ended:
        raise EndedFirst(run)
    detach_run(tx, run_id)


async def to_the_end(work: Awaitable[T]) -> T:
    """Await something that must not be left half done: a cancellation is passed on once it is over, however it went."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        if not task.cancelled():
            task.exception()  # Looked at: who was cancelled has no use for it.
        raise
