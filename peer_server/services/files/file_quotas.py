"""How much may be stored: counted exactly, in the transaction that lets a file in, before its bytes come."""

from collections.abc import Iterator

from sqlalchemy import Connection

from flow_runtime.store import Transaction
from peer_server.access import Principal
from peer_server.errors import TooLarge
from peer_server.retention import FileQuota
from peer_server.stores.file_usage import usage_of
from peer_server.stores.files import FileRow, insert_file
from peer_server.stores.workspace_settings import get_file_quota, lock_settings


def admit_file(tx: Transaction, principal: Principal, row: FileRow) -> FileRow:
    """Record a file that is to arrive, if there is room for as many bytes as were announced.

    Two that arrive at once are counted one after the other. Raises `TooLarge` ``file_quota_exceeded``.
    """
    lock_settings(tx, row.workspace_id)
    quota = get_file_quota(tx.conn, row.workspace_id)
    for whose, limit, used in _limits(tx.conn, principal, quota):
        if used + row.size > limit:
            raise TooLarge(
                "file_quota_exceeded",
                f"files of this {whose} may have {limit:,} bytes together; {used:,} are stored",
                path="/file",
                remedy="delete files that are not needed, or ask an admin for more room",
                details={"whose": whose, "limit": limit, "used": used, "size": row.size},
            )
    return insert_file(tx, row)


def own_limit(principal: Principal, quota: FileQuota) -> tuple[str, int | None]:
    """What counts for this principal besides the whole workspace: as whom, and how many bytes."""
    if principal.peer_id is not None:
        return "visitor", quota.visitor_bytes
    return "person", quota.person_bytes if principal.kind == "user" else None


def _limits(conn: Connection, principal: Principal, quota: FileQuota) -> Iterator[tuple[str, int, int]]:
    """Each limit with what is stored towards it."""
    whose, own = own_limit(principal, quota)
    if own is not None:
        yield whose, own, usage_of(conn, principal.workspace_id, owner_id=principal.id).bytes
    if quota.workspace_bytes is not None:
        yield "workspace", quota.workspace_bytes, usage_of(conn, principal.workspace_id).bytes
