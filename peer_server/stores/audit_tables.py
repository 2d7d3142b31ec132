"""The tables of the audit log: a chain of records per workspace, and where each chain ends."""

from sqlalchemy import Column, Index, PrimaryKeyConstraint, String, Table, Text, UniqueConstraint

from peer_server.stores.columns import Counter, Instant, metadata

audit_records = Table(
    "audit_records",
    metadata,
    Column("workspace_id", String(32), nullable=False),
    Column("seq", Counter, nullable=False),
    Column("id", String(32), nullable=False),
    Column("at", Instant, nullable=False),
    Column("event", String(64), nullable=False),
    Column("category", String(32), nullable=False),
    Column("actor_kind", String(16), nullable=False),
    Column("actor_id", String(64), nullable=False),
    Column("actor_name", Text, nullable=False),
    Column("address", String(64)),
    Column("channel", String(32), nullable=False),
    Column("object_kind", String(32), nullable=False),
    Column("object_id", String(64), nullable=False),
    Column("flow_id", String(32)),
    Column("description", Text, nullable=False),
    Column("digest", String(64)),
    # JSON as text, because the seal covers the text exactly as it is stored.
    Column("details", Text),
    Column("mac", String(64), nullable=False),
    PrimaryKeyConstraint("workspace_id", "seq"),
    UniqueConstraint("id"),
)
"""Who did what, when, from where, through which door. Append only: no code updates or deletes a row. `mac` seals the
row and the one before it."""

Index("audit_records_newest", audit_records.c.workspace_id, audit_records.c.at, audit_records.c.seq)
Index("audit_records_of_flow", audit_records.c.flow_id, audit_records.c.seq)
Index("audit_records_of_object", audit_records.c.object_id)

audit_heads = Table(
    "audit_heads",
    metadata,
    Column("workspace_id", String(32), primary_key=True),
    Column("seq", Counter, nullable=False),
    Column("mac", String(64), nullable=False),
)
"""The last record of each workspace. Its row lock orders those who record; everybody takes it last."""
