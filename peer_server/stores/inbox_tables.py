"""The table of whom questions concern, so that an inbox is a search of an index."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, String, Table, text

from peer_server.stores.columns import Instant, metadata

interrupt_audience = Table(
    "interrupt_audience",
    metadata,
    Column("interrupt_id", String(32), primary_key=True),
    Column("subject", String(400), primary_key=True),
    Column("workspace_id", ForeignKey("workspaces.id"), nullable=False),
    Column("flow_id", String(32)),
    Column("may_answer", Boolean, nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("opened_at", Instant, nullable=False),
)
"""Each subject that an interrupt concerns, as `approvers.audience` names them; `flow_id` is set where the subject is a
role on that flow. Written when the interrupt opens; `is_open` ends with it."""

Index("interrupt_audience_of_subject", interrupt_audience.c.workspace_id, interrupt_audience.c.subject)
Index(
    "interrupt_audience_open",
    interrupt_audience.c.workspace_id,
    interrupt_audience.c.subject,
    sqlite_where=text("is_open = 1"),
    postgresql_where=text("is_open"),
)
