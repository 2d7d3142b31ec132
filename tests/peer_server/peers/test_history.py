"""The history given to a model: valid whatever happened, and complete."""

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from flow_runtime.errors import Json
from flow_runtime.model import AssistantMessage, FilePart, TextPart, ToolMessage, UserMessage
from flow_runtime.model_history import check_history
from peer_server.conversation import ConversationView, fold
from peer_server.peers.history import LONGEST_RESULT, model_history, outcome_json


class Log:
    """Writes events into a view, one call per thing that happens."""

    def __init__(self) -> None:
        self.view = ConversationView()
        self.count = 0

    def add(self, type_: str, **event: Json) -> None:
        fold(self.view, seq=self.view.last_seq + 1, at="2026-11-20T10:00:00.000Z", event={"type": type_, **event})

    def message(self, role: str, *, parent: str | None, parts: list[Any] | None = None, turn: str | None = None) -> str:
        self.count += 1
        message_id = f"m{self.count}"
        optional = {"parentId": parent, "turnId": turn}
        status = "completed" if role == "user" else "streaming"
        self.add("message.created", messageId=message_id, role=role, status=status, parts=parts or [],
                 **{name: value for name, value in optional.items() if value})  # fmt: skip
        return message_id

    def says(self, text: str, *, parent: str | None = None) -> str:
        return self.message("user", parent=parent, parts=[{"type": "text", "text": text}])

    def calls(self, message_id: str, call_id: str, *, run_id: str, **finished: Json) -> None:
        self.add("tool.started", toolCallId=call_id, messageId=message_id, turnId="t", toolName="refund",
                 title="Refund", arguments={"orderId": "1"}, runId=run_id)  # fmt: skip
        if finished:
            self.add("tool.finished", toolCallId=call_id, messageId=message_id, **finished)

    def run(self, run_id: str, status: str, **more: Json) -> None:
        self.add("run.updated", runId=run_id, rootRunId=run_id, flowName="Refund", status=status, stepsDone=1, **more)


def a_refund_that_waits() -> tuple[Log, str, str]:
    log = Log()
    asked = log.says("Refund order 1")
    called = log.message("assistant", parent=asked, turn="t1")
    log.calls(called, "c1", run_id="r1", status="waiting", result={"status": "waiting", "runId": "r1"})
    log.add("message.completed", messageId=called, status="completed", text="I start it.")
    return log, asked, called


def test_a_pending_call_has_its_result_while_the_conversation_goes_on() -> None:
    """P3: a message while an approval waits finds a valid history that says so."""
    # Given a call that waits and an answer about it
    log, _asked, called = a_refund_that_waits()
    told = log.message("assistant", parent=called, turn="t1")
    log.add("message.completed", messageId=told, status="completed", text="It waits.")
    # When a person goes on talking
    leaf = log.says("And what is the weather?", parent=told)
    history = model_history(log.view, leaf=leaf, instructions="Be kind.")
    # Then the call is answered by `waiting`, and the new message is the last
    assert check_history(history) == []
    assert history[3] == ToolMessage("c1", '{"status":"waiting","runId":"r1"}')
    assert history[-1] == UserMessage("And what is the weather?")


def test_an_outcome_is_the_last_message_and_holds_what_people_decided() -> None:
    # Given a waiting call whose approval was answered with an edit, and whose run has ended
    log, _asked, called = a_refund_that_waits()
    log.add("interrupt.opened", interruptId="i1", kind="approval", runId="r1", rootRunId="r1", title="Refund?")
    resolution = {"decision": "approve", "comment": "ok", "edits": {"amount": 90}}
    log.add("interrupt.settled", interruptId="i1", kind="approval", runId="r1", status="settled",
            resolution=resolution, decidedBy={"kind": "user", "id": "u", "name": "Olga"})  # fmt: skip
    log.run("r1", "completed", output={"receipt": 7}, toolCallId="c1")
    # When the turn that tells the outcome calls the model
    history = model_history(log.view, leaf=called, outcome_of="r1")
    # Then the last message is the outcome as JSON, and the call still says what it said then
    assert check_history(history) == []
    last = history[-1]
    assert isinstance(last, UserMessage)
    assert json.loads(last.text)["outcome"] == {
        "toolName": "refund", "toolCallId": "c1", "runId": "r1", "status": "completed", "output": {"receipt": 7},
        "decisions": [{"title": "Refund?", **resolution, "by": "Olga"}],
    }  # fmt: skip
    assert '"waiting"' in history[-2].content  # type: ignore[union-attr]  # it is the tool's message


def test_a_branch_that_was_never_told_an_outcome_sees_it_in_the_call_itself() -> None:
    log, _asked, called = a_refund_that_waits()
    log.run("r1", "completed", output="done", toolCallId="c1")
    leaf = log.says("Any news?", parent=called)
    history = model_history(log.view, leaf=leaf)
    answer = history[2]
    assert isinstance(answer, ToolMessage)
    assert json.loads(answer.content)["status"] == "completed"


def test_files_reach_the_model_and_unreadable_ones_are_named() -> None:
    log = Log()
    parts = [{"type": "text", "text": "See"}, {"type": "file", "fileId": "f1"}, {"type": "file", "fileId": "f2"}]
    leaf = log.message("user", parent=None, parts=parts)
    history = model_history(log.view, leaf=leaf, files={"f1": FilePart("a.pdf", "data:application/pdf;base64,eA==")})
    content = history[0].content  # type: ignore[union-attr]  # it is the user's message
    assert content == (
        TextPart("See"),
        FilePart("a.pdf", "data:application/pdf;base64,eA=="),
        TextPart("[file 'f2', not readable]"),
    )


def test_a_long_result_is_cut_and_says_so() -> None:
    log = Log()
    called = log.message("assistant", parent=log.says("Go"))
    log.calls(called, "c1", run_id="r1", status="ok", result="x" * (LONGEST_RESULT + 1))
    history = model_history(log.view, leaf=called)
    assert history[-1].content.endswith(f"… (cut: {LONGEST_RESULT + 1} characters in all)")  # type: ignore[union-attr]  # as above


def test_the_oldest_messages_go_first_and_no_call_is_parted_from_its_answer() -> None:
    log, _asked, called = a_refund_that_waits()
    leaf = log.says("y" * 40, parent=called)
    history = model_history(log.view, leaf=leaf, max_characters=50)
    assert history == [UserMessage("y" * 40)]


def test_arguments_that_were_no_object_go_back_empty() -> None:
    log = Log()
    called = log.message("assistant", parent=log.says("Go"))
    log.add("tool.started", toolCallId="c", messageId=called, turnId="t", toolName="x", title="X", arguments="{bro")
    log.add("tool.finished", toolCallId="c", messageId=called, status="error", result={"error": "no JSON"})
    answer = model_history(log.view, leaf=called)[1]
    assert isinstance(answer, AssistantMessage)
    assert answer.tool_calls[0].arguments == "{}"


def test_the_outcome_of_an_unknown_run_is_still_an_object() -> None:
    assert outcome_json(ConversationView(), "r9") == {"toolName": "", "runId": "r9"}


_TEXTS = st.sampled_from(["", " ", "hello", "ümläut 🎈", '{"outcome": 1}', "x" * 300])
_FINISHES: list[dict[str, Json]] = [
    {},
    {"status": "stopped"},
    {"status": "ok", "result": 1},
    {"status": "error", "result": {"error": "bad"}},
    {"status": "waiting", "result": {"status": "waiting"}},
]


@st.composite
def logs(draw: st.DrawFn) -> Log:
    """Any conversation: branches, several calls at once, stopped and empty answers, ended and waiting runs."""
    log = Log()
    ids: list[str] = []
    for number in range(draw(st.integers(1, 12))):
        parent = draw(st.sampled_from(ids)) if ids else None
        if draw(st.booleans()):
            ids.append(log.says(draw(_TEXTS), parent=parent))
            continue
        turn = f"t{number}"
        origin = {"origin": {"runId": draw(st.sampled_from(["r0", "r1", "gone"]))}} if draw(st.booleans()) else {}
        log.add("turn.started", turnId=turn, reason="outcome" if origin else "message", **origin)
        message_id = log.message("assistant", parent=parent, turn=turn)
        for call in range(draw(st.integers(0, 3))):
            log.calls(message_id, f"c{number}.{call}", run_id=f"r{call}", **draw(st.sampled_from(_FINISHES)))
        if draw(st.booleans()):
            log.add("message.completed", messageId=message_id, status="stopped", text=draw(_TEXTS))
        if draw(st.booleans()):
            log.run(f"r{draw(st.integers(0, 2))}", draw(st.sampled_from(["waiting", "completed", "failed"])))
        ids.append(message_id)
    return log


def leaves(view: ConversationView) -> Iterator[str | None]:
    yield None
    yield from view.messages


@settings(max_examples=300, deadline=None)
@given(logs(), st.sampled_from([None, "r0", "gone"]), st.integers(1, 500))
def test_the_history_is_valid_at_every_leaf_of_every_conversation(log: Log, outcome: str | None, room: int) -> None:
    for leaf in leaves(log.view):
        for limit in (room, 400_000):
            history = model_history(log.view, leaf=leaf, instructions="Hi", outcome_of=outcome, max_characters=limit)
            assert check_history(history) == []
