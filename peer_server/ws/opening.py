"""`conversation.open`: acknowledge, replay what the client has missed, send the snapshot, follow."""

from collections.abc import Sequence

from flow_runtime.errors import InvalidDefinition, StoreUnavailable
from peer_server.bus import Frame, encode
from peer_server.conversation_log import channel
from peer_server.run_place import actor_of
from peer_server.stores.conversation_rows import Conversation
from peer_server.wire import Ack, ConversationOpen, Reset, Snapshot
from peer_server.ws.feed import Feed
from peer_server.ws.session import MOST_FEEDS, Session
from peer_server.ws.writer import CLOSE_RESUME_LATER


async def open_conversation(session: Session, command: ConversationOpen) -> None:
    """Answer the command. Raises `NotFound`, `Conflict`, `InvalidDefinition`."""
    conversation = await _find(session, command)
    cid = conversation.id
    session.leave(cid)
    can_continue = command.epoch in {None, conversation.epoch} and command.after_seq <= conversation.last_seq
    feed = Feed(
        cid,
        after_seq=command.after_seq if can_continue else 0,
        read=lambda after_seq, limit: _read(session, cid, after_seq=after_seq, limit=limit),
        deliver=session.deliver,
        room=session.writer.room,
    )
    session.feeds[cid] = feed
    feed.listen(session.services.bus, channel(cid))
    feed.on_close(session.hub.tail.follow(feed))
    ack = Ack(id=command.id, conversation_id=cid, epoch=conversation.epoch, last_seq=conversation.last_seq)
    session.send(ack)
    if not can_continue:
        session.send(Reset(conversation_id=cid, epoch=conversation.epoch))
    try:
        await _catch_up(session, feed)
    except StoreUnavailable:
        # The ack is out, so an error would not be heard: the client comes back and opens again where it stands.
        session.leave(cid)
        session.writer.close(CLOSE_RESUME_LATER, "resume later")
        return
    session.hub.presence.join(cid, session.id, actor=actor_of(session.who.subject()))


async def _catch_up(session: Session, feed: Feed) -> None:
    """Replay, then change over: snapshot and live frames follow the last event without anything in between."""
    chat, cid = session.services.chat, feed.conversation_id
    await feed.replay()
    while True:
        drafts = list(await chat.drafts.of_conversation(cid))
        await feed.replay()
        streaming = list(chat.conversations.stream_state(cid))
        snapshot = Snapshot(conversation_id=cid, last_seq=feed.last_seq, drafts=drafts, streaming=streaming)
        if feed.go_live(encode(snapshot)):
            return


async def _find(session: Session, command: ConversationOpen) -> Conversation:
    conversations, who = session.services.chat.conversations, session.who
    if len(session.feeds) >= MOST_FEEDS:
        raise InvalidDefinition(
            "too_many_open", f"one socket follows at most {MOST_FEEDS} conversations", remedy="close some first"
        )
    if command.conversation_id is not None:
        return await conversations.get(who, command.conversation_id)
    if command.peer_id is None:
        raise InvalidDefinition("invalid_command", "name a conversationId or a peerId")
    who.require("conversation.write")
    return await conversations.create(who, peer_id=command.peer_id, preview=command.preview)


async def _read(session: Session, conversation_id: str, *, after_seq: int, limit: int) -> Sequence[Frame]:
    conversations = session.services.chat.conversations
    return await conversations.frames(session.who, conversation_id, after_seq=after_seq, limit=limit)
