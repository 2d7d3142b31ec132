"""Where a run stands: the fold of its journal over its plan. Pure and deterministic; nothing here reads a clock.

A frame executes one scope and stands at one step at a time, because edges only lead forward and only containers split.
So what can happen next is one position per innermost frame, and a step key can be reached once per frame at most.
"""

from collections import deque
from collections.abc import Iterable, Mapping

from flow_runtime.errors import Json
from flow_runtime.frame import Frame, Inside, Phase, Position
from flow_runtime.plan import ERROR_PORT, EXPIRED_PORT, REJECT_PORT, Plan, StepPlan
from flow_runtime.run import Ending, Event, RunStatus


class RunState:
    """The state of one run. `apply` takes it one event further; everything else only answers questions."""

    def __init__(self, plan: Plan, inputs: Mapping[str, Json]) -> None:
        self.plan = plan
        self.inputs = inputs
        self.root = Frame(prefix="", scope=plan.root, owner=None, names={**plan.root.defaults, **inputs})
        self.positions: dict[str, Position] = {}
        self.ready: dict[str, Position] = {}
        """What can go on now, in the order in which it became ready."""
        self.waiting: dict[str, Position] = {}
        """What waits for an interrupt, by its id."""
        self.steps = 0
        """How many steps the run has come to so far."""
        self.ending: Ending | None = None
        """How the run ends, once that is certain."""
        self._dropped: list[str] = []
        self._arrive(self.root, plan.root.start)

    def apply(self, event: Event) -> None:
        """Go on by one event. Events of positions that were dropped meanwhile change nothing."""
        if event.type == "run.ended":
            self._end(_ending_of(event.data))
            return
        position = self.positions.get(event.key)
        if position is None:
            return
        match event.type:
            case "step.done":
                self._done(position, event)
            case "step.started":
                self._started(position, event)
            case "step.waiting":
                self._waiting(position, event)
            case "step.entered":
                self._entered(position, event)
            case "step.retrying":
                self._retrying(position, event)
            case "step.failed":
                self._fail(position, event.data["error"])
            case unknown:
                raise ValueError(f"no event type {unknown!r} is known; the journal was written by a newer version")

    def take_dropped(self) -> list[str]:
        """Interrupts whose steps were dropped since the last call: nobody needs their answers any more."""
        dropped, self._dropped = self._dropped, []
        return dropped

    # --- one method per event type ----------------------------------------------------------------------------------

    def _started(self, position: Position, event: Event) -> None:
        self._leave_wait(position)
        position.phase = Phase.STARTED
        position.attempt = event.data["attempt"]
        self.ready[position.key] = position

    def _retrying(self, position: Position, event: Event) -> None:
        self._leave_wait(position)
        position.phase = Phase.RUN
        position.attempt = event.data["attempt"] + 1
        position.retry_delay_s = event.data["delayS"]
        position.retry_from = event.at
        self.ready[position.key] = position

    def _waiting(self, position: Position, event: Event) -> None:
        position.phase = Phase.WAITING
        position.opened = event.data["n"]
        position.retries = bool(event.data.get("retry"))
        self._leave_wait(position)
        position.interrupt_id = event.data["interruptId"]
        if not position.retries:
            position.carried = event.data.get("carry")
        self.waiting[event.data["interruptId"]] = position
        self.ready.pop(position.key, None)

    def _entered(self, position: Position, event: Event) -> None:
        data = event.data
        instances = data["instances"]
        position.entered += 1
        position.phase = Phase.INSIDE
        position.carried = data.get("carry")
        position.inside = Inside(
            order=[instance["name"] for instance in instances],
            pending=deque((instance["name"], instance["scope"], instance.get("vars", {})) for instance in instances),
            wait=data["wait"],
            concurrency=data.get("concurrency"),
            collect=data["collect"],
        )
        self._leave_wait(position)
        self.ready.pop(position.key, None)
        self._admit(position)

    def _done(self, position: Position, event: Event) -> None:
        data = event.data
        output = position.collected if data.get("collected") else data.get("output")
        frame = position.frame
        self._leave_wait(position)
        if "assign" in data:
            for name, value in data["assign"].items():
                frame.owner_of(name).names[name] = value
        ends = data.get("ends")
        if ends is not None:
            self._record(position, output)
            self._end_from_inside(
                position.frame, Ending(RunStatus.COMPLETED, output, rejected=bool(ends.get("rejected")))
            )
        else:
            self._leave(position, data.get("port"), output)

    # --- leaving a step ---------------------------------------------------------------------------------------------

    def _leave(self, position: Position, port: str | None, output: Json) -> None:
        plan = position.plan
        target = plan.target(port)
        if target is None and port == EXPIRED_PORT:
            message = f"nobody answered step {plan.step.id!r} in time"
            self._fail(position, {"code": "expired", "message": message, "stepId": plan.step.id})
            return
        if target is None and port == ERROR_PORT:
            message = f"step {plan.step.id!r} left by its error port, which is not connected"
            self._fail(position, {"code": "step_failed", "message": message, "stepId": plan.step.id})
            return
        self._record(position, output)
        if target is not None:
            self._forget(position)
            self._arrive(position.frame, target)
        elif port == REJECT_PORT and port != plan.main_port and _asks_people(plan):
            self._end(Ending(RunStatus.COMPLETED, output=output, rejected=True))
        else:
            self._forget(position)
            self._end_frame(position.frame, output)

    def _fail(self, position: Position, error: Mapping[str, Json]) -> None:
        """The error port if it is connected; or on with null; or outwards."""
        step = position.plan.step
        target = position.plan.target(ERROR_PORT) if step.on_error == "port" else None
        self._forget(position)
        if target is not None:
            position.frame.names["error"] = {key: error.get(key) for key in ("code", "message", "stepId")}
            self._arrive(position.frame, target)
        elif step.on_error == "continue":
            self._record(position, None)
            # Silence is no consent: behind a step that asks people, null must not take the path of a "yes".
            onwards = None if _asks_people(position.plan) else position.plan.target(None)
            if onwards is None:
                self._end_frame(position.frame, None)
            else:
                self._arrive(position.frame, onwards)
        else:
            self._fail_frame(position.frame, error)

    def _record(self, position: Position, output: Json) -> None:
        step = position.plan.step
        position.frame.outputs[step.id] = output
        if step.output is not None:
            position.frame.names[step.output] = output

    def _arrive(self, frame: Frame, plan: StepPlan | None) -> None:
        if plan is None:  # Only an empty plan has no start; checks refuse it.
            self._end_frame(frame, None)
            return
        self.steps += 1
        if self.steps > self.plan.definition.settings.max_steps:
            message = f"the run came to more than {self.plan.definition.settings.max_steps} steps"
            error = {"code": "step_limit", "message": message, "stepId": plan.step.id}
            self._end(Ending(RunStatus.FAILED, error=error))
            return
        position = Position(key=frame.prefix + plan.step.id, plan=plan, frame=frame)
        frame.position = position
        self.positions[position.key] = self.ready[position.key] = position

    # --- scopes -----------------------------------------------------------------------------------------------------

    def _admit(self, position: Position) -> None:
        """Begin as many of the pending scopes as may run at once; go on when none is left."""
        inside = position.inside
        while inside is not None and inside.pending and self.ending is None and position.phase is Phase.INSIDE:
            if inside.concurrency is not None and len(inside.frames) >= inside.concurrency:
                return
            name, scope, variables = inside.pending.popleft()
            prefix = f"{position.key}{name}/"
            plan = position.plan.scopes[scope]
            frame = Frame(prefix=prefix, scope=plan, owner=position, names=dict(variables), name=name)
            inside.frames[name] = frame
            self._arrive(frame, plan.start)
        if inside is not None and not inside.frames and not inside.pending:
            self._return(position, inside)

    def _return(self, position: Position, inside: Inside) -> None:
        position.phase = Phase.RETURNED
        position.collected = inside.collected()
        position.inside = None
        self.ready[position.key] = position

    def _end_frame(self, frame: Frame, output: Json) -> None:
        position = frame.owner
        if position is None or position.inside is None:
            self._end(Ending(RunStatus.COMPLETED, output=output))
            return
        inside = position.inside
        inside.frames.pop(frame.name)
        inside.results[frame.name] = output
        if inside.wait == "first":
            self._drop_inside(position)
            self._return(position, inside)
        else:
            self._admit(position)

    def _fail_frame(self, frame: Frame, error: Mapping[str, Json]) -> None:
        """Outwards: the container must fail; in a race it only loses this runner, unless it was the last one."""
        position = frame.owner
        if position is None or position.inside is None:
            self._end(Ending(RunStatus.FAILED, error=error))
            return
        inside = position.inside
        inside.frames.pop(frame.name)
        if inside.wait == "first" and (inside.frames or inside.pending):
            self._admit(position)
            return
        self._drop_inside(position)
        position.phase = Phase.FAILED
        position.error = error
        position.inside = None
        self.ready[position.key] = position

    def _end_from_inside(self, frame: Frame, ending: Ending) -> None:
        """End the run; but what checks the answer of a person only ends that check, or no form could be sent back."""
        for around in frame.outwards():
            if around.owner is not None and _asks_people(around.owner.plan):
                self._drop_frame(around)
                self._end_frame(around, ending.output)
                return
        self._end(ending)

    def _end(self, ending: Ending) -> None:
        if self.root.position is not None:
            self._drop_frame(self.root)
        self.ending = ending

    # --- forgetting -------------------------------------------------------------------------------------------------

    def _forget(self, position: Position) -> None:
        self._drop_inside(position)
        self._leave_wait(position)
        self.positions.pop(position.key, None)
        self.ready.pop(position.key, None)

    def _leave_wait(self, position: Position) -> None:
        if position.interrupt_id is not None:
            self.waiting.pop(position.interrupt_id, None)
            position.interrupt_id = None

    def _drop_inside(self, position: Position) -> None:
        inside = position.inside
        if inside is not None:
            inside.pending.clear()
            for frame in inside.frames.values():
                self._drop_frame(frame)
            inside.frames.clear()

    def _drop_frame(self, frame: Frame) -> None:
        position, frame.position = frame.position, None
        if position is None:
            return
        if position.phase is Phase.WAITING and position.interrupt_id is not None:
            self._dropped.append(position.interrupt_id)
        self._forget(position)


def fold(state: RunState, events: Iterable[Event]) -> RunState:
    """Apply them all, in order; answers the same state for chaining."""
    for event in events:
        state.apply(event)
    return state


def _ending_of(data: Mapping[str, Json]) -> Ending:
    return Ending(
        status=RunStatus(data["status"]),
        output=data.get("output"),
        error=data.get("error"),
        rejected=bool(data.get("rejected")),
    )


def _asks_people(plan: StepPlan) -> bool:
    return plan.type.category == "people"
