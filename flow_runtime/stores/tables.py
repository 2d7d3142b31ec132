"""The tables of the runtime, one schema for every dialect. Rows become `run.Run`, `run.Event` and `run.Interrupt`."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    and_,
    literal_column,
)

from flow_runtime.run import InterruptStatus, RunStatus
from flow_runtime.stores.columns import Instant, JsonText

metadata = MetaData()

LIVE = (RunStatus.QUEUED, RunStatus.RUNNING)
"""The statuses of runs that somebody should be working on; a partial index holds exactly these."""

definitions = Table(
    "definitions",
    metadata,
    Column("digest", String, primary_key=True),
    Column("definition", JsonText, nullable=False),
    Column("created_at", Instant, nullable=False),
)
"""Immutable flow definitions, addressed by the digest of their canonical JSON. A run pins one for life."""

runs = Table(
    "runs",
    metadata,
    Column("id", String, primary_key=True),
    # What moves with every step comes first, so that SQLite overwrites the head of the row in place.
    Column("status", String, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("event_seq", Integer, nullable=False),
    Column("wake_seq", Integer, nullable=False),
    Column("touched_at", Instant, nullable=False),
    Column("fruitless_claims", Integer, nullable=False),
    Column("interrupts_opened", Integer, nullable=False),
    Column("owner", String),
    Column("job_id", BigInteger),
    Column("active_remaining_s", Float(53)),
    Column("deadline_at", Instant),
    Column("cancel_requested_at", Instant),
    Column("started_at", Instant),
    Column("ended_at", Instant),
    Column("detached", Boolean, nullable=False),
    Column("rejected", Boolean, nullable=False),
    # What never changes.
    Column("workspace_id", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("definition_digest", String),
    Column("flow_id", String),
    Column("version", Integer),
    Column("environment", String, nullable=False),
    Column("started_by", String),
    Column("conversation_id", String),
    Column("parent_run_id", String),
    Column("parent_key", String),
    Column("root_run_id", String, nullable=False),
    Column("depth", Integer, nullable=False),
    Column("idempotency_key", String),
    Column("priority", Integer, nullable=False),
    Column("trigger_type", String, nullable=False),
    Column("trigger_source", String),
    Column("created_at", Instant, nullable=False),
    Column("trigger_data", JsonText, nullable=False),
    Column("inputs", JsonText, nullable=False),
    Column("origin", JsonText),
    Column("context", JsonText),
    # What the end writes.
    Column("output", JsonText),
    Column("error", JsonText),
    Column("warnings", JsonText, nullable=False),
    # Room in each page lets PostgreSQL move the head of a run without touching an index.
    postgresql_with={"fillfactor": 70},
)
"""One row per run; `fruitless_claims` counts the claims since the last progress, so that a poison run is noticed."""

IS_LIVE = runs.c.status.in_([literal_column(f"'{status}'") for status in LIVE])
"""Literal on purpose: with a bound value no planner could tell that the partial index holds the answer."""
# Not with `touched_at`: a column in an index would cost every step an index write on PostgreSQL.
Index("runs_live", runs.c.status, postgresql_where=IS_LIVE, sqlite_where=IS_LIVE)
_has_key = runs.c.idempotency_key.is_not(None)
Index(
    "runs_idempotency_key",
    runs.c.workspace_id,
    runs.c.idempotency_key,
    unique=True,
    postgresql_where=_has_key,
    sqlite_where=_has_key,
)
_has_parent = runs.c.parent_run_id.is_not(None)
Index("runs_children", runs.c.parent_run_id, postgresql_where=_has_parent, sqlite_where=_has_parent)
_is_in_conversation = runs.c.conversation_id.is_not(None)
Index(
    "runs_of_conversation",
    runs.c.conversation_id,
    postgresql_where=_is_in_conversation,
    sqlite_where=_is_in_conversation,
)
Index("runs_newest", runs.c.workspace_id, runs.c.created_at)
_has_flow = runs.c.flow_id.is_not(None)
Index("runs_of_flow", runs.c.flow_id, runs.c.created_at, postgresql_where=_has_flow, sqlite_where=_has_flow)

IS_MONITORED = and_(runs.c.kind == literal_column("'flow'"), runs.c.environment == literal_column("'production'"))
"""Runs of flows that were started from a published version; literal for the sake of the partial indexes."""
HAS_FINISHED = and_(runs.c.ended_at.is_not(None), IS_MONITORED)
IS_UNFINISHED = and_(runs.c.ended_at.is_(None), IS_MONITORED)
# Everything that the figures of the monitor need, so that 100,000 runs are counted without looking at any of them.
Index(
    "runs_finished",
    *(runs.c[name] for name in ("workspace_id", "flow_id", "created_at", "ended_at", "status")),
    *(runs.c[name] for name in ("trigger_type", "trigger_source", "version", "kind", "environment")),
    postgresql_where=HAS_FINISHED,
    sqlite_where=HAS_FINISHED,
)
Index(
    "runs_unfinished",
    runs.c.workspace_id,
    runs.c.flow_id,
    runs.c.created_at,
    postgresql_where=IS_UNFINISHED,
    sqlite_where=IS_UNFINISHED,
)

run_events = Table(
    "run_events",
    metadata,
    # No foreign key: an event is only ever written in the transaction that moved `event_seq` of its run.
    Column("run_id", String, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("type", String, nullable=False),
    Column("key", String, nullable=False),
    Column("at", Instant, nullable=False),
    Column("data", JsonText, nullable=False),
    PrimaryKeyConstraint("run_id", "seq"),
    sqlite_with_rowid=False,
)
"""The journal: append only, `seq` without gaps from 1."""

interrupts = Table(
    "interrupts",
    metadata,
    Column("id", String, primary_key=True),
    Column("status", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("workspace_id", String, nullable=False),
    Column("run_id", String, ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
    Column("root_run_id", String, nullable=False),
    Column("conversation_id", String),
    Column("key", String, nullable=False),
    Column("step_id", String, nullable=False),
    Column("step_type", String, nullable=False),
    Column("digest", String),
    Column("replaces", String),
    Column("token_hash", String),
    Column("opened_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("settled_at", Instant),
    Column("payload", JsonText, nullable=False),
    Column("response_schema", JsonText),
    Column("approvers", JsonText, nullable=False),
    Column("resolution", JsonText),
    Column("decided_by", JsonText),
    CheckConstraint("(status = 'open') = (settled_at IS NULL)", name="closed_interrupts_have_a_time"),
)
"""What runs wait for. A row is open until exactly one conditional update closes it; then it never changes."""

IS_OPEN = interrupts.c.status == literal_column(f"'{InterruptStatus.OPEN}'")
"""Literal for the sake of the partial index, like `IS_LIVE`."""
Index("interrupts_of_run", interrupts.c.run_id)
_is_of_child = interrupts.c.root_run_id != interrupts.c.run_id
Index("interrupts_of_children", interrupts.c.root_run_id, postgresql_where=_is_of_child, sqlite_where=_is_of_child)
Index(
    "interrupts_open",
    interrupts.c.workspace_id,
    interrupts.c.opened_at,
    postgresql_where=IS_OPEN,
    sqlite_where=IS_OPEN,
)
_in_conversation = interrupts.c.conversation_id.is_not(None)
Index(
    "interrupts_of_conversation",
    interrupts.c.conversation_id,
    postgresql_where=_in_conversation,
    sqlite_where=_in_conversation,
)
_has_token = interrupts.c.token_hash.is_not(None)
Index("interrupts_token", interrupts.c.token_hash, unique=True, postgresql_where=_has_token, sqlite_where=_has_token)

timers = Table(
    "timers",
    metadata,
    Column("run_id", String, ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String, nullable=False),
    Column("interrupt_id", String, nullable=False),  # "" for the deadline of the run itself
    Column("due_at", Instant, nullable=False),
    PrimaryKeyConstraint("run_id", "kind", "interrupt_id"),
    sqlite_with_rowid=False,
)
"""What happens at a time. Not jobs of the queue: many deferred jobs make every other job slower."""

Index("timers_due", timers.c.due_at)
