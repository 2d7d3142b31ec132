"""Tools and their triggers as rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import Connection, Row, delete, insert, select

from flow_runtime.errors import Json
from flow_runtime.ids import new_id
from flow_runtime.store import Transaction
from peer_server.access import unknown
from peer_server.stores.statements import set_columns
from peer_server.stores.tool_tables import tool_triggers, tools
from peer_server.tool_manifest import Manifest, TriggerSpec, parse_manifest

ToolKind = Literal["webhook", "manifest"]
PREFIX: Final = "webhook."


@dataclass(frozen=True, slots=True)
class ToolRow:
    """A tool as stored."""

    id: str
    workspace_id: str
    name: str
    description: str
    kind: ToolKind
    manifest: Mapping[str, Json]
    profile: str | None
    created_by: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class ToolTrigger:
    """A trigger of a tool, as flows name it."""

    id: str
    tool: ToolRow
    manifest: Manifest
    spec: TriggerSpec

    @property
    def type(self) -> str:
        """The type that a flow's trigger has."""
        return PREFIX + self.id


_COLUMNS: Final = [tools.c[name] for name in ToolRow.__slots__]


def insert_tool(tx: Transaction, row: ToolRow) -> None:
    """Store a new tool."""
    tx.conn.execute(insert(tools).values({name: getattr(row, name) for name in ToolRow.__slots__}))
    put_triggers(tx, row)


def change_tool(tx: Transaction, tool_id: str, **values: Json) -> None:
    """Set these columns."""
    set_columns(tx, tools, row_id=tool_id, values=values)


def put_triggers(tx: Transaction, row: ToolRow) -> None:
    """Give every trigger of the manifest an id; those of keys that are gone go, the others keep theirs."""
    wanted = [trigger.key for trigger in parse_manifest(row.manifest).triggers]
    of_tool = tool_triggers.c.tool_id == row.id
    tx.conn.execute(delete(tool_triggers).where(of_tool, tool_triggers.c.key.not_in(wanted)))
    known = set(tx.conn.scalars(select(tool_triggers.c.key).where(of_tool)))
    new = [key for key in wanted if key not in known]
    if new:
        shared = {"tool_id": row.id, "workspace_id": row.workspace_id}
        tx.conn.execute(insert(tool_triggers), [{"id": new_id(), "key": key, **shared} for key in new])


def delete_tool(tx: Transaction, tool_id: str) -> None:
    """Remove a tool and its triggers."""
    tx.conn.execute(delete(tool_triggers).where(tool_triggers.c.tool_id == tool_id))
    tx.conn.execute(delete(tools).where(tools.c.id == tool_id))


def get_tool(conn: Connection, tool_id: str, *, workspace_id: str, lock: bool = False) -> ToolRow:
    """A tool. Raises `NotFound`."""
    query = select(*_COLUMNS).where(tools.c.id == tool_id, tools.c.workspace_id == workspace_id)
    found = conn.execute(query.with_for_update() if lock else query).first()
    if found is None:
        raise unknown("tool", tool_id)
    return _row(found)


def is_name_taken(conn: Connection, name: str, *, workspace_id: str, but: str | None = None) -> bool:
    """Whether another tool has that name."""
    query = select(tools.c.id).where(tools.c.workspace_id == workspace_id, tools.c.name == name)
    return any(found != but for found in conn.scalars(query))


def list_tools(conn: Connection, *, workspace_id: str) -> list[ToolRow]:
    """All tools of a workspace, by name."""
    query = select(*_COLUMNS).where(tools.c.workspace_id == workspace_id).order_by(tools.c.name)
    return [_row(found) for found in conn.execute(query)]


def list_triggers(conn: Connection, *, workspace_id: str) -> list[ToolTrigger]:
    """Every trigger of every tool of a workspace, tool by tool in the order of their manifests."""
    query = select(tool_triggers.c.tool_id, tool_triggers.c.key, tool_triggers.c.id)
    found = conn.execute(query.where(tool_triggers.c.workspace_id == workspace_id))
    ids = {(tool_id, key): trigger_id for tool_id, key, trigger_id in found}
    triggers = []
    for tool in list_tools(conn, workspace_id=workspace_id):
        manifest = parse_manifest(tool.manifest)
        triggers += [ToolTrigger(ids[tool.id, spec.key], tool, manifest, spec) for spec in manifest.triggers]
    return triggers


def get_trigger(conn: Connection, trigger_id: str, *, workspace_id: str) -> ToolTrigger | None:
    """The trigger of that id, if its tool is still there."""
    query = select(tool_triggers.c.tool_id, tool_triggers.c.key).where(
        tool_triggers.c.id == trigger_id, tool_triggers.c.workspace_id == workspace_id
    )
    found = conn.execute(query).first()
    if found is None:
        return None
    tool = get_tool(conn, found.tool_id, workspace_id=workspace_id)
    manifest = parse_manifest(tool.manifest)
    spec = manifest.trigger(found.key)
    return None if spec is None else ToolTrigger(trigger_id, tool, manifest, spec)


def _row(found: Row[Any]) -> ToolRow:
    return ToolRow(*found[: len(_COLUMNS)])
