"""Table of the schedules of flows."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, String, Table, Text

from peer_server.stores.columns import Instant, Json, id_column, metadata

schedules = Table(
    "schedules",
    metadata,
    id_column(),
    Column("workspace_id", ForeignKey("workspaces.id"), nullable=False),
    Column("flow_id", ForeignKey("flows.id"), nullable=False, index=True),
    Column("is_main", Boolean, nullable=False),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("frequency", Json, nullable=False),
    Column("timezone", String(64), nullable=False),
    Column("start_at", Instant),
    Column("end_at", Instant),
    Column("inputs", Json, nullable=False),
    Column("missed", String(8), nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("created_by", String(32), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("next_fire_at", Instant),
    Column("last_fire_at", Instant),
    Column("last_run_id", String(32)),
    Column("tried_at", Instant),
    Column("error", Json),
    Column("cancelled_at", Instant),
)
"""When a flow runs by the clock. `is_main` marks the one that `/v1/flow/{id}/schedule` speaks of. `next_fire_at` is
null while nothing is to come: switched off, cancelled, or over. A cancelled one stays, for runs point at it."""

_is_armed = schedules.c.next_fire_at.is_not(None)
Index("schedules_due", schedules.c.next_fire_at, postgresql_where=_is_armed, sqlite_where=_is_armed)
