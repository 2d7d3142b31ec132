"""From a wish to wait to an interrupt: sealed cards, and child runs for called flows."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import Connection

from flow_runtime.clock import Clock
from flow_runtime.errors import Conflict, InvalidDefinition, Json, NotFound, StepFailed
from flow_runtime.flow_context import interrupt_id
from flow_runtime.frame import Position
from flow_runtime.ids import stable_id
from flow_runtime.journal_buffer import measure
from flow_runtime.json_limits import JsonError
from flow_runtime.masking import Mask
from flow_runtime.plan import MAX_DEPTH, parse_definition
from flow_runtime.resolver import FlowResolver, ResolvedFlow
from flow_runtime.run import InterruptKind, NewInterrupt, Run, StartRun, Trigger
from flow_runtime.schema_validation import validate
from flow_runtime.sealed_card import card_digest
from flow_runtime.step import CallFlow, Wait
from flow_runtime.store import Store


class WaitOpening:
    """Makes the interrupts of one run."""

    def __init__(self, run: Run, *, store: Store, resolver: FlowResolver | None, clock: Clock, mask: Mask) -> None:
        self._run = run
        self._store = store
        self._resolver = resolver
        self._clock = clock
        self._mask = mask

    def wait(self, position: Position, outcome: Wait) -> NewInterrupt:
        """The interrupt for a `Wait`. Raises `StepFailed` if its payload is no JSON or too large."""
        payload = self._mask(outcome.payload)
        measure(payload)
        measure({"guarded": outcome.guarded})
        seal = self._seal(payload, outcome.guarded) if outcome.kind is InterruptKind.APPROVAL else None
        return NewInterrupt(
            id=interrupt_id(self._run.id, position.key, n=position.opened + 1),
            key=position.key,
            step_id=position.plan.step.id,
            step_type=position.plan.step.type,
            kind=outcome.kind,
            payload=payload,
            digest=seal,
            response_schema=outcome.response_schema,
            approvers=outcome.approvers,
            expires_at=outcome.expires_at,
            replaces=outcome.replaces,
            token_hash=outcome.token_hash,
        )

    def _seal(self, payload: Mapping[str, Json], guarded: Json) -> str:
        try:
            return card_digest(payload, guarded=guarded, definition_digest=self._run.definition_digest)
        except JsonError as error:
            raise StepFailed(error.code, error.message, category="data_validation", remedy=error.remedy) from error

    async def call(self, position: Position, outcome: CallFlow) -> NewInterrupt:
        """The interrupt for a `CallFlow`, with the run that starts with it. Raises `StepFailed`."""
        run = self._run
        if run.depth + 1 >= MAX_DEPTH:
            raise StepFailed("too_deep", f"flows call each other deeper than {MAX_DEPTH}", category="data_validation")
        try:
            flow = await self._store.read(self._resolve, outcome)
            definition = parse_definition(flow.definition)
        except (NotFound, Conflict, InvalidDefinition) as error:
            code = "flow_not_found" if isinstance(error, NotFound) else error.code
            message = f"flow {outcome.flow_id!r}: {error.message}"
            remedy = error.remedy or "let the step name a flow and a version that exist"
            raise StepFailed(code, message, category="data_validation", remedy=remedy) from error
        faults = [fault.as_json() for fault in validate(definition.inputs, dict(outcome.inputs))]
        if faults:
            message = f"the inputs do not fit the flow {outcome.flow_id!r}"
            raise StepFailed("invalid_inputs", message, category="data_validation", details=faults)
        child = StartRun(
            run_id=stable_id(run.id, position.key, str(position.opened + 1), "child"),
            workspace_id=run.workspace_id,
            kind="flow",
            inputs=self._mask(outcome.inputs),
            trigger=Trigger("flow", source=run.flow_id),
            definition_digest=flow.digest,
            flow_id=outcome.flow_id,
            version=flow.version,
            environment=run.environment,
            started_by=run.started_by,
            conversation_id=run.conversation_id,
            origin=run.origin,
            context=run.context,
            active_budget_s=self._budget(definition.settings.async_timeout_s),
            priority=run.priority,
        )
        return NewInterrupt(
            id=interrupt_id(run.id, position.key, n=position.opened + 1),
            key=position.key,
            step_id=position.plan.step.id,
            step_type=position.plan.step.type,
            kind=InterruptKind.CHILD_RUN,
            payload={"runId": child.run_id, "flowId": outcome.flow_id, "version": flow.version},
            child=child,
        )

    def _resolve(self, conn: Connection, outcome: CallFlow) -> ResolvedFlow:
        if self._resolver is None:
            raise StepFailed("no_flows", "this runtime cannot call flows: it was given no resolver")
        return self._resolver.resolve(
            conn, workspace_id=self._run.workspace_id, flow_id=outcome.flow_id, version=outcome.version
        )

    def _budget(self, own_s: float | None) -> float | None:
        """Active seconds of a child: its own, but never more than its parent has left."""
        if self._run.deadline_at is None:
            return own_s
        left = max(self._run.deadline_at - self._clock.now(), timedelta()).total_seconds()
        return left if own_s is None else min(own_s, left)
