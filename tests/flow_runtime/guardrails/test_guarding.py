"""What follows from a verdict, and that a scanner that fails never lets anything pass silently."""

import asyncio
from typing import ClassVar, Literal

import pytest

from flow_runtime.errors import Json, StepFailed
from flow_runtime.flow import Guardrails, ScannerUse
from flow_runtime.guarded_model import guarded_messages, guarded_reply
from flow_runtime.guarding import ActiveGuard
from flow_runtime.guardrail import LONGEST_TEXT, ScanContext, Scanner, ScannerConfig, Span, Verdict
from flow_runtime.model import (
    AssistantMessage,
    ImagePart,
    Message,
    SystemMessage,
    TextPart,
    ToolCall,
    ToolMessage,
    UserMessage,
)
from flow_runtime.model_reply import ModelReply
from flow_runtime.scanners import ScannerRegistry, plan_guardrails

pytestmark = pytest.mark.anyio


class Probe(Scanner[ScannerConfig]):
    """Finds the word `bad` as the test says, and remembers what it saw."""

    type_name = "probe"
    title = summary = "Probe"
    config_model = ScannerConfig
    example: ClassVar[dict[str, Json]] = {}
    can_redact = True
    timeout_s = 0.01

    def __init__(self, fault: object = None) -> None:
        self.fault = fault
        self.seen: list[str] = []

    async def scan(self, text: str, config: ScannerConfig, context: ScanContext) -> Verdict:
        self.seen.append(text)
        if isinstance(self.fault, Exception):
            raise self.fault
        if self.fault == "hangs":
            await asyncio.Event().wait()
        if isinstance(self.fault, float):
            return Verdict(self.fault)
        at = text.find("bad")
        return Verdict(0.7, "it is bad", [Span(at, at + 3, "BAD")]) if at >= 0 else Verdict(0.1)


def guard_of(probe: Probe, *, sides: tuple[str, ...] = ("input", "output"), **use: Json) -> ActiveGuard:
    guardrails = Guardrails.model_validate({side: [ScannerUse(type="probe", **use)] for side in sides})
    plan, faults = plan_guardrails(guardrails, ScannerRegistry([probe]))
    assert faults == []
    return ActiveGuard(plan, models=None, workspace_id="w")


async def test_each_action_has_its_consequence() -> None:
    texts = ["good", "so bad, bad"]
    with pytest.raises(StepFailed) as raised:
        await guard_of(Probe()).look("input", texts)
    assert (raised.value.code, raised.value.category) == ("guardrail", "content_filter")
    assert raised.value.details == {"side": "input", "scanner": "probe", "score": 0.7, "threshold": 0.5}
    assert "so bad" not in raised.value.message

    redacting = guard_of(Probe(), action="redact")
    assert await redacting.look("output", texts) == ["good", "so [BAD], bad"]

    warning = guard_of(Probe(), action="warn", id="careful")
    assert await warning.look("input", texts) == texts
    assert warning.warnings == ["the input of a model: careful it is bad"]

    flagging = guard_of(Probe(), action="flag")
    assert await flagging.look("input", texts) == texts
    assert flagging.warnings == []
    verdicts = [guard.results[0]["verdict"] for guard in (redacting, warning, flagging)]
    assert verdicts == ["redacted", "warned", "flagged"]


async def test_a_risk_below_the_threshold_passes_and_is_recorded() -> None:
    guard = guard_of(Probe(), threshold=0.8)
    assert await guard.look("input", ["bad"]) == ["bad"]
    [result] = guard.results
    assert (result["verdict"], result["score"], result["threshold"]) == ("passed", 0.7, 0.8)
    assert result["durationMs"] >= 0


FAULTS: list[object] = [RuntimeError("the text is bad"), ConnectionError(), OSError(5, "x"), "hangs", float("nan"), 1.5]


@pytest.mark.promise("S10")
@pytest.mark.parametrize("side", ["input", "output"])
@pytest.mark.parametrize("action", ["block", "redact", "warn", "flag"])
@pytest.mark.parametrize("fault", FAULTS, ids=repr)
async def test_a_scanner_that_fails_blocks_or_is_flagged(
    fault: object, action: str, side: Literal["input", "output"]
) -> None:
    # Given a scanner that fails in some way, then by default nothing passes
    blocking = guard_of(Probe(fault), action=action)
    with pytest.raises(StepFailed) as raised:
        await blocking.look(side, ["anything"])
    assert (raised.value.code, raised.value.category) == ("guardrail_unavailable", "content_filter")
    assert "the text is bad" not in raised.value.message
    # And where the policy says so it passes, but never silently
    flagging = guard_of(Probe(fault), action=action, on_fault="flag")
    assert await flagging.look(side, ["anything"]) == ["anything"]
    for guard in (blocking, flagging):
        assert [(one["verdict"], one["side"]) for one in guard.results] == [("failed", side)]
        assert guard.results[0]["explanation"]


@pytest.mark.promise("S10")
async def test_texts_that_are_too_long_to_be_scanned_do_not_pass() -> None:
    with pytest.raises(StepFailed) as raised:
        await guard_of(Probe()).look("input", ["x" * (LONGEST_TEXT + 1)])
    assert raised.value.code == "guardrail_unavailable"


async def test_what_passed_before_is_not_judged_again_but_redacted_again() -> None:
    history: list[Message] = [
        SystemMessage("bad instructions of the maker"),
        UserMessage("a bad thing"),
        AssistantMessage("well", (ToolCall("c1", "find", "{}"),)),
        ToolMessage("c1", "fine"),
        AssistantMessage("done"),
        UserMessage((TextPart("new"), ImagePart("data:image/png;base64,AA"))),
    ]
    judging = Probe()
    assert await guarded_messages(guard_of(judging), history) == history
    assert judging.seen == ["new"]
    redacted = await guarded_messages(guard_of(Probe(), action="redact"), history)
    assert redacted == [history[0], UserMessage("a [BAD] thing"), *history[2:]]
    with pytest.raises(StepFailed):
        await guarded_messages(guard_of(Probe()), history[:2])
    with pytest.raises(StepFailed):
        await guarded_messages(guard_of(Probe()), [history[0], UserMessage("x")], with_system=True)


async def test_arguments_of_tools_are_outputs_too() -> None:
    reply = ModelReply("", (ToolCall("c1", "mail", '{"to": "bad"}'),), None, "tool_calls")
    redacted = await guarded_reply(guard_of(Probe(), action="redact"), reply)
    assert redacted.tool_calls[0].arguments == '{"to": "[BAD]"}'
    with pytest.raises(StepFailed):
        await guarded_reply(guard_of(Probe()), reply)


async def test_only_guards_that_must_look_first_hold_an_answer_back() -> None:
    assert guard_of(Probe()).holds_back
    assert guard_of(Probe(), action="flag").holds_back  # Its fault would block.
    assert not guard_of(Probe(), action="flag", on_fault="flag").holds_back
    assert not guard_of(Probe(), sides=("input",)).holds_back
