"""What happens when somebody does something in a widget: exactly what the flow that added it configured."""

from collections.abc import Mapping, Sequence
from typing import cast

from flow_runtime.errors import Conflict, InvalidDefinition, Json
from flow_runtime.store import Store, Transaction
from flow_runtime.templates import as_text, compile_template
from peer_server.access import Principal
from peer_server.conversation_log import ConversationLog
from peer_server.json_patch import JsonObject, PatchError, patched
from peer_server.pointers import pointer
from peer_server.services.chat.conversations import require_running
from peer_server.services.chat.messages import Messages, Sent
from peer_server.stores.conversation_rows import Conversation, get_conversation
from peer_server.stores.message_widgets import MessageWidget, get_widget, set_widget_state
from peer_server.wire import WidgetUpdated

_NAMES = frozenset({"payload", "state"})
"""What the templates of an action see: what the widget sent, and the state that the person saw."""


class WidgetActionService:
    """Carries out widget actions: ``{flowId, inputs}``, ``{say}``, ``{set}``, alone or together."""

    def __init__(self, store: Store, *, log: ConversationLog, messages: Messages) -> None:
        self._store = store
        self._log = log
        self._messages = messages

    async def act(self, principal: Principal, message_widget_id: str, *, name: str, payload: Json, rev: int) -> Sent:
        """Carry out the action once. Everything it does is in one transaction.

        Raises `NotFound`; `Conflict` ``stale_widget`` with the current state if `rev` is not the last one, or
        ``session_ended``; `InvalidDefinition` ``unknown_action`` or ``invalid_inputs``.
        """
        return await self._store.write(self._act, principal, message_widget_id, name=name, payload=payload, rev=rev)

    def _act(
        self, tx: Transaction, principal: Principal, message_widget_id: str, *, name: str, payload: Json, rev: int
    ) -> Sent:
        found = get_widget(tx.conn, message_widget_id, workspace_id=principal.workspace_id)
        conversation = get_conversation(tx.conn, found.conversation_id, principal=principal, lock=True)
        require_running(conversation)
        widget = get_widget(tx.conn, message_widget_id, workspace_id=principal.workspace_id)
        if rev != widget.rev:
            raise Conflict(
                "stale_widget",
                "the widget has changed since you saw it",
                remedy="look at its current state and act again",
                details={"rev": widget.rev, "state": widget.state},
            )
        action = widget.actions.get(name)
        if not isinstance(action, dict):
            raise InvalidDefinition("unknown_action", f"this widget has no action {name!r}", path="/name")
        scope = {"payload": payload, "state": widget.state}
        sent = Sent(None, None, self._change(tx, widget, action, scope) if "set" in action else 0)
        if "say" in action:
            text = as_text(_rendered(action["say"], scope))
            sent = self._messages.submit_text(tx, self._again(tx, principal, conversation), principal, text=text)
        if "flowId" in action:
            sent = self._messages.submit_flow(
                tx,
                self._again(tx, principal, conversation),
                principal,
                flow_id=str(action["flowId"]),
                version=action.get("version", "deployed"),
                tool_name=name,
                inputs=cast(JsonObject, _rendered(action.get("inputs", {}), scope)),
            )
        return sent

    def _change(self, tx: Transaction, widget: MessageWidget, action: JsonObject, scope: Mapping[str, Json]) -> int:
        """Patch the state, one revision on. Names are keys of the state, or JSON Pointers into it."""
        patch = [_operation(widget.state, place, _rendered(value, scope)) for place, value in action["set"].items()]
        state = _patched(widget.state, patch)
        set_widget_state(tx, widget.id, state=state, rev=widget.rev + 1)
        updated = WidgetUpdated(message_widget_id=widget.id, rev=widget.rev + 1, patch=patch)
        return self._log.append(tx, widget.conversation_id, [updated])

    def _again(self, tx: Transaction, principal: Principal, conversation: Conversation) -> Conversation:
        """The conversation as it stands after what this transaction wrote."""
        return get_conversation(tx.conn, conversation.id, principal=principal, lock=True)


def _operation(state: Json, place: str, value: Json) -> JsonObject:
    path = place if place.startswith("/") else pointer([place])
    # `add` also replaces a member of an object; only list elements need the difference.
    return {"op": "add" if isinstance(_parent(state, path), dict) else "replace", "path": path, "value": value}


def _parent(state: Json, path: str) -> Json:
    node = state
    for token in path.split("/")[1:-1]:
        name = token.replace("~1", "/").replace("~0", "~")
        if isinstance(node, dict):
            node = node.get(name)
        elif isinstance(node, list) and name.isdecimal() and int(name) < len(node):
            node = node[int(name)]
        else:
            return None
    return node


def _patched(state: Json, patch: Sequence[JsonObject]) -> Json:
    try:
        return patched(state, patch)
    except PatchError as error:
        raise InvalidDefinition("invalid_patch", str(error), remedy="correct `set` in the step's config") from error


def _rendered(value: Json, scope: Mapping[str, Json]) -> Json:
    return compile_template(value, names=_NAMES).render(scope)
