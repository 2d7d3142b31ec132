"""Plays one case: the real engine over a store in memory, and a clock that moves only when nothing else can."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, select

from flow_runtime.clock import ManualClock
from flow_runtime.errors import Conflict, FlowError, Gone, Json
from flow_runtime.queues.memory import MemoryQueue
from flow_runtime.registry import StepRegistry
from flow_runtime.resolver import Environment
from flow_runtime.run import ASKED_KINDS, Event, Interrupt, InterruptKind, InterruptStatus, Run, StartRun, Trigger
from flow_runtime.runtime import Runtime
from flow_runtime.sandbox import CodeSandbox
from flow_runtime.step import StepServices
from flow_runtime.stores.definitions import put_definition
from flow_runtime.stores.memory import MemoryStore
from flow_runtime.stores.migrate import migrate
from flow_runtime.stores.tables import IS_LIVE, runs
from flow_runtime.stores.timers import next_due
from peer_server.cli.cases.case_file import Answer, Case, Cases
from peer_server.cli.cases.scripted_world import (
    ScriptedFlows,
    ScriptedHttp,
    ScriptedModels,
    ScriptedPeers,
    callback_url,
)
from peer_server.resolutions import check_resolution, read_resolution
from peer_server.services.chat.shown_widgets import find_widget

PATIENCE_S: Final = 30.0
"""Real seconds that a case may take: more means that it does not come to rest."""
_LOOK_S: Final = 0.02
_WORKSPACE: Final = "case"
_TESTER: Final = {"kind": "user", "id": "tester", "name": "Tester"}


@dataclass(frozen=True, slots=True)
class Played:
    """How a case went."""

    run: Run
    events: Sequence[Event]
    asked: Sequence[Interrupt]
    requests: Sequence[Mapping[str, Json]]
    unexpected: Sequence[str]
    """Requests that the case has no answer for."""
    faults: Sequence[str]
    """Answers of the case that could not be given."""
    passed: timedelta
    """How much virtual time went by."""


async def play(cases: Cases, case: Case, *, sandbox: CodeSandbox) -> Played:
    """Run the case to where it rests. Raises `TimeoutError` if it does not."""
    clock, store, http = ManualClock(), MemoryStore(), ScriptedHttp(case.http)
    await store.open()
    try:
        await migrate(store)
        async with asyncio.timeout(PATIENCE_S):
            return await _play(cases, case, clock=clock, store=store, http=http, sandbox=sandbox)
    finally:
        await http.client.aclose()
        await store.close()


async def _play(
    cases: Cases, case: Case, *, clock: ManualClock, store: MemoryStore, http: ScriptedHttp, sandbox: CodeSandbox
) -> Played:
    found = {}
    for flow_id, definition in cases.flows.items():
        found[flow_id] = (await store.write(put_definition, definition, now=clock.now()), definition)
    flows = ScriptedFlows(found)
    outside = StepServices(
        http=http.client,
        sandbox=sandbox,
        models=ScriptedModels(case.model),
        callback_url=callback_url,
        ask_peer=ScriptedPeers(case.peers),
        widgets=find_widget,
        describe_flow=flows,
    )
    variables = {**cases.file.env, **case.env}

    async def environment(_run: Run) -> Environment:
        return Environment(variables)

    runtime = Runtime(
        store,
        MemoryQueue(),
        registry=StepRegistry.installed(),
        services=outside,
        clock=clock,
        resolver=flows,
        load_environment=environment,
    )
    digest = await store.write(put_definition, cases.definition, now=clock.now())
    began = clock.now()
    async with runtime.serving(is_alone=True):
        spec = StartRun(
            _WORKSPACE, "flow", case.inputs, Trigger("api", case.inputs), digest, context=case.context, flow_id="case"
        )
        table = _Table(runtime, store, clock, run_id=(await runtime.client.start(spec)).id)
        run = await table.play(case.answers)
        events = await runtime.client.journal(run.id)
    return Played(run, events, table.asked, http.requests, http.unexpected, table.faults, clock.now() - began)


class _Table:
    """Where the run is on one side, and the people of the case on the other."""

    def __init__(self, runtime: Runtime, store: MemoryStore, clock: ManualClock, *, run_id: str) -> None:
        self._runtime = runtime
        self._store = store
        self._clock = clock
        self._run_id = run_id
        self.asked: list[Interrupt] = []
        """Every question in the order in which the run came to rest on it."""
        self.faults: list[str] = []

    async def play(self, answers: Sequence[Answer]) -> Run:
        """Give the answers in order, let time pass where nothing else can happen, and stop where nobody answers."""
        left = list(answers)
        run = await self._rest()
        while not run.status.has_ended:
            asked = await self._open()
            if left and asked:
                if not await self._give(left.pop(0)):
                    break
            elif asked or not await self._pass_to_next():
                break
            run = await self._rest()
        if left and not self.faults:
            self.faults.append(f"{len(left)} of the answers were not asked for")
        return await self._runtime.client.get(self._run_id, workspace_id=_WORKSPACE)

    async def _give(self, answer: Answer) -> bool:
        """Answer what is open after the time that it takes; False if that cannot be."""
        await self._pass_until(self._clock.now() + answer.after)
        found = [one for one in await self._open() if answer.step in {None, one.step_id}]
        if not found:
            self.faults.append(f"nothing at the step {answer.step or '(any)'} waits for an answer any more")
            return False
        if answer.expire:
            if found[0].expires_at is None:
                self.faults.append(f"the question of {found[0].step_id} never expires")
                return False
            await self._pass_until(found[0].expires_at)
            return True
        try:
            await self._settle(found[0], answer)
        except (Conflict, Gone, FlowError) as error:
            details = "; ".join(f"{one['path']}: {one['message']}" for one in error.details or () if "path" in one)
            self.faults.append(f"the answer to {found[0].step_id} is refused: {error.message} {details}".strip())
            return False
        return True

    async def _settle(self, asked: Interrupt, answer: Answer) -> None:
        resolution = _resolution(asked, answer)
        if asked.kind is not InterruptKind.CALLBACK:
            resolution = read_resolution(asked, resolution)
            check_resolution(asked, resolution)
        await self._runtime.client.settle(asked.id, workspace_id=_WORKSPACE, resolution=resolution, decided_by=_TESTER)

    async def _open(self) -> list[Interrupt]:
        await self._note()
        return [one for one in self.asked if one.status is InterruptStatus.OPEN]

    async def _note(self) -> None:
        """Look at the questions again. Time stands still, so those of one instant have only their place as an order."""
        found = await self._runtime.client.interrupts(self._run_id, with_children=True)
        now = {one.id: one for one in found if one.kind in ASKED_KINDS}
        before = [one.id for one in self.asked]
        added = sorted((one for one in now.values() if one.id not in before), key=lambda one: (one.opened_at, one.key))
        self.asked = [now[interrupt_id] for interrupt_id in [*before, *(one.id for one in added)]]

    async def _rest(self) -> Run:
        """The run, once nothing of it goes on by itself at this instant."""
        with self._runtime.signals.watching(self._run_id) as watch:
            while await self._store.read(_is_busy):
                await watch.sleep(_LOOK_S)
        await self._note()
        return await self._runtime.client.get(self._run_id, workspace_id=_WORKSPACE)

    async def _pass_to_next(self) -> bool:
        """Move the clock to the next timer and fire it; False if there is none."""
        due = await self._store.read(next_due)
        if due is None:
            return False
        await self._move(due)
        return True

    async def _pass_until(self, at: datetime) -> None:
        """Move the clock to that instant, and fire on the way what is due."""
        while (due := await self._store.read(next_due)) is not None and due <= at:
            await self._move(due)
            await self._rest()
        self._clock.advance(max((at - self._clock.now()).total_seconds(), 0.0))

    async def _move(self, due: datetime) -> None:
        self._clock.advance(max((due - self._clock.now()).total_seconds(), 0.0))
        await self._runtime.scheduler.fire_due()


def _is_busy(conn: Connection) -> bool:
    return conn.scalar(select(runs.c.id).where(IS_LIVE).limit(1)) is not None


def _resolution(asked: Interrupt, answer: Answer) -> Json:
    """The answer of the case in the words of every door."""
    said = answer.model_fields_set
    forms: Mapping[str, Callable[[], Json]] = {
        "callback": lambda: answer.callback,
        "tool_result": lambda: _tool_result(asked, success=True, output=answer.tool_result),
        "tool_error": lambda: _tool_result(asked, success=False, error=answer.tool_error),
        "cancel": lambda: {"cancel": True},
    }
    for name, make in forms.items():
        if name in said:
            return make()
    fields = {"decision": answer.decision, "comment": answer.comment, "edits": answer.edits, "formData": answer.form}
    return {name: value for name, value in fields.items() if value is not None}


def _tool_result(asked: Interrupt, **result: Json) -> Json:
    return {"toolResult": {"executionId": asked.id, **result}}
