"""Random flows, random outcomes: the journal can be cut anywhere, and no step key is ever executed twice."""

from collections.abc import Sequence
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from flow_runtime.engine import advance, failed, failed_inside, retrying, started, waiting
from flow_runtime.errors import Json, StepFailed
from flow_runtime.frame import Phase, Position
from flow_runtime.plan import Plan, compile_plan
from flow_runtime.run import Event, InterruptKind
from flow_runtime.state import RunState, fold
from flow_runtime.step import Done, End, Enter, Instance
from tests.fakes.steps import fake_registry, parsed, step

REGISTRY = fake_registry()
LONGEST = 60


def random_scope(random: Random, ids: list[int], depth: int) -> dict[str, Json]:
    """One to four steps; each port leads to any later one or nowhere. Some steps hold scopes."""
    steps: list[dict[str, Json]] = []
    names: list[str] = []
    for _ in range(random.randint(1, 4)):
        ids[0] += 1
        names.append(f"s{ids[0]}")
    for index, name in enumerate(names):
        later = [*names[index + 1 :], None]
        ports = {port: random.choice(later) for port in ("next", "other", "error")}
        connected = {port: to for port, to in ports.items() if to}
        on_error = random.choice(["port", "port", "fail", "continue"])
        if depth < 3 and random.random() < 0.4:
            scopes = {f"in{n}": random_scope(random, ids, depth + 1) for n in range(random.randint(1, 2))}
            steps.append(step(name, "box", connected, onError=on_error, scopes=scopes))
        else:
            steps.append(step(name, "say", connected, onError=on_error, output=f"o_{name}"))
    return {"start": names[0], "steps": steps}


def random_plan(random: Random) -> Plan:
    """A compiled random flow."""
    root = random_scope(random, [0], 1)
    return compile_plan(parsed(*root["steps"]), REGISTRY)


class Driver:
    """Plays one run with random outcomes, and notices what must never happen."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.plan = random_plan(random)
        self.state = RunState(self.plan, {})
        self.journal: list[Event] = []
        self.summaries = [repr(summary(self.state))]
        """The state after each event, written down because its values go on changing."""
        self.left: set[str] = set()
        self.serial = 0

    def play(self) -> None:
        while self.state.ending is None and len(self.journal) < LONGEST:
            candidates = [*self.state.ready.values(), *self.state.waiting.values()]
            assert candidates, "a run that has not ended must be able to go on"
            position = self.random.choice(candidates)
            before = set(self.state.positions)
            event = self.next_event(position)
            self.journal.append(event)
            self.state.apply(event)
            self.left |= before - set(self.state.positions)
            assert not self.left & set(self.state.positions), "a step key came back"
            assert {p.key for p in self.state.ready.values()}.isdisjoint(p.key for p in self.state.waiting.values())
            self.summaries.append(repr(summary(self.state)))

    def next_event(self, position: Position) -> Event:
        if position.phase is Phase.FAILED:
            return failed_inside(position)
        choices = ["done", "done", "done", "fail", "wait", "retry", "start", "end"]
        if position.plan.scopes:
            choices += ["enter"] * 6
        return getattr(self, self.random.choice(choices))(position)  # type: ignore[no-any-return]

    def done(self, position: Position) -> Event:
        port = self.random.choice([None, None, "next", "other"])
        assign: Any = {f"v{self.random.randint(1, 3)}": len(self.journal)} if self.random.random() < 0.2 else None
        collected = position.phase is Phase.RETURNED
        return advance(position, Done(None if collected else len(self.journal), port, assign, use_collected=collected))

    def fail(self, position: Position) -> Event:
        return failed(position, StepFailed("broken", "it broke"))

    def wait(self, position: Position) -> Event:
        self.serial += 1
        retry = self.random.random() < 0.2
        kind = InterruptKind.TIMER if retry else InterruptKind.FORM
        return waiting(position, interrupt_id=f"i{self.serial}", kind=kind, is_retry=retry)

    def retry(self, position: Position) -> Event:
        if position.phase is Phase.RETURNED:
            return self.done(position)
        return retrying(position, StepFailed("flaky", "again", retryable=True), delay_s=1.0)

    def start(self, position: Position) -> Event:
        return started(position) if position.phase is Phase.RUN else self.done(position)

    def end(self, position: Position) -> Event:
        return advance(position, End("over")) if self.random.random() < 0.2 else self.done(position)

    def enter(self, position: Position) -> Event:
        names = [f"[{position.entered}.{n}]" for n in range(self.random.randint(0, 3))]
        scopes = list(position.plan.scopes)
        outcome = Enter(
            [Instance(name, self.random.choice(scopes), {"item": name}) for name in names],
            wait=self.random.choice(["all", "all", "first"]),
            concurrency=self.random.choice([None, 1, 2]),
            collect=self.random.choice(["list", "dict", "last"]),
        )
        return advance(position, outcome)


def summary(state: RunState) -> Json:
    """Everything that decides what happens next."""
    return {
        "ready": [(p.key, p.phase, p.attempt, p.collected, p.error) for p in state.ready.values()],
        "waiting": [(name, p.key, p.opened, p.retries) for name, p in state.waiting.items()],
        "positions": sorted(state.positions),
        "frames": {p.key: [(f.names, f.outputs) for f in p.frame.outwards()] for p in state.positions.values()},
        "ending": state.ending,
        "steps": state.steps,
    }


def refold(plan: Plan, *parts: Sequence[Event]) -> str:
    """The summary after folding these parts one after the other into a fresh state."""
    state = RunState(plan, {})
    for part in parts:
        fold(state, part)
    return repr(summary(state))


@settings(max_examples=300, deadline=None)
@given(seed=st.integers(min_value=0, max_value=2**32), cut=st.floats(min_value=0, max_value=1))
def test_the_journal_can_be_cut_anywhere(seed: int, cut: float) -> None:
    # Given a run that was played to its end, with the state written down after each event
    driver = Driver(Random(seed))
    driver.play()
    # When its journal is cut and folded again
    at = int(cut * len(driver.journal))
    head, tail = driver.journal[:at], driver.journal[at:]
    # Then the same things are ready as when it was that long, and the rest leads to the same end
    assert refold(driver.plan, head) == driver.summaries[at]
    assert refold(driver.plan, head, tail) == driver.summaries[-1]
    assert refold(driver.plan, driver.journal) == driver.summaries[-1]
