"""Questions that several tests ask of a conversation's view."""

from peer_server.conversation import ConversationView


def is_idle(view: ConversationView) -> bool:
    """Whether something was worked on, and nothing is any more."""
    return view.active_turn_id is None and not view.queue and len(view.turns) > 0
