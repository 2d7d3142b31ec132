"""`user-approval`."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from flow_runtime.clock import ManualClock
from flow_runtime.errors import Json
from flow_runtime.run import InterruptKind
from tests.fakes.step_bench import Left, StepBench
from tests.flow_runtime.steps.conftest import World

pytestmark = pytest.mark.anyio
INPUTS: dict[str, Json] = {"amount": 250.0, "order": {"id": 7, "paid": True}}


async def test_card_shows_what_is_configured(bench: StepBench) -> None:
    config: dict[str, Json] = {
        "title": "Refund {{ amount }} €?",
        "message": "Order {{ order.id }}",
        "facts": [{"label": "Order {{ order.id }}", "value": "{{ order }}"}],
        "decisions": [{"name": "approve", "label": "Pay {{ amount }} €", "style": "primary"}, "reject"],
        "comment": "required",
        "approvers": ["starter", "user:{{ order.id }}"],
    }
    card = await bench.asked(await bench.begin("user-approval", config, INPUTS))
    assert card.kind is InterruptKind.APPROVAL
    assert card.payload == {
        "title": "Refund 250 €?",
        "message": "Order 7",
        "comment": "required",
        "facts": [{"label": "Order 7", "value": {"id": 7, "paid": True}}],
        "decisions": [
            {"name": "approve", "label": "Pay 250 €", "style": "primary", "needsComment": False},
            {"name": "reject", "label": "", "style": "danger", "needsComment": False},
        ],
    }
    assert list(card.approvers) == ["starter", "user:7"]
    assert card.digest


async def test_facts_may_be_written_as_an_object(bench: StepBench) -> None:
    config = {"title": "?", "facts": {"Amount": "{{ amount }}"}}
    card = await bench.asked(await bench.begin("user-approval", config, INPUTS))
    assert card.payload["facts"] == [{"label": "Amount", "value": 250.0}]


async def test_without_decisions_approve_and_reject_are_offered(bench: StepBench) -> None:
    card = await bench.asked(await bench.begin("user-approval", {"title": "?"}))
    assert [decision["name"] for decision in card.payload["decisions"]] == ["approve", "reject"]


@pytest.mark.parametrize("decision", ["approve", "reject", "later"])
async def test_it_leaves_by_the_decision(bench: StepBench, clock: ManualClock, decision: str) -> None:
    run = await bench.begin("user-approval", {"title": "Sure?", "decisions": ["approve", "reject", "later"]})
    await bench.answer(await bench.asked(run), {"decision": decision, "comment": "because"})
    left = await bench.left(run)
    assert left.port == decision
    assert left.output == {
        "decision": decision,
        "comment": "because",
        "decidedBy": None,
        "decidedAt": clock.now().isoformat(),
        "message": "Sure?",
    }


async def test_rejection_without_a_port_ends_the_run_as_rejected(bench: StepBench) -> None:
    run = await bench.begin("user-approval", {"title": "?"}, open_ports=["reject"])
    await bench.answer(await bench.asked(run), {"decision": "reject"})
    ended = await bench.ended(run)
    assert (ended.status, ended.rejected) == ("completed", True)
    assert ended.output["decision"] == "reject"


async def test_rejection_goes_on_only_where_that_was_asked_for(bench: StepBench) -> None:
    config = {"title": "?", "onReject": "continue"}
    run = await bench.begin("user-approval", config, open_ports=["reject"])
    await bench.answer(await bench.asked(run), {"decision": "reject"})
    left = await bench.left(run)
    assert (left.port, left.output["decision"]) == ("approve", "reject")


async def test_connected_rejection_beats_going_on(bench: StepBench) -> None:
    run = await bench.begin("user-approval", {"title": "?", "onReject": "continue"})
    await bench.answer(await bench.asked(run), {"decision": "reject"})
    assert (await bench.left(run)).port == "reject"


async def test_bare_next_never_leads_from_a_rejection(bench: StepBench) -> None:
    # Given an approval that offers the rejection first, and one unnamed connection
    config = {"title": "?", "decisions": ["reject", "approve"]}
    definition = {
        "name": "x",
        "start": "ask",
        "steps": [
            {"id": "ask", "type": "user-approval", "config": config, "next": "pay"},
            {"id": "pay", "type": "final", "config": {"output": "paid"}},
        ],
    }
    run = await bench.start(definition)
    # When it is rejected, then nothing is paid
    await bench.answer(await bench.asked(run), {"decision": "reject"})
    ended = await bench.ended(run)
    assert ended.rejected
    assert ended.output != "paid"


async def test_it_expires_through_its_port(bench: StepBench, clock: ManualClock) -> None:
    run = await bench.begin("user-approval", {"title": "?", "expiresInS": 3600})
    assert (await bench.asked(run)).expires_at == clock.now() + timedelta(hours=1)
    clock.advance(3600)
    await bench.runtime.scheduler.fire_due()
    assert await bench.left(run) == Left("expired", {"decision": "expired"})


@pytest.mark.parametrize(
    ("editable", "shown"),
    [
        (
            {"schema": {"type": "object", "properties": {"amount": {"type": "number", "maximum": 300}}}},
            {
                "schema": {"type": "object", "properties": {"amount": {"type": "number", "maximum": 300}}},
                "values": {"amount": 250.0},
            },
        ),
        (
            ["amount", "order"],
            {
                "schema": {
                    "type": "object",
                    "properties": {
                        "amount": {"title": "amount", "type": "number"},
                        "order": {"title": "order", "type": "object"},
                    },
                },
                "values": INPUTS,
            },
        ),
        (
            {"type": "object", "properties": {"other": {"type": "string"}}},
            {"schema": {"type": "object", "properties": {"other": {"type": "string"}}}},
        ),
        (
            {"schema": {"type": "object"}, "uiSchema": {"a": {}}, "values": {"paid": "{{ order.paid }}"}},
            {"schema": {"type": "object"}, "uiSchema": {"a": {}}, "values": {"paid": True}},
        ),
    ],
    ids=["schema", "names", "bare schema", "values"],
)
async def test_what_can_be_edited_starts_from_what_is_there(bench: StepBench, editable: Json, shown: Json) -> None:
    card = await bench.asked(await bench.begin("user-approval", {"title": "?", "editable": editable}, INPUTS))
    assert card.payload["editable"] == shown


async def test_edits_live_in_the_output_only(bench: StepBench) -> None:
    run = await bench.begin("user-approval", {"title": "?", "editable": ["amount"]}, INPUTS)
    await bench.answer(await bench.asked(run), {"decision": "approve", "edits": {"amount": 100}})
    ended = await bench.ended(run)
    assert ended.output["output"]["edits"] == {"amount": 100}
    assert ended.inputs["amount"] == 250.0


async def test_fields_can_be_filled_in_with_the_decision(bench: StepBench) -> None:
    form = {"schema": {"type": "object", "properties": {"why": {"type": "string"}}}, "values": {"why": "{{ amount }}"}}
    run = await bench.begin("user-approval", {"title": "?", "form": form}, INPUTS)
    card = await bench.asked(run)
    assert card.payload["form"]["values"] == {"why": 250.0}
    await bench.answer(card, {"decision": "approve", "formData": {"why": "x"}})
    assert (await bench.left(run)).output["formData"] == {"why": "x"}


@pytest.mark.parametrize("changed", [{"RATE": 2}, {"RATE": 1, "MORE": 1}, {}])
async def test_card_is_asked_again_if_what_it_rests_on_has_changed(
    bench: StepBench, world: World, changed: dict[str, Json]
) -> None:
    # Given a card that shows one variable, among variables that later steps will read
    world.variables = {"RATE": 1}
    run = await bench.begin("user-approval", {"title": "Rate {{ env.?RATE.orValue('none') }}?"})
    card = await bench.asked(run)
    # When the variables change before it is approved
    world.variables = dict(changed)
    await bench.answer(card)
    # Then it is asked again, and only the second answer counts
    again = await bench.asked(await bench.parked(run))
    assert again.id != card.id
    assert again.replaces == card.id
    await bench.answer(again)
    assert (await bench.left(run)).port == "approve"


async def test_rejection_counts_even_if_the_card_has_changed(bench: StepBench, world: World) -> None:
    world.variables = {"RATE": 1}
    run = await bench.begin("user-approval", {"title": "Rate {{ env.RATE }}?"})
    card = await bench.asked(run)
    world.variables = {"RATE": 2}
    await bench.answer(card, {"decision": "reject"})
    assert (await bench.left(run)).port == "reject"


@pytest.mark.parametrize(
    ("config", "code"),
    [
        ({"title": "?", "decisions": ["expired"]}, "reserved_port"),
        ({"title": "?", "decisions": ["error", "approve"]}, "reserved_port"),
        ({"title": "?", "decisions": ["approve", "approve"]}, "reserved_port"),
        ({"title": "?", "form": {"schema": {"type": "nonsense"}}}, "invalid_schema"),
        ({"title": "?", "editable": {"schema": {"type": 5}}}, "invalid_schema"),
        ({"title": "?", "decisions": []}, "config"),
        ({"title": "{{ nobody }}"}, "unknown_name"),
        ({"title": "?", "facts": [{"label": "{{ nobody }}"}]}, "unknown_name"),
    ],
    ids=str,
)
def test_mistakes_are_found_before_it_runs(
    bench_check: Callable[..., set[str]], config: dict[str, Json], code: str
) -> None:
    assert code in bench_check("user-approval", config)
