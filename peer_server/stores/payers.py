"""On whose account the model calls of a run go, as rows know it."""

from sqlalchemy import Connection, select

from flow_runtime.run import Run
from peer_server.budget import Subject
from peer_server.stores.conversation_tables import conversations
from peer_server.stores.endpoint_tables import share_links
from peer_server.stores.identity_tables import users
from peer_server.stores.peer_link_tables import visitors


def payers_of(conn: Connection, run: Run) -> frozenset[Subject]:
    """The workspace; whoever started the run, or the public link by which they came; the Peer that is talked to.

    A program with an API key is on the workspace's account alone.
    """
    subjects = {Subject("workspace", run.workspace_id)}
    if run.started_by is not None:
        subjects |= _starter(conn, run.started_by, workspace_id=run.workspace_id)
    peer_id = run.trigger.source if run.kind == "turn" else None
    if peer_id is None and run.conversation_id is not None:
        peer_id = conn.scalar(select(conversations.c.peer_id).where(conversations.c.id == run.conversation_id))
    if peer_id is not None:
        subjects.add(Subject("peer", peer_id))
    return frozenset(subjects)


def _starter(conn: Connection, started_by: str, *, workspace_id: str) -> set[Subject]:
    is_user = select(users.c.id).where(users.c.id == started_by, users.c.workspace_id == workspace_id)
    if conn.scalar(is_user) is not None:
        return {Subject("user", started_by)}
    came_by = select(visitors.c.link_id).where(visitors.c.id == started_by, visitors.c.workspace_id == workspace_id)
    link_id = conn.scalar(came_by)
    if link_id is None:
        link_id = conn.scalar(
            select(share_links.c.id).where(share_links.c.id == started_by, share_links.c.workspace_id == workspace_id)
        )
    return set() if link_id is None else {Subject("link", link_id)}
