"""One moment of one step: call it with its context, within its time, and turn whatever happens into an outcome."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from flow_runtime.clock import Clock
from flow_runtime.errors import FlowError, Json, StepFailed
from flow_runtime.flow_context import FlowStepContext
from flow_runtime.frame import Phase, Position
from flow_runtime.masking import Mask
from flow_runtime.resolver import Environment
from flow_runtime.run import InterruptStatus, Run, Settlement
from flow_runtime.scope import ScopeView
from flow_runtime.sealed_card import CHANGED, card_digest, differences
from flow_runtime.step import Outcome, StepServices, Wait
from flow_runtime.templates import as_text

_log = logging.getLogger(__name__)
_LONGEST_NOTED = 10_000
"""Characters of one text that a model was asked, as far as the journal keeps it."""


@dataclass(slots=True, frozen=True)
class Moment:
    """A position that can go on; with a settlement it goes on in `resume`."""

    position: Position
    settlement: Settlement | None = None


@dataclass(slots=True, frozen=True)
class Performed:
    """What a moment came to, and what is noted beside it.

    That is the `ms` it took, of AI steps what `model` was asked, and of steps that failed their `input`.
    """

    outcome: Outcome | FlowError
    note: Mapping[str, Json] = field(default_factory=dict)


def model_note(position: Position, rendered: Mapping[str, Json]) -> dict[str, Json]:
    """Which model an AI step asks through which connection, and what: its rendered texts, the long ones cut."""
    step, config = position.plan.step, position.plan.config
    asked = {name: as_text(value)[:_LONGEST_NOTED] for name, value in rendered.items()}
    note: dict[str, Json] = {"step": step.name or step.id, "input": asked}
    for name in ("model", "connection"):
        if isinstance(value := getattr(config, name, None), str) and value:
            note[name] = value
    return note


def _failure_note(outcome: Outcome | FlowError, context: FlowStepContext) -> dict[str, Json]:
    """Of a step that failed what it was given: its rendered fields, by their paths in the config, long ones cut."""
    if not isinstance(outcome, FlowError) or not context.rendered:
        return {}
    return {"input": {field: _cut(value) for field, value in context.rendered.items()}}


def _cut(value: Json) -> Json:
    text = as_text(value)
    return value if len(text) <= _LONGEST_NOTED else text[:_LONGEST_NOTED]


class StepMoments:
    """Performs moments of the steps of one run."""

    def __init__(self, run: Run, *, clock: Clock, services: StepServices, environment: Environment, mask: Mask) -> None:
        self._run = run
        self._clock = clock
        self._services = services.for_run(run)
        self._env: Mapping[str, Json] = environment.variables
        self._secrets = tuple(environment.secrets)
        self._mask = mask

    async def perform(self, moment: Moment) -> Performed:
        """The outcome, or why there is none. Raises nothing but cancellation."""
        position = moment.position
        if position.retry_delay_s and moment.settlement is None and position.phase is Phase.RUN:
            await self._pause(position)
        if position.plan.is_pure:
            context = self._context(position)
            outcome = await self._within_limit(moment, context)
            return Performed(outcome, _failure_note(outcome, context))
        begun = self._clock.monotonic()
        context = self._context(position)
        outcome = await self._within_limit(moment, context)
        note = {"ms": round((self._clock.monotonic() - begun) * 1000), **_failure_note(outcome, context)}
        if position.plan.type.category == "ai":
            note["model"] = model_note(position, context.rendered)
        return Performed(outcome, note)

    async def _within_limit(self, moment: Moment, context: FlowStepContext) -> Outcome | FlowError:
        position = moment.position
        plan = position.plan
        limit = None if plan.is_pure else plan.step.timeout_s or plan.type.timeout_s(plan.config)
        timer = asyncio.timeout(limit) if limit is not None else None
        try:
            if timer is None:
                return await self._call(moment, context)
            async with timer:
                return await self._call(moment, context)
        except FlowError as error:
            return error
        except Exception as error:  # noqa: BLE001 - a fault of one step type is that step's failure; it is logged
            if timer is not None and timer.expired():
                message = f"step {plan.step.id!r} took longer than {limit:g} s"
                return StepFailed("timeout", message, retryable=not plan.is_once)
            _log.exception("step %r of run %s raised what it should not", position.key, self._run.id)
            message = f"step type {plan.step.type!r} has a fault: {type(error).__name__}"
            return StepFailed("internal_error", message, remedy="the server's log has the details")

    async def _call(self, moment: Moment, context: FlowStepContext) -> Outcome:
        position, settlement = moment.position, moment.settlement
        plan = position.plan
        if settlement is not None:
            if settlement.digest is not None:
                changed = await self._changed_card(position, settlement, context)
                if changed is not None:
                    return changed
            return await plan.type.resume(plan.config, context, settlement)
        if position.phase is Phase.RETURNED:
            return await plan.type.returned(plan.config, context, position.collected, entered=position.entered)
        if plan.evaluate is not None:
            outcome: Outcome = plan.evaluate(plan.config, context)
            return outcome
        return await plan.type.run(plan.config, context)

    def _context(self, position: Position) -> FlowStepContext:
        return FlowStepContext(
            position,
            run=self._run,
            now=self._clock.now(),
            scope=ScopeView(position.frame, run=self._run, env=self._env),
            services=self._services,
            secrets=self._secrets,
        )

    async def _changed_card(self, position: Position, settlement: Settlement, context: FlowStepContext) -> Wait | None:
        """The card to show again if what was approved is no longer what would run. A rejection always counts."""
        answer = settlement.resolution
        is_rejection = isinstance(answer, Mapping) and answer.get("decision") == "reject"
        if settlement.status is not InterruptStatus.SETTLED or is_rejection or not position.plan.is_pure:
            return None
        fresh = await position.plan.type.run(position.plan.config, context)
        if not isinstance(fresh, Wait):
            return None
        payload = self._mask(fresh.payload)
        digest = card_digest(payload, guarded=fresh.guarded, definition_digest=self._run.definition_digest)
        if digest == settlement.digest:
            return None
        shown = {name: value for name, value in settlement.payload.items() if name != CHANGED}
        changes = list(differences(shown, payload))
        return replace(fresh, payload={**payload, CHANGED: changes}, replaces=settlement.interrupt_id)

    async def _pause(self, position: Position) -> None:
        """Wait for the next attempt; after a take-over only for what is left of the delay."""
        delay_s, passed_s = position.retry_delay_s, 0.0
        if position.retry_from is not None:  # By a clock that may have been set back since, or is another machine's.
            passed_s = max((self._clock.now() - position.retry_from).total_seconds(), 0.0)
        await asyncio.sleep(max(delay_s - passed_s, 0.0))
