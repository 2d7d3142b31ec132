"""`show-form`."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from flow_runtime.clock import ManualClock
from flow_runtime.errors import Json
from flow_runtime.run import InterruptKind
from tests.fakes.step_bench import Left, StepBench, scope_of

pytestmark = pytest.mark.anyio
SCHEMA: dict[str, Json] = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "po": {"type": "string"}},
    "required": ["name"],
    "if": {"properties": {"name": {"const": "x"}}},
    "then": {"properties": {"extra": {"type": "string"}}},
}
CHECK: dict[str, Json] = scope_of(
    {
        "id": "known",
        "type": "condition",
        "config": {"cases": [{"port": "bad", "when": "out.?po.orValue('') != 'PO-1'"}]},
        "next": {"bad": "refuse"},
    },
    {"id": "refuse", "type": "set-variable", "config": {"values": {"errors": {"/po": "{{ values.po }} is unknown"}}}},
)


async def test_card_shows_what_is_configured(bench: StepBench) -> None:
    config: dict[str, Json] = {
        "title": "Hello {{ who }}",
        "message": "Fill in",
        "schema": SCHEMA,
        "uiSchema": {"po": {"ui:widget": "textarea"}},
        "prefill": {"name": "{{ who }}"},
        "pages": [{"title": "About {{ who }}", "fields": ["name"]}, {"title": "More", "fields": ["po", "extra"]}],
        "submitLabel": "Send, {{ who }}",
    }
    card = await bench.asked(await bench.begin("show-form", config, {"who": "Ada"}))
    assert card.kind is InterruptKind.FORM
    assert card.response_schema == SCHEMA
    assert card.payload == {
        "title": "Hello Ada",
        "message": "Fill in",
        "schema": SCHEMA,
        "uiSchema": {"po": {"ui:widget": "textarea"}},
        "values": {"name": "Ada"},
        "pages": [{"title": "About Ada", "fields": ["name"]}, {"title": "More", "fields": ["po", "extra"]}],
        "submitLabel": "Send, Ada",
        "cancellable": True,
        "attempt": 1,
    }


@pytest.mark.row("A-32")
async def test_output_is_the_values(bench: StepBench) -> None:
    run = await bench.begin("show-form", {"title": "?", "schema": SCHEMA})
    await bench.answer(await bench.asked(run), {"formData": {"name": "Ada"}})
    assert await bench.left(run) == Left("submitted", {"name": "Ada"})


async def test_cancelled_form_leaves_without_values(bench: StepBench) -> None:
    run = await bench.begin("show-form", {"title": "?", "schema": SCHEMA})
    await bench.answer(await bench.asked(run), {"cancel": True})
    assert await bench.left(run) == Left("cancelled", None)


async def test_it_expires_through_its_port(bench: StepBench, clock: ManualClock) -> None:
    run = await bench.begin("show-form", {"title": "?", "schema": SCHEMA, "expiresInS": 60})
    assert (await bench.asked(run)).expires_at == clock.now() + timedelta(seconds=60)
    clock.advance(60)
    await bench.runtime.scheduler.fire_due()
    assert await bench.left(run) == Left("expired", None)


async def test_flow_sends_the_form_back_until_it_is_right(bench: StepBench) -> None:
    # Given a form that the flow checks
    run = await bench.begin("show-form", {"title": "?", "schema": SCHEMA, "validate": CHECK})
    first = await bench.asked(run)
    # When a wrong value is submitted twice
    await bench.answer(first, {"formData": {"name": "Ada", "po": "PO-7"}})
    second = await bench.asked(await bench.parked(run))
    await bench.answer(second, {"formData": {"name": "Ada", "po": "PO-8"}})
    third = await bench.asked(await bench.parked(run))
    # Then the same form opens again each time, with the values and the flow's words at the field
    assert (second.replaces, third.replaces) == (first.id, second.id)
    assert second.payload["values"] == {"name": "Ada", "po": "PO-7"}
    assert second.payload["errors"] == {"/po": "PO-7 is unknown"}
    assert third.payload["errors"] == {"/po": "PO-8 is unknown"}
    assert [card.payload["attempt"] for card in (first, second, third)] == [1, 2, 3]
    # When it is right, then there is one submission
    await bench.answer(third, {"formData": {"name": "Ada", "po": "PO-1"}})
    assert await bench.left(run) == Left("submitted", {"name": "Ada", "po": "PO-1"})


async def test_form_that_was_sent_back_can_still_be_cancelled(bench: StepBench) -> None:
    run = await bench.begin("show-form", {"title": "?", "schema": SCHEMA, "validate": CHECK})
    await bench.answer(await bench.asked(run), {"formData": {"name": "Ada", "po": "PO-7"}})
    await bench.answer(await bench.asked(await bench.parked(run)), {"cancel": True})
    assert (await bench.left(run)).port == "cancelled"


async def test_failing_validation_takes_the_error_port(bench: StepBench) -> None:
    fails = scope_of({"id": "v", "type": "set-variable", "config": {"values": {"x": "{{ values.missing }}"}}})
    run = await bench.begin("show-form", {"title": "?", "schema": SCHEMA, "validate": fails})
    await bench.answer(await bench.asked(run), {"formData": {"name": "Ada"}})
    left = await bench.left(run)
    assert left.error is not None
    assert left.error["code"] == "missing_value"


async def test_errors_in_another_shape_are_the_flows_mistake(bench: StepBench) -> None:
    fails = scope_of({"id": "v", "type": "set-variable", "config": {"values": {"errors": "all wrong"}}})
    run = await bench.begin("show-form", {"title": "?", "schema": SCHEMA, "validate": fails})
    await bench.answer(await bench.asked(run), {"formData": {"name": "Ada"}})
    left = await bench.left(run)
    assert left.error is not None
    assert left.error["code"] == "bad_validation"


async def test_without_waiting_it_gives_the_first_values(bench: StepBench) -> None:
    config = {"title": "?", "schema": SCHEMA, "prefill": {"name": "{{ who }}"}, "waitForSubmit": False}
    assert await bench.perform("show-form", config, {"who": "Ada"}) == Left("submitted", {"name": "Ada"})


@pytest.mark.parametrize(
    ("config", "code"),
    [
        ({"title": "?", "schema": {"type": "nonsense"}}, "invalid_schema"),
        ({"title": "?", "schema": SCHEMA, "pages": [{"title": "1", "fields": ["nobody"]}]}, "unknown_field"),
        ({"title": "?"}, "config"),
        ({"title": "?", "schema": SCHEMA, "prefill": "{{ nobody }}"}, "unknown_name"),
    ],
    ids=str,
)
def test_mistakes_are_found_before_it_runs(
    bench_check: Callable[..., set[str]], config: dict[str, Json], code: str
) -> None:
    assert code in bench_check("show-form", config)


def test_conditional_fields_may_stand_on_pages(bench_check: Callable[..., set[str]]) -> None:
    config = {"title": "?", "schema": SCHEMA, "pages": [{"title": "1", "fields": ["name", "extra"]}]}
    assert "unknown_field" not in bench_check("show-form", config)
