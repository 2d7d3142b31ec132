"""What everybody in one conversation sees: the fold of its durable events. Pure, and the same rules as `fold.ts`.

`fold(view, seq=…, at=…, event=…)` carries a view on by one event; `ConversationView()` is the view before any event.
The shared golden files in `tests/golden/` hold event logs and the views they must give, for both languages.
Entries of the view are the JSON objects of the events that made them (camelCase), enriched by what happened later.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from peer_server.json_patch import JsonObject, patched


class GapError(Exception):
    """An event does not follow the last one folded: fetch what is missing, never skip."""

    def __init__(self, *, expected: int, got: int) -> None:
        super().__init__(f"expected event {expected}, got {got}")
        self.expected = expected
        self.got = got


@dataclass(slots=True)
class ConversationView:
    """The state of a conversation after `last_seq` events.

    `order` lists message ids as they came; `leaf` is the last message of the shown branch; `queue` the messages that
    wait for their turn; `open_interrupts` what is asked of people right now, oldest first.
    """

    last_seq: int = 0
    title: str | None = None
    pinned: bool = False
    archived: bool = False
    messages: dict[str, JsonObject] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    leaf: str | None = None
    queue: list[str] = field(default_factory=list)
    turns: dict[str, JsonObject] = field(default_factory=dict)
    active_turn_id: str | None = None
    tool_calls: dict[str, JsonObject] = field(default_factory=dict)
    runs: dict[str, JsonObject] = field(default_factory=dict)
    interrupts: dict[str, JsonObject] = field(default_factory=dict)
    open_interrupts: list[str] = field(default_factory=list)
    widgets: dict[str, JsonObject] = field(default_factory=dict)
    ended: JsonObject | None = None

    def as_json(self) -> JsonObject:
        """The view as clients get it: camelCase, shared references (do not mutate)."""
        return {
            "lastSeq": self.last_seq,
            "title": self.title,
            "pinned": self.pinned,
            "archived": self.archived,
            "messages": self.messages,
            "order": self.order,
            "leaf": self.leaf,
            "queue": self.queue,
            "turns": self.turns,
            "activeTurnId": self.active_turn_id,
            "toolCalls": self.tool_calls,
            "runs": self.runs,
            "interrupts": self.interrupts,
            "openInterrupts": self.open_interrupts,
            "widgets": self.widgets,
            "ended": self.ended,
        }

    def branch(self) -> list[JsonObject]:
        """The messages of the shown branch, oldest first."""
        path: list[JsonObject] = []
        step = self.leaf
        while step is not None:
            message = self.messages[step]
            path.append(message)
            step = message.get("parentId")
        return path[::-1]


def fold(view: ConversationView, *, seq: int, at: str, event: JsonObject) -> None:
    """Carry the view on by one event, in place. Raises `GapError`, and then leaves the view as it was.

    An event of a type that this version does not know only moves `last_seq`: newer servers may add some.
    """
    if seq != view.last_seq + 1:
        raise GapError(expected=view.last_seq + 1, got=seq)
    rule = _RULES.get(event["type"])
    if rule is not None:
        rule(view, at, {name: value for name, value in event.items() if name != "type"})
    view.last_seq = seq


def fold_all(events: Iterable[tuple[int, str, JsonObject]]) -> ConversationView:
    """The view after these (seq, at, event), which must begin at 1."""
    view = ConversationView()
    for seq, at, event in events:
        fold(view, seq=seq, at=at, event=event)
    return view


# --- one rule per event type ------------------------------------------------------------------------------------------


def _message_created(view: ConversationView, at: str, event: JsonObject) -> None:
    message_id = event["messageId"]
    text = "".join(part["text"] for part in event.get("parts", []) if part["type"] == "text")
    view.messages[message_id] = {
        "parts": [],
        **event,
        "text": text,
        "createdAt": at,
        "toolCallIds": [],
        "widgetIds": [],
    }
    if event["status"] == "queued":
        view.queue.append(message_id)
    else:
        view.order.append(message_id)
        view.leaf = message_id


def _message_completed(view: ConversationView, at: str, event: JsonObject) -> None:
    view.messages[event["messageId"]].update(event, completedAt=at)


def _message_changed(view: ConversationView, _at: str, event: JsonObject) -> None:
    message = view.messages[event["messageId"]]
    message.update(event)
    message["text"] = "".join(part["text"] for part in message["parts"] if part["type"] == "text")
    if event["status"] == "completed" and event["messageId"] in view.queue:
        view.queue.remove(event["messageId"])
        view.order.append(event["messageId"])
        view.leaf = event["messageId"]


def _message_removed(view: ConversationView, _at: str, event: JsonObject) -> None:
    view.messages.pop(event["messageId"])
    view.queue.remove(event["messageId"])


def _feedback(view: ConversationView, at: str, event: JsonObject) -> None:
    message = view.messages[event["messageId"]]
    message.pop("feedback", None)
    if "value" in event:
        kept = {name: event[name] for name in ("value", "reason") if name in event}
        message["feedback"] = {**kept, "at": at}


def _reported(view: ConversationView, at: str, event: JsonObject) -> None:
    view.messages[event["messageId"]]["reported"] = {"reason": event["reason"], "by": event["by"], "at": at}


def _branch_selected(view: ConversationView, _at: str, event: JsonObject) -> None:
    view.leaf = _newest_below(view, event["messageId"])


def _newest_below(view: ConversationView, message_id: str) -> str:
    """The newest message that descends from this one (or itself)."""
    below = {message_id}
    newest = message_id
    for candidate in view.order:
        if view.messages[candidate].get("parentId") in below:
            below.add(candidate)
            newest = candidate
    return newest


def _turn_started(view: ConversationView, at: str, event: JsonObject) -> None:
    view.turns[event["turnId"]] = {**event, "status": "running", "startedAt": at}
    view.active_turn_id = event["turnId"]


def _turn_finished(view: ConversationView, at: str, event: JsonObject) -> None:
    view.turns[event["turnId"]].update(event, finishedAt=at)
    if view.active_turn_id == event["turnId"]:
        view.active_turn_id = None


def _tool_started(view: ConversationView, at: str, event: JsonObject) -> None:
    call_id = event["toolCallId"]
    known = call_id in view.tool_calls
    view.tool_calls[call_id] = {**event, "status": "running", "startedAt": at}
    message = view.messages.get(event["messageId"])
    if message is not None and not known:
        message["toolCallIds"].append(call_id)


def _tool_finished(view: ConversationView, at: str, event: JsonObject) -> None:
    view.tool_calls[event["toolCallId"]].update(event, finishedAt=at)


def _run_updated(view: ConversationView, at: str, event: JsonObject) -> None:
    view.runs[event["runId"]] = {**view.runs.get(event["runId"], {}), **event, "updatedAt": at}


def _interrupt_opened(view: ConversationView, _at: str, event: JsonObject) -> None:
    view.interrupts[event["interruptId"]] = {**event, "status": "open"}
    view.open_interrupts.append(event["interruptId"])


def _interrupt_settled(view: ConversationView, at: str, event: JsonObject) -> None:
    view.interrupts[event["interruptId"]].update(event, settledAt=at)
    view.open_interrupts.remove(event["interruptId"])


def _widget_added(view: ConversationView, at: str, event: JsonObject) -> None:
    view.widgets[event["messageWidgetId"]] = {**event, "addedAt": at}
    message = view.messages.get(event["messageId"])
    if message is not None:
        message["widgetIds"].append(event["messageWidgetId"])


def _widget_updated(view: ConversationView, _at: str, event: JsonObject) -> None:
    widget = view.widgets[event["messageWidgetId"]]
    widget["state"] = patched(widget["state"], event["patch"])
    widget["rev"] = event["rev"]


def _session_ended(view: ConversationView, at: str, event: JsonObject) -> None:
    view.ended = {**event, "at": at}


def _conversation_updated(view: ConversationView, _at: str, event: JsonObject) -> None:
    view.title = event.get("title", view.title)
    view.pinned = event.get("pinned", view.pinned)
    view.archived = event.get("archived", view.archived)


_RULES: dict[str, Callable[[ConversationView, str, JsonObject], None]] = {
    "message.created": _message_created,
    "message.completed": _message_completed,
    "message.changed": _message_changed,
    "message.removed": _message_removed,
    "message.feedback": _feedback,
    "message.reported": _reported,
    "branch.selected": _branch_selected,
    "turn.started": _turn_started,
    "turn.finished": _turn_finished,
    "tool.started": _tool_started,
    "tool.finished": _tool_finished,
    "run.updated": _run_updated,
    "interrupt.opened": _interrupt_opened,
    "interrupt.settled": _interrupt_settled,
    "widget.added": _widget_added,
    "widget.updated": _widget_updated,
    "session.ended": _session_ended,
    "conversation.updated": _conversation_updated,
}
