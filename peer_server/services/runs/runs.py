"""Runs as people and programs start and follow them: the use cases behind `/v1/flow/execute` and `/v1/flowrun`."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from sqlalchemy import Connection

from flow_runtime.client import FlowClient, interrupts_below
from flow_runtime.errors import Conflict, Json, NotFound, invalid
from flow_runtime.flow import FlowDefinition
from flow_runtime.json_limits import MAX_BYTES, check_json
from flow_runtime.masking import MASKED, Mask
from flow_runtime.plan import compile_flow
from flow_runtime.registry import StepRegistry
from flow_runtime.resolver import Environment
from flow_runtime.run import ASKED_KINDS, Interrupt, InterruptKind, Run, RunStatus, StartRun, Trigger
from flow_runtime.schema_validation import validate
from flow_runtime.store import Store, Transaction
from flow_runtime.stores.paging import Page
from flow_runtime.stores.run_list import list_runs
from peer_server.access import Forbidden, Principal, suffices, unknown
from peer_server.peer import FlowVersion, ResolvedFlow
from peer_server.run_answers import as_told
from peer_server.run_place import Places
from peer_server.run_steps import context_of, step_records, usage_records
from peer_server.secrets import SecretUnreadable
from peer_server.services.access.reach import reach_flow, reach_run, role_on_flow
from peer_server.services.files.file_access import give_files
from peer_server.services.flows.directory import Directory
from peer_server.services.flows.flow_checks import FlowChecks, fault_json
from peer_server.services.flows.variables import VariableService
from peer_server.services.runs.kept_answers import making_for
from peer_server.tariff import Tariff

SHARE: Final = "share"
"""The trigger of runs that were started by a share link."""
STARTER: Final = "starter"
"""The approver that visitors of a share link must be named by."""
Way = Literal["sync", "async", "push"]
"""How the caller gets the answer: in one exchange, by polling, or by a push. It decides which time limit holds."""
PUSHED: Final = "push"
"""The mark in the origin of a run whose result is to be pushed."""
_GRACE_S = 5.0
"""How much longer than the run's own limit a route waits, so that the run's answer wins."""


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """A run as it is told (`as_told`), with the interrupts of it and of its child runs."""

    run: Run
    interrupts: Sequence[Interrupt]

    @property
    def is_at_rest(self) -> bool:
        """Whether the run has ended, or waits for somebody outside."""
        return self.run.status.has_ended or self.run.status is RunStatus.WAITING


@dataclass(frozen=True, slots=True)
class Started:
    """A run that was just started, and the definition that it runs."""

    run: Run
    definition: FlowDefinition


class RunService:
    """Runs of one's workspace; every method answers `NotFound` for those of another."""

    def __init__(
        self,
        store: Store,
        *,
        client: FlowClient,
        directory: Directory,
        variables: VariableService,
        registry: StepRegistry,
        tariff: Tariff,
    ) -> None:
        self._store = store
        self._client = client
        self._directory = directory
        self._variables = variables
        self._registry = registry
        self._tariff = tariff
        self._places = Places()
        self._checks = FlowChecks(registry)

    async def resolve(self, principal: Principal, flow_id: str, version: FlowVersion | None) -> ResolvedFlow:
        """What that version of a flow is; without a version the draft for its editors, the deployed one for others.

        Raises `NotFound`; `Forbidden` (the draft is for editors); `Conflict` ``not_published``; `InvalidDefinition`
        ``checks_failed`` for a draft that uses flows or Peers of others.
        """

        def find(conn: Connection) -> ResolvedFlow:
            flow = reach_flow(conn, principal, flow_id, "flow.edit" if version == "draft" else "flow.run")
            chosen = version
            if chosen is None:
                edits = principal.may("flow.edit") and suffices(role_on_flow(conn, principal, flow), "flow.edit")
                chosen = "draft" if edits else "deployed"
            if chosen == "draft":
                self._checks.require_reach(conn, flow, principal)
                return self._directory.draft_of(conn, flow)
            workspace_id = principal.workspace_id
            return self._directory.resolve(conn, workspace_id=workspace_id, flow_id=flow_id, version=chosen)

        return await self._store.read(find)

    async def start(
        self,
        principal: Principal,
        flow_id: str,
        inputs: Mapping[str, Json],
        *,
        flow: ResolvedFlow,
        trigger: str,
        way: Way = "async",
    ) -> Started:
        """Start a run, or start nothing and raise `InvalidDefinition` with every fault.

        ``checks_failed`` for a draft that cannot run, ``invalid_inputs`` for inputs that do not fit.
        """
        if flow.version is None:  # Published versions were checked when they were published.
            await asyncio.to_thread(_check_plan, flow.definition, self._registry)
        check_inputs(flow.definition, inputs)
        settings = flow.definition.settings
        run = await self._store.write(
            self._start,
            principal,
            StartRun(
                workspace_id=principal.workspace_id,
                kind="flow",
                inputs=inputs,
                trigger=Trigger(trigger, dict(inputs), principal.name),
                definition_digest=flow.digest,
                flow_id=flow_id,
                version=flow.version,
                environment="draft" if flow.version is None else "production",
                started_by=principal.id,
                idempotency_key=making_for.get(),
                context={"user": principal.subject()},
                origin={PUSHED: True} if way == "push" else None,
                active_budget_s=settings.sync_timeout_s if way == "sync" else settings.async_timeout_s,
            ),
        )
        return Started(run, flow.definition)

    def _start(self, tx: Transaction, principal: Principal, spec: StartRun) -> Run:
        run = self._client.start_in(tx, spec)
        give_files(tx, principal, spec.inputs, to=("run", run.id), prefix="/inputs", code="invalid_inputs")
        return run

    async def may_follow(self, principal: Principal, run_id: str) -> bool:
        """Whether this principal may know how the run stands; whoever answers one of its questions need not."""
        try:
            await self.follow(principal, run_id)
        except (NotFound, Forbidden):
            return False
        return True

    async def finish(self, principal: Principal, run_id: str, *, within_s: float) -> RunOutcome:
        """Wait as long as a synchronous caller does; a run that neither ended nor asks anybody by then is timed out.

        Raises `NotFound`.
        """
        outcome = await self._rested(principal, run_id, within_s=within_s)
        if outcome.is_at_rest:
            return _seen_by(principal, outcome)
        await self._client.time_out(run_id, workspace_id=principal.workspace_id)
        return await self.outcome(principal, run_id)

    async def settle(self, principal: Principal, run_id: str, *, timeout_s: float) -> RunOutcome:
        """Wait until the run has ended or asks something, at most so long; then how it stands. Raises `NotFound`."""
        return _seen_by(principal, await self._rested(principal, run_id, within_s=timeout_s + _GRACE_S))

    async def _rested(self, principal: Principal, run_id: str, *, within_s: float) -> RunOutcome:
        await self.follow(principal, run_id)
        now = asyncio.get_running_loop().time
        deadline = now() + within_s
        while True:
            await self._client.wait(
                run_id, workspace_id=principal.workspace_id, timeout_s=deadline - now(), until="parked"
            )
            outcome = await self._outcome(principal, run_id)
            # Between the two looks the run may have gone on: what it asked has expired, or was answered elsewhere.
            if outcome.is_at_rest or now() >= deadline:
                return outcome

    async def outcome(self, principal: Principal, run_id: str) -> RunOutcome:
        """How the run stands now. Raises `NotFound`."""
        return _seen_by(principal, await self._outcome(principal, run_id))

    async def _outcome(self, principal: Principal, run_id: str) -> RunOutcome:

        def look(conn: Connection) -> RunOutcome:
            run = reach_run(conn, principal, run_id, "run.follow")
            interrupts = () if run.status.has_ended else interrupts_below(conn, run_id)
            return RunOutcome(as_told(run, interrupts), interrupts)

        return await self._store.read(look)

    async def get(self, principal: Principal, run_id: str) -> Run:
        """One run, whole. Raises `NotFound`, `Forbidden`."""
        return await self._store.read(reach_run, principal, run_id, "run.read")

    async def follow(self, principal: Principal, run_id: str) -> Run:
        """One run, for those who may only know how it stands. Raises `NotFound`, `Forbidden`."""
        return await self._store.read(reach_run, principal, run_id, "run.follow")

    async def time_limit_s(self, run: Run) -> float:
        """How long a route waits for this run."""
        return min(run.active_remaining_s or 300.0, 300.0)

    async def interrupt_for(self, principal: Principal, run_id: str, body: Mapping[str, Json]) -> str:
        """Which interrupt a resume body answers: the one it names, else the only one that the run ever opened.

        Raises `NotFound`; `Conflict` ``not_waiting`` or ``interrupt_id_required``, which lists them.
        """
        named = _named(body)
        if named is None:
            await self.follow(principal, run_id)  # Only they may know what else it asks.
        else:
            await self._client.get(run_id, workspace_id=principal.workspace_id)
        opened = [one for one in await self._client.interrupts(run_id, with_children=True) if one.kind in ASKED_KINDS]
        if named is not None:
            if all(one.id != named for one in opened):
                raise unknown("interrupt", named)
            return named
        return _only(opened).id

    async def of_flow(
        self, principal: Principal, flow_id: str, *, statuses: Sequence[RunStatus], cursor: str | None, limit: int
    ) -> Page[Run]:
        """A page of a flow's runs, newest first."""

        def find(conn: Connection) -> Page[Run]:
            flow = reach_flow(conn, principal, flow_id, "run.read")
            workspace_id = flow.workspace_id
            return list_runs(
                conn, workspace_id=workspace_id, flow_id=flow.id, statuses=statuses, cursor=cursor, limit=limit
            )

        return await self._store.read(find)

    async def steps(self, principal: Principal, run_id: str) -> list[dict[str, Json]]:
        """The step records of a run, secrets masked."""
        run = await self.get(principal, run_id)
        outline = await self._store.read(self._places.outline, run.definition_digest)
        records = step_records(await self._client.journal(run_id), outline)
        found: list[dict[str, Json]] = (await self.mask(run))(records)
        return found

    async def usage(self, principal: Principal, run_id: str) -> list[dict[str, Json]]:
        """The model calls of a run; those of child runs are recorded with them."""
        await self.get(principal, run_id)
        return usage_records(await self._client.journal(run_id), self._tariff)

    async def context(self, principal: Principal, run_id: str) -> Json:
        """What expressions see at the run's outermost scope, secure values masked."""
        run = await self.get(principal, run_id)
        resolved = await self._store.read(self._directory.definition, run.definition_digest or "")
        plan = await asyncio.to_thread(compile_flow, resolved, self._registry)
        environment = await self._environment(run)
        secret = environment.secret_names
        env = {name: MASKED if name in secret else value for name, value in environment.variables.items()}
        found = context_of(run, plan, events=await self._client.journal(run_id), env=env)
        return Mask(environment.secrets)(found)

    async def mask(self, run: Run) -> Mask:
        """Hides the secret values of a run's flow in its records."""
        return Mask((await self._environment(run)).secrets)

    async def _environment(self, run: Run) -> Environment:
        try:
            return await self._variables.environment_of(run)
        except SecretUnreadable:
            return Environment()


def _seen_by(principal: Principal, outcome: RunOutcome) -> RunOutcome:
    """The outcome; for visitors of a share link without what is asked of others, and without why the run failed.

    Both may tell what only the people behind the flow shall know.
    """
    run = outcome.run
    if principal.kind != "visitor" or run.trigger.type != SHARE:
        return outcome
    error = {"message": "the flow failed", "category": (run.error or {}).get("category", "internal")}
    if run.error is not None and run.error.get("code") == "budget_spent":
        error = {name: value for name, value in run.error.items() if name != "stepId"}  # It tells of no figure.
    asked = [one for one in outcome.interrupts if STARTER in one.approvers]
    return RunOutcome(replace(run, error=None if run.error is None else error), asked)


def _check_plan(definition: FlowDefinition, registry: StepRegistry) -> None:
    """Raises `InvalidDefinition` ``checks_failed`` listing what keeps the definition from running."""
    faults = compile_flow(definition, registry).faults
    if faults:
        message = f"the draft has {len(faults)} error(s) that keep it from running"
        raise invalid(message, [fault_json(fault) for fault in faults], code="checks_failed")


def _only(opened: Sequence[Interrupt]) -> Interrupt:
    """The one question that a run has asked; a form that was sent back is still the same question.

    A card that opened again because its facts changed is another one: nobody may approve it by repeating themselves.
    Raises `Conflict`.
    """
    sent_back = {one.replaces for one in opened if one.kind is InterruptKind.FORM}
    questions = [one for one in opened if one.id not in sent_back]
    if not questions:
        raise Conflict(
            "not_waiting",
            "this run has not asked anything",
            remedy="poll it: it says what it waits for",
        )
    if len(questions) > 1:
        raise Conflict(
            "interrupt_id_required",
            f"this run has asked {len(questions)} things so far",
            remedy="send the interruptId of the one that you answer",
            details=[{"interruptId": one.id, "stepId": one.step_id, "status": one.status.value} for one in questions],
        )
    return questions[0]


def _named(body: Mapping[str, Json]) -> str | None:
    """The interrupt that a resume body names, in any of its spellings."""
    for place in (body, body.get("toolResult"), body.get("form")):
        if isinstance(place, Mapping):
            named = place.get("interruptId") or place.get("executionId")
            if isinstance(named, str):
                return named
    return None


def check_inputs(definition: FlowDefinition, inputs: Mapping[str, Json], *, place: str = "/inputs") -> None:
    """Raises `InvalidDefinition` ``invalid_inputs`` listing every field of what is at `place` that does not fit."""
    value = dict(inputs)
    check_json(value, max_bytes=MAX_BYTES)
    found = validate(dict(definition.inputs), value)
    if found:
        faults: list[dict[str, Json]] = [
            {"code": fault.code, "message": fault.message, "path": f"{place}{fault.pointer}"} for fault in found
        ]
        raise invalid("the inputs do not fit this flow", faults, code="invalid_inputs")
