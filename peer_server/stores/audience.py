"""Who can reach a flow or Peer, as a version records it, and what of that can be given again later."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Column, Connection, Table, select

from flow_runtime.errors import Json
from peer_server.stores.access_tables import groups
from peer_server.stores.grants import Grant, ObjectKind, SubjectKind, grants_on
from peer_server.stores.identity_tables import users


def audience_of(conn: Connection, kind: ObjectKind, object_id: str, *, owner_id: str | None) -> dict[str, Json]:
    """``{ownerId, visibility, grants: [{subjectKind, subjectId, name, role}]}``; names as they are now."""
    found = grants_on(conn, kind, object_id)
    names = {
        "user": _names(conn, users, users.c.name, {one.subject_id for one in found if one.subject_kind == "user"}),
        "group": _names(conn, groups, groups.c.name, {one.subject_id for one in found if one.subject_kind == "group"}),
        "workspace": {},
    }
    told = [
        {
            "subjectKind": one.subject_kind,
            "subjectId": one.subject_id,
            "name": names[one.subject_kind].get(one.subject_id),
            "role": one.role,
        }
        for one in found
    ]
    return {"ownerId": owner_id, "visibility": "shared" if found else "private", "grants": told}


def subject_in_words(conn: Connection, kind: SubjectKind, subject_id: str) -> str:
    """A person, group or workspace as sentences name it."""
    if kind == "workspace":
        return "everybody in the workspace"
    table = users if kind == "user" else groups
    name = _names(conn, table, table.c.name, {subject_id}).get(subject_id, subject_id)
    return name if kind == "user" else f"the group {name!r}"


def recorded_grants(
    conn: Connection,
    audience: Mapping[str, Json],
    *,
    kind: ObjectKind,
    object_id: str,
    workspace_id: str,
    by: str,
    now: datetime,
) -> list[Grant]:
    """The grants of a recorded audience that can be given again: people and groups that are gone are left out."""
    recorded = audience["grants"]
    named = {one["subjectId"] for one in recorded}
    known = {
        "user": _names(conn, users, users.c.name, named, workspace_id=workspace_id),
        "group": _names(conn, groups, groups.c.name, named, workspace_id=workspace_id),
        "workspace": {workspace_id: ""},
    }
    return [
        Grant(kind, object_id, one["subjectKind"], one["subjectId"], workspace_id, one["role"], by, now)
        for one in recorded
        if one["subjectId"] in known[one["subjectKind"]]
    ]


def _names(
    conn: Connection, table: Table, name: Column[str], ids: Collection[str], *, workspace_id: str | None = None
) -> dict[str, str]:
    query = select(table.c.id, name).where(table.c.id.in_(ids))
    if workspace_id is not None:
        query = query.where(table.c.workspace_id == workspace_id)
    return {row[0]: row[1] for row in conn.execute(query)}
