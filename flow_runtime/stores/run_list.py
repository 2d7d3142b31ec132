"""Runs in lists: by workspace, flow, conversation, status; newest first."""

from collections.abc import Collection

from sqlalchemy import Connection, select

from flow_runtime.run import Run, RunStatus
from flow_runtime.stores.asking import has_status, told
from flow_runtime.stores.paging import Page, read_page
from flow_runtime.stores.rows import RUN_COLUMNS, AnySelect, to_run
from flow_runtime.stores.tables import runs


def list_runs(
    conn: Connection,
    *,
    workspace_id: str,
    flow_id: str | None = None,
    conversation_id: str | None = None,
    parent_run_id: str | None = None,
    statuses: Collection[RunStatus] = (),
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Run]:
    """The runs of a workspace that match every given filter, newest first, statuses as they are told.

    Raises `InvalidDefinition`.
    """
    query: AnySelect = select(*RUN_COLUMNS).where(runs.c.workspace_id == workspace_id)
    for column, wanted in (
        (runs.c.flow_id, flow_id),
        (runs.c.conversation_id, conversation_id),
        (runs.c.parent_run_id, parent_run_id),
    ):
        if wanted is not None:
            query = query.where(column == wanted)
    if statuses:
        query = query.where(has_status(statuses, workspace_id=workspace_id))
    page = read_page(conn, query, at=runs.c.created_at, id=runs.c.id, convert=to_run, cursor=cursor, limit=limit)
    return Page(told(conn, page.items), page.next_cursor)
