"""The table of the monitor: one row per time that a step of a flow asked a model."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text, literal_column

from peer_server.stores.columns import Counter, Instant, id_column, metadata

model_runs = Table(
    "model_runs",
    metadata,
    id_column(),
    Column("workspace_id", String(32), nullable=False),
    Column("flow_id", String(32), nullable=False),
    Column("run_id", String(32), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("version", Integer),
    Column("environment", String(16), nullable=False),
    Column("status", String(16), nullable=False),
    Column("step_key", Text, nullable=False),
    Column("step_name", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("connection", Text, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant, nullable=False),
    Column("prompt_tokens", Counter, nullable=False),
    Column("completion_tokens", Counter, nullable=False),
    Column("total_tokens", Counter, nullable=False),
    Column("cached_tokens", Counter, nullable=False, server_default="0"),
    Column("cost", BigInteger),
    Column("currency", String(3)),
)
"""Written with the event of the journal that ended the step, which `seq` names. Never changed. `cost` is in
billionths of the currency, NULL where no price was known."""

Index("model_runs_of_run", model_runs.c.run_id)
IS_MONITORED_CALL = model_runs.c.environment == literal_column("'production'")
"""Literal for the sake of the partial index."""
Index(
    "model_runs_monitored",
    *(model_runs.c[name] for name in ("workspace_id", "flow_id", "started_at", "ended_at", "status")),
    *(model_runs.c[name] for name in ("model", "connection", "step_name", "version", "environment")),
    postgresql_where=IS_MONITORED_CALL,
    sqlite_where=IS_MONITORED_CALL,
)
