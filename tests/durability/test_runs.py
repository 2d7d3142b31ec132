"""Whole runs through client, queue, worker and store: what comes out, what is journaled, what is never repeated."""

import pytest

from flow_runtime.run import RunStatus
from flow_runtime.stores.runs import MOST_READ
from tests.fakes.runtime_bench import Bench
from tests.fakes.steps import flow, scope, step

pytestmark = pytest.mark.anyio


async def test_a_run_ends_with_the_output_of_its_final_step(bench: Bench) -> None:
    # Given a flow that computes, works and ends
    definition = flow(
        step("double", "compute", "pay", output="twice", expression="inputs.x * 2"),
        step("pay", "work", "done", output="paid", value={"sum": "{{ twice }}"}),
        step("done", "final", None, output_="") | {"config": {"output": {"got": "{{ paid.sum }}"}}},
        inputs=["x"],
    )
    # When it runs
    run = await bench.ended(await bench.start(definition, {"x": 21}))
    # Then its output went through every step, and every step is in the journal once
    assert (run.status, run.output) == (RunStatus.COMPLETED, {"got": 42})
    assert await bench.journal(run) == [
        ("step.done", "double"),
        ("step.done", "pay"),
        ("step.done", "done"),
        ("run.ended", ""),
    ]


async def test_the_way_to_an_effect_is_on_disk_before_it_begins(bench: Bench) -> None:
    # Given pure steps before an effect that is held
    definition = flow(step("a", "say", "b"), step("b", "say", "c"), step("c", "work", None, gate="g"))
    run = await bench.start(definition)
    await bench.work.begun()
    # Then both are journaled while it is still at work
    assert await bench.journal(run) == [("step.done", "a"), ("step.done", "b")]
    bench.work.gate("g").set()
    assert (await bench.ended(run)).status is RunStatus.COMPLETED


async def test_a_paused_run_goes_on_with_the_answer(bench: Bench) -> None:
    definition = flow(
        step("a", "work", "ask"),
        step("ask", "ask", {"approve": "b", "reject": "c"}, output="approval", title="Pay {{ inputs.n }}?"),
        step("b", "work", None, value="{{ approval.comment }}"),
        step("c", "say", None, value="no"),
        inputs=["n"],
    )
    run = await bench.parked(await bench.start(definition, {"n": 5}))
    (card,) = await bench.open(run)
    assert card.payload == {"title": "Pay 5?"}
    await bench.answer(card, {"decision": "approve", "comment": "fine"})
    run = await bench.ended(run)
    assert (run.status, run.output) == (RunStatus.COMPLETED, "fine")
    assert bench.work.calls == ["a", "b"]


async def test_side_by_side_waits_are_answered_in_any_order(bench: Bench) -> None:
    # Given eight branches, each waiting for somebody
    branches = {f"b{n}": scope(step(f"q{n}", "ask", f"w{n}"), step(f"w{n}", "work", None, value=n)) for n in range(8)}
    run = await bench.parked(await bench.start(flow(step("p", "parallel", None, branches=branches))))
    cards = await bench.open(run)
    assert len(cards) == 8
    # When they are answered last first
    for card in reversed(cards):
        await bench.answer(card)
    # Then each branch went on once
    run = await bench.ended(run)
    assert run.output == {f"b{n}": n for n in range(8)}
    assert sorted(bench.work.calls) == [f"p.b{n}/w{n}" for n in range(8)]


async def test_effects_of_branches_overlap(bench: Bench) -> None:
    # Given two branches where the first can only end after the second has begun
    branches = {"a": scope(step("x", "work", None, gate="g")), "b": scope(step("y", "work", None, value=2))}
    run = await bench.start(flow(step("p", "parallel", None, branches=branches)))
    await bench.work.begun(2)
    bench.work.gate("g").set()
    assert (await bench.ended(run)).output == {"a": None, "b": 2}


async def test_the_first_branch_wins_and_the_others_are_stopped(bench: Bench) -> None:
    # Given a race of a held effect, a person, and a quick effect
    branches = {
        "held": scope(step("x", "work", None, gate="never")),
        "person": scope(step("q", "ask", None)),
        "quick": scope(step("y", "work", None, value="won", seconds=0.02)),
    }
    definition = flow(step("p", "parallel", None, branches=branches, wait="first"))
    # When the quick one ends
    run = await bench.ended(await bench.start(definition))
    # Then the effect was cancelled and the question withdrawn
    assert run.output == {"quick": "won"}
    assert bench.work.cancelled == ["p.held/x"]
    assert [one.status for one in await bench.client.interrupts(run.id)] == ["cancelled"]


@pytest.mark.row("A-18")
async def test_three_levels_deep_inside_a_loop_inside_a_sub_flow(bench: Bench) -> None:
    # Given a flow that calls a flow that calls a flow with a loop of five questions
    await bench.define(
        "inner",
        flow(
            step("each", "loop", None, items="{{ inputs.items }}", **scope(step("q", "ask", "w"), step("w", "work"))),
            inputs=["items"],
        ),
    )
    await bench.define(
        "middle",
        flow(step("call", "call", None, flowId="inner", inputs={"items": "{{ inputs.items }}"}), inputs=["items"]),
    )
    outer = flow(step("call", "call", None, flowId="middle", inputs={"items": [1, 2, 3, 4, 5]}))
    # When the questions are answered one after the other
    run = await bench.start(outer)
    for n in range(5):
        await bench.parked(run)
        card = (await bench.open(run))[-1]
        assert card.key == f"each[{n}]/q"
        await bench.answer(card)
    # Then everything ran once
    run = await bench.ended(run)
    assert (run.status, run.output) == (RunStatus.COMPLETED, [None] * 5)
    assert bench.work.calls == [f"each[{n}]/w" for n in range(5)]


async def test_a_failing_sub_flow_fails_its_step(bench: Bench) -> None:
    await bench.define("inner", flow(step("x", "say", None, fail="broken")))
    definition = flow(
        step("call", "call", {"error": "e"}, flowId="inner"), step("e", "compute", expression="error.code")
    )
    run = await bench.ended(await bench.start(definition))
    assert run.output == "child_failed"
    run = await bench.ended(await bench.start(flow(step("call", "call", None, flowId="nowhere"))))
    assert (run.error or {})["code"] == "flow_not_found"


@pytest.mark.promise("E10")
async def test_flows_that_call_each_other_forever_are_stopped(bench: Bench) -> None:
    await bench.define("self", flow(step("call", "call", None, flowId="self")))
    run = await bench.ended(await bench.start(flow(step("call", "call", None, flowId="self"))))
    assert run.status is RunStatus.FAILED


async def test_a_flaky_step_is_tried_again_with_the_same_key(bench: Bench) -> None:
    retry = {"maxAttempts": 3, "delayS": 0.001}
    run = await bench.start(flow(step("a", "work", None, value="ok", fail_times=2, retry=retry) | {}))
    run = await bench.ended(run)
    assert run.output == "ok"
    assert bench.work.keys == [f"{run.id}:a"] * 3
    assert [kind for kind, _ in await bench.journal(run)] == [
        "step.retrying",
        "step.retrying",
        "step.done",
        "run.ended",
    ]


async def test_a_step_that_is_too_slow_fails_with_timeout(bench: Bench) -> None:
    definition = flow(
        step("a", "work", {"error": "e"}, gate="never", timeoutS=0.02), step("e", "compute", expression="error.code")
    )
    assert (await bench.ended(await bench.start(definition))).output == "timeout"


async def test_a_fault_in_a_step_type_is_that_steps_failure(bench: Bench) -> None:
    run = await bench.ended(await bench.start(flow(step("a", "work", None, crash=True))))
    assert run.status is RunStatus.FAILED
    assert (run.error or {})["code"] == "internal_error"
    assert (run.error or {})["stepId"] == "a"


async def test_a_broken_definition_fails_the_run_with_every_fault(bench: Bench) -> None:
    run = await bench.ended(await bench.start(flow(step("a", "nothing"), step("b", "say", "zzz"))))
    assert run.status is RunStatus.FAILED
    assert [fault["code"] for fault in (run.error or {})["details"]] == ["unknown_step_type", "unknown_next"]


async def test_a_running_run_is_cancelled_in_the_middle_of_an_effect(bench: Bench) -> None:
    run = await bench.start(flow(step("a", "work", "b", gate="never"), step("b", "work")))
    await bench.work.begun()
    assert await bench.client.cancel(run.id, reason="no longer needed")
    run = await bench.ended(run)
    assert run.status is RunStatus.CANCELLED
    assert bench.work.cancelled == ["a"]
    assert not await bench.client.cancel(run.id, reason="again")


async def test_a_waiting_run_is_cancelled_with_its_children_and_questions(bench: Bench) -> None:
    await bench.define("inner", flow(step("q", "ask", None)))
    run = await bench.parked(await bench.start(flow(step("call", "call", None, flowId="inner"))))
    assert await bench.client.cancel(run.id, reason="no")
    run = await bench.ended(run)
    assert run.status is RunStatus.CANCELLED
    assert await bench.open(run) == []
    child_id = (await bench.client.interrupts(run.id))[0].payload["runId"]
    assert (await bench.client.get(child_id, workspace_id="w1")).status is RunStatus.CANCELLED


async def test_five_thousand_pure_steps_leave_room_for_others(bench: Bench) -> None:
    # Given a loop of many pure steps
    definition = flow(step("l", "loop", None, items=list(range(2500)), **scope(step("s", "say", None, value=1))))
    long = await bench.start(definition)
    # When a short run is started meanwhile
    short = await bench.ended(await bench.start(flow(step("a"))))
    # Then it need not wait for the long one
    assert short.status is RunStatus.COMPLETED
    assert not (await bench.client.get(long.id, workspace_id="w1")).status.has_ended
    assert (await bench.ended(long, timeout_s=30)).status is RunStatus.COMPLETED


@pytest.mark.promise("E10")
async def test_the_step_limit_stops_an_endless_loop(bench: Bench) -> None:
    definition = flow(
        step("l", "loop", None, mode="while", **{"while": "true"}, **scope(step("s"))), settings={"maxSteps": 50}
    )
    run = await bench.ended(await bench.start(definition))
    assert (run.error or {})["code"] == "step_limit"


async def test_a_loop_that_has_asked_often_goes_on_with_each_answer(bench: Bench) -> None:
    # Given a loop that asks in every round, and a question beside it that nobody answers for long
    rounds = MOST_READ + 3
    loop = step("l", "loop", None, mode="each", items=list(range(rounds)), **scope(step("q", "ask", None)))
    branches = {"often": scope(loop), "late": scope(step("p", "ask", None))}
    run = await bench.parked(await bench.start(flow(step("both", "parallel", None, branches=branches))))
    late = next(one for one in await bench.open(run) if one.key == "both.late/p")
    # When its questions are answered, and the other one last
    for n in range(rounds):
        await bench.parked(run)
        (card,) = [one for one in await bench.open(run) if one.id != late.id]
        assert card.key == f"both.often/l[{n}]/q"
        await bench.answer(card, {"decision": "approve", "n": n})
    await bench.parked(run)
    await bench.answer(late, {"decision": "approve"})
    # Then each answer has arrived where it belongs
    run = await bench.ended(run)
    assert [answer["n"] for answer in run.output["often"]] == list(range(rounds))
