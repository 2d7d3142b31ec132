"""Every command of a socket: the permission it needs, and the one service call that it is."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, get_args

from peer_server import wire
from peer_server.access import PERMISSIONS, PUBLIC
from peer_server.bus import encode
from peer_server.conversation_log import channel
from peer_server.run_place import actor_of
from peer_server.wire import Ack
from peer_server.ws.opening import open_conversation
from peer_server.ws.session import Session
from peer_server.ws.signing_in import hello

Answer = Ack | None
"""None: the handler has sent its ack itself."""
Handler = Callable[[Session, Any], Awaitable[Answer]]
"""The second parameter is the command's own class; the table below pairs them."""


@dataclass(frozen=True, slots=True)
class Entry:
    """How one command is handled."""

    permission: str
    handle: Handler


async def _open(session: Session, command: wire.ConversationOpen) -> Answer:
    await open_conversation(session, command)
    return None


async def _close(session: Session, command: wire.ConversationClose) -> Answer:
    session.leave(command.conversation_id)
    return Ack(id=command.id)


async def _send(session: Session, command: wire.MessageSend) -> Answer:
    sent = await session.services.chat.conversations.send(
        session.who,
        command.conversation_id,
        client_message_id=command.client_message_id,
        content=command.content,
        parent_id=command.parent_id,
    )
    return Ack(id=command.id, message_id=sent.message_id, turn_id=sent.turn_id, last_seq=sent.seq or None)


async def _edit(session: Session, command: wire.MessageEdit) -> Answer:
    sent = await session.services.chat.conversations.edit(
        session.who,
        command.conversation_id,
        message_id=command.message_id,
        client_message_id=command.client_message_id,
        content=command.content,
    )
    return Ack(id=command.id, message_id=sent.message_id, turn_id=sent.turn_id, last_seq=sent.seq or None)


async def _withdraw(session: Session, command: wire.MessageWithdraw) -> Answer:
    await session.services.chat.conversations.withdraw_message(
        session.who, command.conversation_id, message_id=command.message_id
    )
    return Ack(id=command.id, message_id=command.message_id)


async def _regenerate(session: Session, command: wire.MessageRegenerate) -> Answer:
    sent = await session.services.chat.conversations.regenerate(
        session.who, command.conversation_id, message_id=command.message_id
    )
    return Ack(id=command.id, turn_id=sent.turn_id, last_seq=sent.seq or None)


async def _feedback(session: Session, command: wire.MessageFeedback) -> Answer:
    await session.services.chat.conversations.feedback(
        session.who,
        command.conversation_id,
        message_id=command.message_id,
        value=command.value,
        reason=command.reason,
    )
    return Ack(id=command.id, message_id=command.message_id)


async def _report(session: Session, command: wire.MessageReport) -> Answer:
    await session.services.chat.reports.report(
        session.who,
        command.conversation_id,
        message_id=command.message_id,
        reason=command.reason,
        comment=command.comment,
    )
    return Ack(id=command.id, message_id=command.message_id)


async def _select(session: Session, command: wire.BranchSelect) -> Answer:
    await session.services.chat.conversations.select_branch(
        session.who, command.conversation_id, message_id=command.message_id
    )
    return Ack(id=command.id, message_id=command.message_id)


async def _run(session: Session, command: wire.ActionRun) -> Answer:
    sent = await session.services.chat.conversations.run_action(
        session.who, command.conversation_id, attachment_id=command.attachment_id, inputs=command.inputs
    )
    return Ack(id=command.id, turn_id=sent.turn_id, last_seq=sent.seq or None)


async def _stop(session: Session, command: wire.TurnStop) -> Answer:
    stopped = await session.services.chat.conversations.stop(session.who, command.conversation_id)
    return Ack(id=command.id, status="stopped" if stopped else "idle")


async def _steer(session: Session, command: wire.TurnSteer) -> Answer:
    await session.services.chat.conversations.steer(session.who, command.conversation_id, message_id=command.message_id)
    return Ack(id=command.id, message_id=command.message_id)


async def _resume(session: Session, command: wire.InterruptResume) -> Answer:
    decision = await session.services.chat.decisions.decide(
        session.who, command.interrupt_id, command.resolution, door="socket"
    )
    settled = decision.interrupt
    status = "repeated" if decision.repeated else settled.status.value
    return Ack(id=command.id, interrupt_id=settled.id, status=status, resolution=settled.resolution)


async def _take_back(session: Session, command: wire.InterruptWithdraw) -> Answer:
    settled = await session.services.chat.decisions.withdraw(session.who, command.interrupt_id, door="socket")
    return Ack(id=command.id, interrupt_id=settled.id, status=settled.status.value)


async def _draft(session: Session, command: wire.FormDraft) -> Answer:
    rev = await session.services.chat.drafts.save(
        session.who, command.interrupt_id, values=command.values, rev=command.rev, page=command.page
    )
    return Ack(id=command.id, interrupt_id=command.interrupt_id, rev=rev)


async def _act(session: Session, command: wire.WidgetAction) -> Answer:
    sent = await session.services.chat.widget_actions.act(
        session.who, command.message_widget_id, name=command.name, payload=command.payload, rev=command.rev
    )
    return Ack(id=command.id, message_id=sent.message_id, turn_id=sent.turn_id, last_seq=sent.seq or None)


async def _claim(session: Session, command: wire.ClientToolClaim) -> Answer:
    lease = await session.services.chat.client_tools.claim(session.who, session.id, command.interrupt_id)
    return Ack(id=command.id, interrupt_id=command.interrupt_id, lease=lease)


async def _result(session: Session, command: wire.ClientToolResult) -> Answer:
    decision = await session.services.chat.client_tools.result(
        session.who, session.id, command.interrupt_id, lease=command.lease, tool_result=command.tool_result
    )
    status = "repeated" if decision.repeated else decision.interrupt.status.value
    return Ack(id=command.id, interrupt_id=command.interrupt_id, status=status)


async def _typing(session: Session, command: wire.Typing) -> Answer:
    if command.conversation_id in session.feeds:  # only who has it open may be heard typing in it
        notice = wire.TypingNotice(conversation_id=command.conversation_id, actor=actor_of(session.who.subject()))
        session.services.bus.publish(channel(command.conversation_id), encode(notice))
    return Ack(id=command.id)


async def _ping(_session: Session, command: wire.Ping) -> Answer:
    return Ack(id=command.id)


ENTRIES: Final[Mapping[type[wire.Command], Entry]] = {
    wire.Hello: Entry(PUBLIC, hello),
    wire.ConversationOpen: Entry("conversation.read", _open),
    wire.ConversationClose: Entry("conversation.read", _close),
    wire.MessageSend: Entry("conversation.write", _send),
    wire.MessageEdit: Entry("conversation.write", _edit),
    wire.MessageWithdraw: Entry("conversation.write", _withdraw),
    wire.MessageRegenerate: Entry("conversation.write", _regenerate),
    wire.MessageFeedback: Entry("conversation.write", _feedback),
    wire.MessageReport: Entry("conversation.write", _report),
    wire.BranchSelect: Entry("conversation.write", _select),
    wire.ActionRun: Entry("conversation.write", _run),
    wire.TurnStop: Entry("conversation.write", _stop),
    wire.TurnSteer: Entry("conversation.write", _steer),
    wire.InterruptResume: Entry("interrupt.answer", _resume),
    wire.InterruptWithdraw: Entry("interrupt.answer", _take_back),
    wire.FormDraft: Entry("interrupt.answer", _draft),
    wire.WidgetAction: Entry("conversation.write", _act),
    wire.ClientToolClaim: Entry("interrupt.answer", _claim),
    wire.ClientToolResult: Entry("interrupt.answer", _result),
    wire.Typing: Entry("conversation.write", _typing),
    wire.Ping: Entry("me", _ping),
}


def undeclared_commands() -> list[str]:
    """Commands of the protocol that declare no known permission; the application refuses to start with any."""
    commands = get_args(get_args(wire.AnyCommand)[0])
    entries = {command: ENTRIES.get(command) for command in commands}
    return [
        command.__name__ for command, entry in entries.items() if entry is None or entry.permission not in PERMISSIONS
    ]
