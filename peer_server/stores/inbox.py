"""How many requests are open, for lists of conversations and inboxes."""

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, func, select

from flow_runtime.run import HUMAN_KINDS, InterruptStatus
from flow_runtime.stores.tables import interrupts


def open_counts(conn: Connection, conversation_ids: Collection[str], *, workspace_id: str) -> Mapping[str, int]:
    """How much is asked of people in each of these conversations; those where nothing is are absent."""
    query = (
        select(interrupts.c.conversation_id, func.count())
        .where(
            interrupts.c.workspace_id == workspace_id,
            interrupts.c.conversation_id.in_(conversation_ids),
            interrupts.c.status == InterruptStatus.OPEN,
            interrupts.c.kind.in_(sorted(HUMAN_KINDS)),
        )
        .group_by(interrupts.c.conversation_id)
    )
    return {row[0]: row[1] for row in conn.execute(query)}
