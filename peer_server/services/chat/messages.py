"""What people do in a conversation: send, edit, take back, ask again, choose a branch, judge, run actions, stop."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection

from flow_runtime.client import FlowClient
from flow_runtime.errors import Conflict, Json, invalid
from flow_runtime.ids import new_id
from flow_runtime.schema_validation import validate
from flow_runtime.store import Store, Transaction
from peer_server.access import Principal, unknown
from peer_server.conversation_log import ConversationLog
from peer_server.peers.directory import PeerDirectory
from peer_server.peers.toolset import Tool, load_toolset
from peer_server.peers.turn_queue import NewMessage, NewTurn, TurnQueue
from peer_server.run_place import actor_of
from peer_server.services.chat.conversations import require_running
from peer_server.services.chat.message_parts import Content, parts_of, text_of
from peer_server.services.files.file_access import give_files
from peer_server.stores import messages as rows
from peer_server.stores.conversation_rows import Conversation, get_conversation, update_conversation
from peer_server.stores.messages import MessageRow
from peer_server.stores.peers import has_peer
from peer_server.stores.turns import Rank, TurnRow, delete_turn, find_turn, queued_turn_of, update_turn
from peer_server.wire import (
    BranchSelected,
    ConversationUpdated,
    FeedbackGiven,
    MessageChanged,
    MessageRemoved,
    WireModel,
)

_TITLE_CHARACTERS = 60
_SIGNS = re.compile(r"^(?:#{1,6}|>|[-*])\s+")


@dataclass(frozen=True, slots=True)
class Sent:
    """What a command came to. `seq` is the last event that it wrote; 0 for a repeat, which writes none."""

    message_id: str | None
    turn_id: str | None
    seq: int


class Messages:
    """Commands over messages and turns; every method answers `NotFound` for conversations of others."""

    def __init__(
        self, store: Store, *, log: ConversationLog, queue: TurnQueue, client: FlowClient, directory: PeerDirectory
    ) -> None:
        self._store = store
        self._log = log
        self._queue = queue
        self._client = client
        self._directory = directory

    async def send(
        self,
        principal: Principal,
        conversation_id: str,
        *,
        client_message_id: str,
        content: Content,
        parent_id: str | None = None,
    ) -> Sent:
        """Send a message; while a turn runs it is queued. The same `client_message_id` again is the same message.

        `parent_id` begins a branch below that message. Raises `InvalidDefinition`, `NotFound` (a file, the parent),
        `Conflict` ``session_ended``.
        """

        def send(tx: Transaction) -> Sent:
            conversation = get_conversation(tx.conn, conversation_id, principal=principal, lock=True)
            repeated = _repeated(tx.conn, conversation, client_message_id)
            if repeated is not None:
                return repeated
            if parent_id is not None:
                rows.get_message(tx.conn, conversation_id, parent_id)
            return self._submit(
                tx,
                conversation,
                principal,
                client_message_id=client_message_id,
                content=content,
                parent_id=parent_id,
                is_branch=parent_id is not None,
            )

        return await self._store.write(send)

    async def edit(
        self, principal: Principal, conversation_id: str, *, message_id: str, client_message_id: str, content: Content
    ) -> Sent:
        """Change a queued message in place, or begin a branch beside a sent one, with an answer of its own."""

        def edit(tx: Transaction) -> Sent:
            conversation = get_conversation(tx.conn, conversation_id, principal=principal, lock=True)
            message = _own_message(tx.conn, conversation, message_id)
            if message.status != "queued":
                repeated = _repeated(tx.conn, conversation, client_message_id)
                return repeated or self._submit(
                    tx,
                    conversation,
                    principal,
                    client_message_id=client_message_id,
                    content=content,
                    parent_id=message.parent_id,
                    is_branch=True,
                )
            parts = parts_of(tx, content, principal=principal, conversation_id=conversation_id)
            turn = queued_turn_of(tx.conn, message_id)
            text = text_of(parts)
            rows.update_message(tx, message_id, text=text)
            if turn is not None:
                update_turn(tx, turn.id, input={**turn.input, "text": text})
            changed = MessageChanged(message_id=message_id, status="queued", parts=list(parts))
            return Sent(message_id, message.turn_id, self._log.append(tx, conversation_id, [changed]))

        return await self._store.write(edit)

    async def withdraw_message(self, principal: Principal, conversation_id: str, *, message_id: str) -> Sent:
        """Take a queued message back. Raises `Conflict` ``not_queued`` once its turn has begun."""

        def withdraw(tx: Transaction) -> Sent:
            conversation = get_conversation(tx.conn, conversation_id, principal=principal, lock=True)
            turn = _queued_turn(tx.conn, _own_message(tx.conn, conversation, message_id))
            delete_turn(tx, turn.id)
            rows.delete_message(tx, message_id)
            return Sent(None, None, self._log.append(tx, conversation_id, [MessageRemoved(message_id=message_id)]))

        return await self._store.write(withdraw)

    async def regenerate(self, principal: Principal, conversation_id: str, *, message_id: str) -> Sent:
        """Answer again what this message answered, as a sibling of it. Raises `Conflict` ``not_an_answer``."""

        def regenerate(tx: Transaction) -> Sent:
            conversation = get_conversation(tx.conn, conversation_id, principal=principal, lock=True)
            self._admit(tx.conn, conversation, principal)
            require_running(conversation)
            message = rows.get_message(tx.conn, conversation_id, message_id)
            turn = find_turn(tx.conn, message.turn_id or "")
            if message.role != "assistant" or turn is None or turn.reason == "action":
                raise Conflict("not_an_answer", "only an answer of the Peer can be asked for again")
            new = NewTurn(
                reason="regenerate",
                caused_by=principal.subject(),
                answers=turn.message_id,
                parent_id=_asked_at(tx.conn, message),
                input=turn.input,
            )
            submitted = self._queue.submit(tx, conversation, new)
            return Sent(None, submitted.turn_id, submitted.seq)

        return await self._store.write(regenerate)

    async def select_branch(self, principal: Principal, conversation_id: str, *, message_id: str) -> Sent:
        """Show the branch that ends in this message, or in the newest message below it."""

        def select(tx: Transaction) -> Sent:
            get_conversation(tx.conn, conversation_id, principal=principal, lock=True)
            message = rows.get_message(tx.conn, conversation_id, message_id)
            if message.placed_seq is None:
                raise Conflict("still_queued", "a queued message is in no branch yet")
            leaf = rows.newest_below(tx.conn, conversation_id, message_id)
            update_conversation(tx, conversation_id, head_message_id=leaf)
            return Sent(leaf, None, self._log.append(tx, conversation_id, [BranchSelected(message_id=message_id)]))

        return await self._store.write(select)

    async def feedback(
        self,
        principal: Principal,
        conversation_id: str,
        *,
        message_id: str,
        value: Literal["up", "down"] | None,
        reason: str | None = None,
    ) -> Sent:
        """Say whether an answer was good; None takes it back."""

        def judge(tx: Transaction) -> Sent:
            get_conversation(tx.conn, conversation_id, principal=principal, lock=True)
            if rows.get_message(tx.conn, conversation_id, message_id).role != "assistant":
                raise Conflict("not_an_answer", "only answers of the Peer can be judged")
            event = FeedbackGiven(message_id=message_id, value=value, reason=reason if value else None)
            return Sent(message_id, None, self._log.append(tx, conversation_id, [event], touch=False))

        return await self._store.write(judge)

    async def run_action(
        self, principal: Principal, conversation_id: str, *, attachment_id: str, inputs: Mapping[str, Json]
    ) -> Sent:
        """Run a flow that the Peer has attached as an action.

        Raises `NotFound`, `InvalidDefinition` ``invalid_inputs`` with every fault, `Conflict` ``session_ended``.
        """

        def act(tx: Transaction) -> Sent:
            conversation = get_conversation(tx.conn, conversation_id, principal=principal, lock=True)
            require_running(conversation)
            tool = self._action(tx.conn, conversation, attachment_id)
            return self.submit_flow(
                tx,
                conversation,
                principal,
                flow_id=tool.attachment.flow_id,
                version=tool.attachment.version,
                tool_name=tool.spec.name,
                inputs=inputs,
            )

        return await self._store.write(act)

    async def stop(self, principal: Principal, conversation_id: str) -> bool:
        """Stop the running turn; what was written stays. False if nothing ran. The next queued message follows."""

        def stop(tx: Transaction) -> bool:
            # Not locked: the run's row comes before the conversation's.
            conversation = get_conversation(tx.conn, conversation_id, principal=principal)
            turn_id = conversation.active_turn_id
            return turn_id is not None and self._client.cancel_in(tx, turn_id, reason=f"{principal.name} stopped it")

        return await self._store.write(stop)

    async def steer(self, principal: Principal, conversation_id: str, *, message_id: str) -> bool:
        """Stop the running turn and answer this queued message next. Raises `Conflict` ``not_queued``."""

        def steer(tx: Transaction) -> str | None:
            conversation = get_conversation(tx.conn, conversation_id, principal=principal, lock=True)
            turn = _queued_turn(tx.conn, _own_message(tx.conn, conversation, message_id))
            update_turn(tx, turn.id, rank=Rank.STEERED)
            return conversation.active_turn_id

        # In a transaction of its own, because a run's row is locked before the conversation's. By then the turn may
        # have ended and the steered one begun: only the one that was running is stopped.
        running = await self._store.write(steer)
        reason = f"{principal.name} chose another message"
        return running is not None and await self._client.cancel(running, reason=reason)

    def submit_flow(
        self,
        tx: Transaction,
        conversation: Conversation,
        principal: Principal,
        *,
        flow_id: str,
        version: Json,
        tool_name: str,
        inputs: Mapping[str, Json],
    ) -> Sent:
        """A turn that runs one flow for a person. Raises `InvalidDefinition` ``invalid_inputs``, `NotFound`."""
        self._admit(tx.conn, conversation, principal)
        flow = self._directory.resolve(
            tx.conn,
            workspace_id=conversation.workspace_id,
            flow_id=flow_id,
            version=version,
            person_id=principal.id,
        )
        faults = [
            {**fault.as_json(), "path": f"/inputs{fault.pointer}"}
            for fault in validate(dict(flow.definition.inputs), dict(inputs))
        ]
        if faults:
            raise invalid("the inputs do not fit the flow", faults, code="invalid_inputs")
        of = conversation.id
        give_files(tx, principal, inputs, to=("conversation", of), prefix="/inputs", code="invalid_inputs")
        turn_input = {
            "flowId": flow_id,
            "version": version,
            "toolName": tool_name,
            "title": flow.definition.name,
            "arguments": dict(inputs),
            "as": "action",
        }
        turn = NewTurn(reason="action", caused_by=principal.subject(), input=turn_input)
        submitted = self._queue.submit(tx, conversation, turn)
        return Sent(None, submitted.turn_id, submitted.seq)

    def submit_text(self, tx: Transaction, conversation: Conversation, principal: Principal, *, text: str) -> Sent:
        """A message with this text, as if the person had typed it."""
        return self._submit(
            tx, conversation, principal, client_message_id=new_id(), content=text, parent_id=None, is_branch=False
        )

    def _submit(
        self,
        tx: Transaction,
        conversation: Conversation,
        principal: Principal,
        *,
        client_message_id: str,
        content: Content,
        parent_id: str | None,
        is_branch: bool,
    ) -> Sent:
        self._admit(tx.conn, conversation, principal)
        require_running(conversation)
        parts = parts_of(tx, content, principal=principal, conversation_id=conversation.id)
        message = NewMessage(
            id=new_id(),
            client_message_id=client_message_id,
            author=actor_of(principal.subject()),
            parts=parts,
            parent_id=parent_id,
            is_branch=is_branch,
        )
        before: list[WireModel] = []
        if conversation.title is None and conversation.head_message_id is None:
            title = title_of(message.text)
            update_conversation(tx, conversation.id, title=title)
            before.append(ConversationUpdated(title=title))
        turn = NewTurn(reason="message", caused_by=principal.subject(), message=message, input={"text": message.text})
        submitted = self._queue.submit(tx, conversation, turn, before=before)
        return Sent(message.id, submitted.turn_id, submitted.seq)

    def _admit(self, conn: Connection, conversation: Conversation, principal: Principal) -> None:
        """Raises `NotFound` for who may no longer talk to the Peer; of one that was deleted the turn tells in words."""
        permission = "peer.edit" if conversation.is_preview else "peer.chat"
        if has_peer(conn, conversation.peer_id, workspace_id=conversation.workspace_id):
            self._directory.admit(conn, principal, conversation.peer_id, permission=permission)

    def _action(self, conn: Connection, conversation: Conversation, attachment_id: str) -> Tool:
        workspace_id = conversation.workspace_id
        peer = self._directory.load_peer(
            conn,
            workspace_id,
            conversation.peer_id,
            preview=conversation.is_preview,
            person_id=conversation.owner_id,
        )
        actions = load_toolset(conn, self._directory, workspace_id=workspace_id, peer=peer, as_="action")
        for tool in actions:
            if tool.attachment.id == attachment_id:
                return tool
        raise unknown("action", attachment_id)


def title_of(text: str) -> str:
    """A conversation's title from its first message: the first line without Markdown's signs, cut at a word."""
    lines = (_SIGNS.sub("", line.strip()) for line in text.splitlines())
    line = next((line for line in lines if line), "…")
    if len(line) <= _TITLE_CHARACTERS:
        return line
    cut = line[:_TITLE_CHARACTERS]
    return (cut.rpartition(" ")[0] or cut) + "…"


def _repeated(conn: Connection, conversation: Conversation, client_message_id: str) -> Sent | None:
    """What sending this very message came to the first time, if there was one; it is in the log as far as that goes."""
    known = rows.find_by_client_id(conn, conversation.id, client_message_id)
    return None if known is None else Sent(known.id, known.turn_id, conversation.last_seq)


def _own_message(conn: Connection, conversation: Conversation, message_id: str) -> MessageRow:
    """A message that a person wrote."""
    message = rows.get_message(conn, conversation.id, message_id)
    if message.role != "user":
        raise Conflict("not_your_message", "only messages of people can be changed")
    return message


def _queued_turn(conn: Connection, message: MessageRow) -> TurnRow:
    turn = queued_turn_of(conn, message.id) if message.status == "queued" else None
    if turn is None:
        raise Conflict("not_queued", "this message is not, or no longer, in the queue")
    return turn


def _asked_at(conn: Connection, answer: MessageRow) -> str | None:
    """The message that the turn of this answer began below."""
    first = answer
    while first.parent_id is not None:
        above = rows.get_message(conn, first.conversation_id, first.parent_id)
        if above.turn_id != answer.turn_id or above.role != "assistant":
            break
        first = above
    return first.parent_id
