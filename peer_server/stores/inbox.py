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


MOST_COUNTED = 1000
"""Beyond this an inbox says no more than "many"."""


def open_count(conn: Connection, workspace_id: str) -> int:
    """How much is asked of people in a workspace, counted up to `MOST_COUNTED`."""
    found = (
        select(interrupts.c.id)
        .where(
            interrupts.c.workspace_id == workspace_id,
            interrupts.c.status == InterruptStatus.OPEN,
            interrupts.c.kind.in_(sorted(HUMAN_KINDS)),
        )
        .limit(MOST_COUNTED)
    )
    return conn.execute(select(func.count()).select_from(found.subquery())).scalar_one()
