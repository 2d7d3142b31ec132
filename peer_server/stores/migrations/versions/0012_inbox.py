"""Whom questions concern; those that were asked before are entered."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

FLOW_ROLES = ("viewer", "runner", "editor", "manager", "admin")


def upgrade() -> None:
    """Create the table and fill it."""
    audience = op.create_table(
        "interrupt_audience",
        sa.Column("interrupt_id", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=400), nullable=False),
        sa.Column("workspace_id", sa.String(length=32), nullable=False),
        sa.Column("flow_id", sa.String(length=32), nullable=True),
        sa.Column("may_answer", sa.Boolean(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_interrupt_audience_workspace_id")),
        sa.PrimaryKeyConstraint("interrupt_id", "subject", name=op.f("pk_interrupt_audience")),
    )
    op.create_index("interrupt_audience_of_subject", "interrupt_audience", ["workspace_id", "subject"])
    op.create_index(
        "interrupt_audience_open",
        "interrupt_audience",
        ["workspace_id", "subject"],
        sqlite_where=sa.text("is_open = 1"),
        postgresql_where=sa.text("is_open"),
    )
    rows = [row for asked in _asked() for row in _entries(asked)]
    if rows:
        op.bulk_insert(audience, rows)


def _asked() -> list[sa.RowMapping]:
    """Every question so far, if this database has had any: the runtime's tables come before ours."""
    if not sa.inspect(op.get_bind()).has_table("interrupts"):
        return []
    query = sa.text(
        "SELECT i.id, i.kind, i.status, i.workspace_id, i.approvers, i.opened_at, r.started_by, r.flow_id, c.owner_id "
        "FROM interrupts i JOIN runs r ON r.id = i.root_run_id JOIN workspaces w ON w.id = i.workspace_id "
        "LEFT JOIN conversations c ON c.id = i.conversation_id "
        "WHERE i.kind IN ('approval', 'form', 'client_tool', 'callback')"
    )
    return list(op.get_bind().execute(query).mappings())


def _entries(asked: sa.RowMapping) -> list[dict[str, object]]:
    starter = {f"id:{asked['started_by']}"} if asked["started_by"] else set()
    participants = {f"id:{asked['owner_id']}"} if asked["owner_id"] else set()
    close = starter | participants
    approvers = json.loads(asked["approvers"])
    answering = set(close)
    if approvers:
        answering = {subject for one in approvers for subject in _subjects(one, starter, participants)}
    elif asked["kind"] == "approval":
        answering.add("flow:runner")
    return [
        {
            "interrupt_id": asked["id"],
            "subject": subject,
            "workspace_id": asked["workspace_id"],
            "flow_id": asked["flow_id"] if subject.startswith("flow:") else None,
            "may_answer": subject in answering and asked["kind"] != "callback",
            "is_open": asked["status"] == "open",
            "opened_at": asked["opened_at"],
        }
        for subject in sorted(close | answering)
    ]


def _subjects(approver: str, starter: set[str], participants: set[str]) -> set[str]:
    kind, _, name = approver.partition(":")
    if kind == "role":
        in_workspace = {approver} if name in ("member", "admin", "owner") else set()
        return in_workspace | ({f"flow:{name}"} if name in FLOW_ROLES else set())
    known = {"starter": starter, "participants": participants, "user": {approver}, "group": {approver}}
    return known.get(kind, set())
