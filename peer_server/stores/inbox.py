"""Whom questions concern, as rows: written as they open, searched by inboxes, counted for people and conversations."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from sqlalchemy import Column, ColumnElement, Connection, and_, func, insert, or_, select, update

from flow_runtime.run import HUMAN_KINDS, Interrupt, InterruptStatus
from flow_runtime.store import Transaction
from flow_runtime.stores.tables import interrupts
from peer_server.access import ROLES, Principal, Role
from peer_server.approvers import FLOW_PREFIX, barred_as, subjects_of
from peer_server.stores.access_tables import group_members, groups
from peer_server.stores.definition_tables import flows
from peer_server.stores.grants import reached
from peer_server.stores.identity_tables import users
from peer_server.stores.inbox_tables import interrupt_audience as rows

_BARRING: Final = rows.alias("barring")
MOST_COUNTED: Final = 1000
"""Beyond this an inbox says no more than "many"."""


def put_audience(tx: Transaction, interrupt: Interrupt, subjects: Mapping[str, bool], *, flow_id: str | None) -> None:
    """Remember whom an interrupt concerns that was just opened; the values say who may answer."""
    entries = [
        {
            "interrupt_id": interrupt.id,
            "subject": subject,
            "workspace_id": interrupt.workspace_id,
            "flow_id": flow_id if subject.startswith(FLOW_PREFIX) else None,
            "may_answer": may_answer and interrupt.kind in HUMAN_KINDS,
            "is_open": True,
            "opened_at": interrupt.opened_at,
        }
        for subject, may_answer in subjects.items()
    ]
    if entries:
        tx.conn.execute(insert(rows), entries)


def close_audience(tx: Transaction, interrupt_ids: Collection[str]) -> None:
    """These interrupts wait no more."""
    tx.conn.execute(update(rows).where(rows.c.interrupt_id.in_(interrupt_ids)).values(is_open=False))


def audience_subjects(conn: Connection, interrupt_ids: Collection[str]) -> set[str]:
    """The subjects that any of these interrupts concerns."""
    return set(conn.scalars(select(rows.c.subject).where(rows.c.interrupt_id.in_(interrupt_ids)).distinct()))


def load_subjects(conn: Connection, principal: Principal) -> frozenset[str]:
    """Everything that this principal counts as, besides its roles on flows."""
    if principal.kind != "user":
        return subjects_of(principal, groups=(), is_only_of_name=False)
    in_groups = (
        select(groups.c.id, groups.c.name)
        .join(group_members, group_members.c.group_id == groups.c.id)
        .where(group_members.c.user_id == principal.id)
    )
    named = select(func.count()).where(
        users.c.workspace_id == principal.workspace_id, users.c.name == principal.name, users.c.removed_at.is_(None)
    )
    found = {text for row in conn.execute(in_groups) for text in row}
    return subjects_of(principal, groups=found, is_only_of_name=conn.execute(named).scalar_one() == 1)


def concerns(conn: Connection, principal: Principal, interrupt_id: Column[str]) -> ColumnElement[bool]:
    """The condition that an interrupt concerns this principal: it may answer it, or is close to it."""
    mine = select(rows.c.interrupt_id).where(_is_mine(principal, load_subjects(conn, principal)))
    return interrupt_id.in_(mine)


def answerable(conn: Connection, principal: Principal, interrupt_ids: Collection[str]) -> frozenset[str]:
    """Which of these this principal may answer, whether they are open or not."""
    query = select(rows.c.interrupt_id).where(rows.c.interrupt_id.in_(interrupt_ids))
    return frozenset(conn.scalars(query.where(_may_answer(conn, principal))))


def open_count(conn: Connection, principal: Principal) -> int:
    """How many open questions this principal may answer, counted up to `MOST_COUNTED`."""
    waiting = and_(rows.c.is_open, _may_answer(conn, principal))
    found = select(rows.c.interrupt_id).where(waiting).distinct().limit(MOST_COUNTED)
    return conn.execute(select(func.count()).select_from(found.subquery())).scalar_one()


def open_counts(conn: Connection, conversation_ids: Collection[str], *, workspace_id: str) -> Mapping[str, int]:
    """How much is asked of people in each of these conversations; those where nothing is are absent."""
    query = (
        select(interrupts.c.conversation_id, func.count())
        .where(
            interrupts.c.workspace_id == workspace_id,
            interrupts.c.conversation_id.in_(conversation_ids),
            interrupts.c.status == InterruptStatus.OPEN,
            interrupts.c.kind.in_(sorted(HUMAN_KINDS)),
        )
        .group_by(interrupts.c.conversation_id)
    )
    return {row[0]: row[1] for row in conn.execute(query)}


def newest_questions(conn: Connection, workspace_ids: Sequence[str]) -> dict[str, tuple[int, object]]:
    """How many questions are open in each workspace, and when the newest opened: whether anything has changed."""
    query = (
        select(rows.c.workspace_id, func.count(), func.max(rows.c.opened_at))
        .where(rows.c.workspace_id.in_(workspace_ids), rows.c.is_open)
        .group_by(rows.c.workspace_id)
    )
    return {row[0]: (row[1], row[2]) for row in conn.execute(query)}


def _may_answer(conn: Connection, principal: Principal) -> ColumnElement[bool]:
    by_name = load_subjects(conn, principal)
    bars = _BARRING.c.subject.in_(sorted(barred_as(principal, by_name)))
    barred = select(_BARRING.c.interrupt_id).where(_BARRING.c.workspace_id == principal.workspace_id, bars)
    return and_(rows.c.may_answer, _is_mine(principal, by_name), rows.c.interrupt_id.not_in(barred))


def _is_mine(principal: Principal, by_name: frozenset[str]) -> ColumnElement[bool]:
    is_here = rows.c.workspace_id == principal.workspace_id
    if principal.kind != "user":
        return and_(is_here, rows.c.subject.in_(sorted(by_name)))
    subjects = by_name | {FLOW_PREFIX + role for role in ROLES}
    return and_(
        is_here,
        rows.c.subject.in_(sorted(subjects)),
        or_(rows.c.flow_id.is_(None), *(_reaches(principal, role) for role in ROLES)),
    )


def _reaches(principal: Principal, role: Role) -> ColumnElement[bool]:
    """That the subject is this role on a flow, and the principal has it there."""
    of_role = rows.c.subject == FLOW_PREFIX + role
    if principal.role == "owner":
        return of_role
    reach = reached(principal, "flow", id=flows.c.id, owner_id=flows.c.owner_id, least=role)
    return and_(
        of_role, rows.c.flow_id.in_(select(flows.c.id).where(flows.c.workspace_id == principal.workspace_id, reach))
    )
