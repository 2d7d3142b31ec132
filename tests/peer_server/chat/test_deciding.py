"""One function behind every door: who may answer, what fits, first wins, and a record of it."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from flow_runtime.errors import FlowError, Json
from flow_runtime.run import InterruptKind
from peer_server.access import Principal
from peer_server.services.runs.decisions import Decision
from peer_server.stores.audit import audit_of
from tests.fakes.chat_bench import OLGA, PETE, STRANGER, WORKSPACE, ChatBench, Talk
from tests.fakes.chat_model import Call
from tests.fakes.chat_steps import ends
from tests.fakes.steps import flow, step

pytestmark = pytest.mark.anyio

APPROVAL = {
    "title": "Refund?",
    "decisions": [{"name": "approve", "label": "Yes"}, {"name": "reject", "label": "No", "needsComment": True}],
    "comment": "optional",
    "editable": {
        "schema": {
            "type": "object",
            "properties": {"amount": {"type": "number", "maximum": 100}, "when": {"type": "string", "format": "date"}},
            "required": ["amount"],
        },
        "values": {"amount": 50, "when": "2026-11-20"},
    },
}
FORM = {
    "title": "Where?",
    "schema": {
        "type": "object",
        "properties": {"city": {"type": "string", "minLength": 1}, "boxes": {"type": "integer"}},
        "required": ["city", "boxes"],
    },
    "values": {},
    "cancellable": True,
}
TOOL = {"toolName": "locate", "parameters": {}, "resultSchema": {"type": "object", "required": ["lat"]}}


async def asked(
    bench: ChatBench,
    payload: Mapping[str, Json],
    kind: InterruptKind = InterruptKind.APPROVAL,
    **config: Any,  # noqa: ANN401 - config of a step
) -> tuple[Talk, str]:
    """A conversation in which exactly this is asked."""
    card = step("ask", "card", {"approve": "work", "reject": "no"}, kind=kind.value, payload=payload, **config)
    await bench.attach("asker", flow(card, step("work", "work", {"ok": "d"}), ends("d", "done"), ends("no", "no")))
    bench.model.will(calls=[Call("asker", {})])
    bench.model.will("It waits.")
    talk = await bench.conversation()
    await talk.ask("Go")
    (opened,) = await talk.open()
    return talk, str(opened["interruptId"])


async def refused(bench: ChatBench, interrupt_id: str, resolution: Json, who: Principal = OLGA) -> FlowError:
    with pytest.raises(FlowError) as caught:
        await bench.decisions.decide(who, interrupt_id, resolution, door="test")
    return caught.value


async def test_eight_contradictory_decisions_have_one_winner_and_one_effect(bench: ChatBench) -> None:
    """P7: through two doors at once; everybody is told the same."""
    talk, interrupt_id = await asked(bench, APPROVAL)
    bench.model.will("told")
    answers: list[dict[str, Json]] = [{"decision": "approve", "comment": f"by {number}"} for number in range(7)]
    answers.append({"decision": "reject", "comment": "no"})

    async def decide(number: int) -> Decision | FlowError:
        try:
            door = "rest" if number % 2 else "socket"
            return await bench.decisions.decide(OLGA, interrupt_id, answers[number], door=door)
        except FlowError as error:
            return error

    results = await asyncio.gather(*(decide(number) for number in range(8)))
    (winner,) = [result for result in results if isinstance(result, Decision)]
    losers = [result for result in results if isinstance(result, FlowError)]
    assert {loser.code for loser in losers} == {"already_settled"}
    assert all(loser.details["resolution"] == winner.interrupt.resolution for loser in losers)
    # And an identical repeat is answered with what was recorded
    again = await bench.decisions.decide(OLGA, interrupt_id, winner.interrupt.resolution, door="rest")
    assert again.repeated
    assert again.interrupt.decided_by == winner.interrupt.decided_by
    await talk.until(lambda view: len(view.turns) == 2 and view.active_turn_id is None)
    was_approved = winner.interrupt.resolution["decision"] == "approve"
    assert bench.work.calls == (["work"] if was_approved else [])
    # And there is one record of it, with who, when, what and through which door
    (record,) = await bench.store.read(audit_of, interrupt_id, workspace_id=WORKSPACE)
    assert (record["actor_name"], record["event"]) == ("Olga", "interrupt.decided")
    assert record["digest"] == winner.interrupt.digest
    assert record["channel"] in {"rest", "socket"}
    assert record["details"]["answer"] == winner.interrupt.resolution
    await talk.check()


@pytest.mark.parametrize(
    ("resolution", "code", "pointer"),
    [
        ({}, "invalid_resolution", None),
        ({"colour": "red"}, "invalid_resolution", None),
        ({"decision": "approve", "toolResult": {"success": True}}, "invalid_resolution", None),
        ({"decision": 1}, "invalid_resolution", None),
        ({"decision": "approve", "edits": [1]}, "invalid_resolution", None),
        ({"decision": "__proto__"}, "unknown_decision", None),
        ({"decision": "Approve"}, "unknown_decision", None),
        ({"formData": {}}, "wrong_kind", None),
        ({"toolResult": {"success": True}}, "wrong_kind", None),
        ({"cancel": True}, "wrong_kind", None),
        ({"decision": "approve", "executionId": "other"}, "not_found", None),
        ({"decision": "reject"}, "invalid_form", "/comment"),
        ({"decision": "approve", "comment": "x" * 10_001}, "invalid_form", "/comment"),
        ({"decision": "approve", "edits": {"amount": 101}}, "invalid_form", "/edits/amount"),
        ({"decision": "approve", "edits": {"amount": "50"}}, "invalid_form", "/edits/amount"),
        ({"decision": "approve", "edits": {"when": "soon"}}, "invalid_form", "/edits/when"),
        ({"decision": "approve", "edits": {"iban": "x"}}, "invalid_form", "/edits/iban"),
        ({"decision": "approve", "formData": {"a": 1}}, "invalid_form", "/formData"),
    ],
)
async def test_an_answer_that_does_not_fit_leaves_the_request_open(
    bench: ChatBench, resolution: Json, code: str, pointer: str | None
) -> None:
    _talk, interrupt_id = await asked(bench, APPROVAL)
    error = await refused(bench, interrupt_id, resolution)
    assert error.code == code
    if pointer is not None:
        assert [fault["pointer"] for fault in error.details] == [pointer]
    decision = await bench.decisions.decide(
        OLGA, interrupt_id, {"decision": "approve", "edits": {"amount": 9}}, door="t"
    )
    assert decision.interrupt.resolution == {"decision": "approve", "edits": {"amount": 9}}


async def test_form_values_are_checked_field_by_field(bench: ChatBench) -> None:
    talk, interrupt_id = await asked(bench, FORM, InterruptKind.FORM)
    error = await refused(bench, interrupt_id, {"formData": {"city": "", "boxes": "3"}})
    assert error.code == "invalid_form"
    assert [fault["pointer"] for fault in error.details] == ["/city", "/boxes"]
    assert (await refused(bench, interrupt_id, {"decision": "approve"})).code == "wrong_kind"
    body = {"form": {"executionId": interrupt_id, "values": {"city": "Berlin", "boxes": 3}}}
    decision = await bench.decisions.decide(OLGA, interrupt_id, body, door="rest")
    assert decision.interrupt.resolution == {"formData": {"city": "Berlin", "boxes": 3}}
    await talk.until(lambda view: not view.open_interrupts)


async def test_a_form_can_be_cancelled_only_if_it_says_so(bench: ChatBench) -> None:
    _talk, interrupt_id = await asked(bench, {**FORM, "cancellable": False}, InterruptKind.FORM)
    assert (await refused(bench, interrupt_id, {"cancel": True})).code == "invalid_form"
    assert (await refused(bench, interrupt_id, {"cancel": False})).code == "invalid_resolution"


async def test_a_late_answer_is_gone(bench: ChatBench) -> None:
    talk, interrupt_id = await asked(bench, APPROVAL, expiresInS=1.5)
    await talk.until(lambda view: not view.open_interrupts)
    assert (await refused(bench, interrupt_id, {"decision": "approve"})).code == "interrupt_expired"


@pytest.mark.parametrize(
    ("approvers", "who", "may"),
    [
        ((), OLGA, True),
        ((), PETE, False),
        ((), STRANGER, False),
        (("starter",), OLGA, True),
        (("participants",), OLGA, True),
        (("user:u2",), PETE, True),
        (("user:u2",), OLGA, False),
        (("role:owner",), OLGA, True),
        (("role:owner",), PETE, False),
        (("group:finance",), OLGA, False),
        (("group:finance", "starter"), OLGA, True),
        (("user:u9",), STRANGER, False),
    ],
)
async def test_only_those_who_are_named_may_decide(
    bench: ChatBench, *, approvers: tuple[str, ...], who: Principal, may: bool
) -> None:
    _talk, interrupt_id = await asked(bench, APPROVAL, approvers=approvers)
    if may:
        await bench.decisions.decide(who, interrupt_id, {"decision": "approve"}, door="rest")
    else:
        error = await refused(bench, interrupt_id, {"decision": "approve"}, who)
        assert error.code == "not_found"


async def test_an_unknown_interrupt_does_not_exist(bench: ChatBench) -> None:
    assert (await refused(bench, "nope", {"decision": "approve"})).code == "not_found"


async def test_a_draft_travels_and_is_gone_with_its_form(bench: ChatBench) -> None:
    talk, interrupt_id = await asked(bench, FORM, InterruptKind.FORM)
    drafts = bench.chat.drafts
    assert await drafts.get(OLGA, interrupt_id) is None
    assert await drafts.save(OLGA, interrupt_id, values={"city": "Ber"}, rev=0, page=1) == 1
    assert await drafts.save(OLGA, interrupt_id, values={"city": "Berlin"}, rev=1) == 2
    # When another device saves what it had seen before, then it is told what is there now
    with pytest.raises(FlowError) as stale:
        await drafts.save(OLGA, interrupt_id, values={"city": "Bonn"}, rev=1)
    assert (stale.value.code, stale.value.details["rev"]) == ("stale_draft", 2)
    found = await drafts.get(OLGA, interrupt_id)
    assert found is not None
    assert found.values == {"city": "Berlin"}
    assert [draft.rev for draft in await drafts.of_conversation(talk.id)] == [2]
    with pytest.raises(FlowError) as hidden:
        await drafts.get(PETE, interrupt_id)
    assert hidden.value.code == "not_found"
    await talk.decide(interrupt_id, {"formData": {"city": "Berlin", "boxes": 1}})
    assert await drafts.of_conversation(talk.id) == []
    with pytest.raises(FlowError) as closed:
        await drafts.save(OLGA, interrupt_id, values={}, rev=2)
    assert closed.value.code == "already_settled"


async def test_one_tab_holds_the_lease_of_a_client_tool(bench: ChatBench) -> None:
    """F18: five tabs, one effect, a late result is refused by its token."""
    talk, interrupt_id = await asked(bench, TOOL, InterruptKind.CLIENT_TOOL)
    tools = bench.chat.client_tools
    for tab in ("t1", "t2", "t3"):
        tools.offer(tab, ["locate"])
    with pytest.raises(FlowError) as not_offered:
        await tools.claim(OLGA, "t9", interrupt_id)
    assert not_offered.value.code == "tool_not_offered"
    lease = await tools.claim(OLGA, "t1", interrupt_id)
    assert await tools.claim(OLGA, "t1", interrupt_id) == lease
    with pytest.raises(FlowError) as held:
        await tools.claim(OLGA, "t2", interrupt_id)
    assert held.value.code == "lease_held"
    # When the tab is closed, the others hear of it and one of them takes over
    tools.release("t1")
    assert b"clientTool.released" in talk.frames[-1].data
    taken = await tools.claim(OLGA, "t2", interrupt_id)
    good = {"executionId": interrupt_id, "success": True, "output": {"lat": 1.5}}
    with pytest.raises(FlowError) as late:
        await tools.result(OLGA, "t1", interrupt_id, lease=lease, tool_result=good)
    assert late.value.code == "lease_lost"
    with pytest.raises(FlowError) as misfit:
        await tools.result(OLGA, "t2", interrupt_id, lease=taken, tool_result={**good, "output": {}})
    assert misfit.value.code == "invalid_result"
    await tools.result(OLGA, "t2", interrupt_id, lease=taken, tool_result=good)
    repeated = await tools.result(OLGA, "t2", interrupt_id, lease=taken, tool_result=good)
    assert repeated.repeated
    view = await talk.until(lambda view: not view.open_interrupts)
    assert view.interrupts[interrupt_id]["resolution"] == {"toolResult": good}
    with pytest.raises(FlowError):
        await tools.claim(OLGA, "t3", interrupt_id)
