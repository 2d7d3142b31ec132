"""Who has which conversation open on this node; told to the others, kept nowhere."""

from peer_server.bus import Bus
from peer_server.conversation_log import channel
from peer_server.wire import Actor, Presence


class PresenceBoard:
    """Counts sockets per person and conversation, and tells whoever has it open when somebody comes or goes."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._present: dict[str, dict[str, Actor]] = {}

    def join(self, conversation_id: str, session_id: str, *, actor: Actor) -> None:
        """This socket has the conversation open now."""
        present = self._present.setdefault(conversation_id, {})
        is_new = actor.id not in {other.id for other in present.values()}
        present[session_id] = actor
        if is_new and len(present) > 1:
            self._tell(conversation_id)

    def leave(self, conversation_id: str, session_id: str) -> None:
        """This socket has it open no longer. Idempotent."""
        present = self._present.get(conversation_id, {})
        actor = present.pop(session_id, None)
        if not present:
            self._present.pop(conversation_id, None)
        elif actor is not None and actor.id not in {other.id for other in present.values()}:
            self._tell(conversation_id)

    def _tell(self, conversation_id: str) -> None:
        people = {actor.id: actor for actor in self._present.get(conversation_id, {}).values()}
        frame = Presence(conversation_id=conversation_id, actors=list(people.values()))
        self._bus.publish(channel(conversation_id), frame)
