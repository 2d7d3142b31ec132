"""Sealed cards, secrets, projections, and one winner among many answers."""

import asyncio
import json
from collections.abc import Sequence

import pytest

from flow_runtime.errors import Conflict
from flow_runtime.queue import Queue
from flow_runtime.resolver import Environment
from flow_runtime.run import Ending, Event, Interrupt, Run, RunStatus
from flow_runtime.store import Store, Transaction
from tests.fakes.runtime_bench import Bench
from tests.fakes.steps import flow, scope, step

pytestmark = pytest.mark.anyio


class Variables:
    """An environment that a test can change while a run waits."""

    def __init__(self, **variables: str) -> None:
        self.variables = variables
        self.secrets: frozenset[str] = frozenset()

    async def __call__(self, run: Run) -> Environment:
        return Environment(self.variables, self.secrets)


@pytest.mark.promise("A2")
@pytest.mark.parametrize("field", ["title", "guarded"])
async def test_what_was_approved_is_what_runs_or_the_card_opens_again(store: Store, queue: Queue, field: str) -> None:
    # Given a card that shows (or guards) a variable
    variables = Variables(SUM="5")
    bench = Bench(store, queue, load_environment=variables)
    definition = flow(step("q", "ask", "w", **{"title": "Pay?", field: "Pay {{ env.SUM }}?"}), step("w", "work"))
    async with bench.serving(is_alone=True):
        run = await bench.parked(await bench.start(definition))
        (card,) = await bench.open(run)
        # When the variable changes before the approval
        variables.variables = {"SUM": "500"}
        await bench.answer(card)
        # Then the guarded step does not run, and the card opens again and says what changed
        run = await bench.parked(run)
        (again,) = await bench.open(run)
        assert bench.work.calls == []
        assert again.replaces == card.id
        shown = [{"path": "/title", "before": "Pay 5?", "after": "Pay 500?"}] if field == "title" else []
        assert again.payload["changed"] == shown
        # And approving what is shown now lets it run
        await bench.answer(again)
        assert (await bench.ended(run)).status is RunStatus.COMPLETED
        assert bench.work.calls == ["w"]


async def test_a_rejection_counts_even_if_the_card_changed(store: Store, queue: Queue) -> None:
    variables = Variables(SUM="5")
    bench = Bench(store, queue, load_environment=variables)
    async with bench.serving(is_alone=True):
        run = await bench.start(flow(step("q", "ask", "w", title="{{ env.SUM }}"), step("w", "work")))
        run = await bench.parked(run)
        variables.variables = {"SUM": "500"}
        await bench.answer((await bench.open(run))[0], {"decision": "reject"})
        run = await bench.ended(run)
    assert (run.status, run.rejected) == (RunStatus.COMPLETED, True)
    assert bench.work.calls == []


async def test_secrets_reach_steps_but_no_record(store: Store, queue: Queue) -> None:
    # Given a secret that a step gets, shows, and fails with
    variables = Variables(TOKEN="sesame-open-1234")
    variables.secrets = frozenset({"sesame-open-1234"})
    bench = Bench(store, queue, load_environment=variables)
    definition = flow(
        step("a", "say", "b", value={"header": "Bearer {{ env.TOKEN }}"}, output="got"),
        step("b", "work", "q", value="{{ env.TOKEN == 'sesame-open-1234' }}", output="same"),
        step("q", "ask", "c", title="Use {{ env.TOKEN }}?"),
        step("c", "compute", None, expression="[got.header, string(same)]"),
    )
    async with bench.serving(is_alone=True):
        run = await bench.parked(await bench.start(definition))
        (card,) = await bench.open(run)
        await bench.answer(card)
        run = await bench.ended(run)
        journal = await bench.client.journal(run.id)
    assert run.output == ["Bearer •••", "true"]
    assert card.payload == {"title": "Use •••?"}
    assert "sesame" not in json.dumps([event.data for event in journal])


async def test_projections_hear_everything_in_order_and_in_the_same_transaction(store: Store, queue: Queue) -> None:
    # Given a projection that refuses once
    heard: list[str] = []

    def project(
        tx: Transaction,
        run: Run,
        *,
        events: Sequence[Event],
        opened: Sequence[Interrupt],
        closed: Sequence[Interrupt],
        ending: Ending | None,
    ) -> None:
        found = [event.type for event in events]
        found += [f"opened {one.key}" for one in opened] + [f"closed {one.key}" for one in closed]
        tx.after_commit(lambda: heard.extend(found))

    bench = Bench(store, queue, projections=[project])
    async with bench.serving(is_alone=True):
        # When a run of a conversation, and one of none, go their way
        run = await bench.start(flow(step("a", "work", "q"), step("q", "ask")), conversation_id="c1")
        run = await bench.parked(run)
        await bench.answer((await bench.open(run))[0])
        await bench.ended(run)
        await bench.ended(await bench.start(flow(step("b", "work"))))
    # Then the first one was told of completely, and of the other one how it ended
    told = ["step.done", "step.waiting", "opened q", "closed q", "step.done", "run.ended"]
    assert heard == [*told, "step.done", "run.ended"]


async def test_of_many_answers_one_wins_and_the_others_are_told(bench: Bench) -> None:
    for _ in range(10):
        # Given an open question
        definition = flow(step("q", "ask", {"approve": "yes", "reject": "no"}), step("yes", "work"), step("no", "work"))
        run = await bench.parked(await bench.start(definition))
        (card,) = await bench.open(run)
        before = len(bench.work.calls)
        # When eight contradictory answers arrive at once
        decisions = ["approve", "reject"] * 4
        answers = await asyncio.gather(
            *(bench.answer(card, {"decision": one, "by": n}) for n, one in enumerate(decisions)), return_exceptions=True
        )
        # Then one wins, everybody else is told which, and there is one effect
        won = [answer for answer in answers if isinstance(answer, Interrupt)]
        lost = [answer for answer in answers if isinstance(answer, Conflict)]
        assert (len(won), len(lost)) == (1, 7)
        assert all(each.details["resolution"] == won[0].resolution for each in lost)
        await bench.ended(run)
        assert len(bench.work.calls) == before + 1


async def test_a_late_answer_cannot_restart_a_cancelled_run(bench: Bench) -> None:
    for _ in range(10):
        run = await bench.parked(await bench.start(flow(step("q", "ask", "w"), step("w", "work"))))
        (card,) = await bench.open(run)
        # When cancelling and answering race
        await asyncio.gather(bench.client.cancel(run.id, reason="stop"), bench.answer(card), return_exceptions=True)
        # Then the run is over in any case, and an effect implies that the answer came first
        run = await bench.ended(run)
        assert run.status in {RunStatus.CANCELLED, RunStatus.COMPLETED}


async def test_an_output_that_is_too_large_or_no_json_fails_its_step(bench: Bench) -> None:
    huge = "x" * 1_100_000
    run = await bench.ended(
        await bench.start(flow(step("a", "compute", None, expression="inputs.big"), inputs=["big"]), {"big": huge})
    )
    assert (run.error or {})["code"] == "output_too_large"


async def test_warnings_of_steps_become_the_runs(bench: Bench) -> None:
    loop = step("l", "loop", None, mode="while", maxIterations=2, **{"while": "true"}, **scope(step("s")))
    run = await bench.ended(await bench.start(flow(loop)))
    assert run.status is RunStatus.COMPLETED
    assert len((await bench.client.get(run.id, workspace_id="w1")).warnings) == 1


async def test_starting_twice_with_one_key_is_one_run(bench: Bench) -> None:
    definition = flow(step("a", "work"))
    first = await bench.start(definition, idempotency_key="k")
    second = await bench.start(definition, idempotency_key="k")
    assert first.id == second.id
    await bench.ended(first)
    assert bench.work.calls == ["a"]
