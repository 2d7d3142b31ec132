"""Tables of what may be spent on models, and of what was."""

from sqlalchemy import BigInteger, Column, ForeignKey, PrimaryKeyConstraint, String, Table, UniqueConstraint

from peer_server.stores.columns import Counter, Instant, id_column, metadata

budgets = Table(
    "budgets",
    metadata,
    id_column(),
    Column("workspace_id", ForeignKey("workspaces.id"), nullable=False),
    Column("subject_kind", String(16), nullable=False),
    Column("subject_id", String(32), nullable=False),
    Column("period", String(8), nullable=False),
    Column("tokens", BigInteger),
    Column("cost", BigInteger),
    Column("currency", String(3), nullable=False),
    Column("created_by", String(32), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("low_at", Instant),
    Column("spent_at", Instant),
    UniqueConstraint("workspace_id", "subject_kind", "subject_id", "period"),
)
"""Limits for each period: tokens, billionths of the currency, or both. `low_at` and `spent_at` say when it was last
told that it runs low, and that it is spent: once in a period."""

model_spending = Table(
    "model_spending",
    metadata,
    Column("workspace_id", String(32), nullable=False),
    Column("subject_kind", String(16), nullable=False),
    Column("subject_id", String(32), nullable=False),
    Column("day", Instant, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("tokens", Counter, nullable=False),
    Column("cost", Counter, nullable=False),
    PrimaryKeyConstraint("workspace_id", "subject_kind", "subject_id", "day", "currency"),
    sqlite_with_rowid=False,
)
"""What was used on somebody's account on a day of UTC, whether or not there is a budget. Calls without a price are
under the currency ''; `cost` is in billionths."""

model_holds = Table(
    "model_holds",
    metadata,
    Column("workspace_id", String(32), nullable=False),
    Column("subject_kind", String(16), nullable=False),
    Column("subject_id", String(32), nullable=False),
    Column("call_id", String(32), nullable=False, index=True),
    Column("currency", String(3), nullable=False),
    Column("tokens", BigInteger, nullable=False),
    Column("cost", BigInteger, nullable=False),
    Column("lapses_at", Instant, nullable=False),
    PrimaryKeyConstraint("workspace_id", "subject_kind", "subject_id", "call_id"),
    sqlite_with_rowid=False,
)
"""What calls in flight are sure to use of a budget; a killed process leaves some behind, which lapse."""
