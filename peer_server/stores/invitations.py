"""Invitations to a workspace as rows."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, exists, insert, or_, select, update

from flow_runtime.store import Transaction
from peer_server.access import WorkspaceRole, unknown
from peer_server.stores.identity_tables import invitations, users

_INVITING = ("admin", "owner")


@dataclass(frozen=True, slots=True)
class InvitationRow:
    """Somebody who may join; the link itself is known to them alone."""

    id: str
    workspace_id: str
    email: str
    role: WorkspaceRole
    invited_by: str
    created_at: datetime
    expires_at: datetime


_COLUMNS = [invitations.c[name] for name in InvitationRow.__slots__]
_IS_OPEN = (invitations.c.accepted_at.is_(None), invitations.c.withdrawn_at.is_(None))
_IS_BACKED = exists().where(
    users.c.id == invitations.c.invited_by,
    users.c.disabled_at.is_(None),
    users.c.removed_at.is_(None),
    users.c.role.in_(_INVITING),
    or_(invitations.c.role != "owner", users.c.role == "owner"),
)
"""Whoever made it could still make it: with somebody who is let go, their invitations end."""


def insert_invitation(tx: Transaction, row: InvitationRow, *, digest: str) -> None:
    """Store an invitation; earlier ones to the same address are over."""
    withdraw_invitations(tx, [row.email], workspace_id=row.workspace_id, now=row.created_at)
    tx.conn.execute(
        insert(invitations).values({name: getattr(row, name) for name in InvitationRow.__slots__} | {"digest": digest})
    )


def find_invitation(conn: Connection, digest: str, *, now: datetime) -> InvitationRow | None:
    """The open invitation with that code, if whoever made it still could."""
    query = select(*_COLUMNS).where(
        invitations.c.digest == digest, invitations.c.expires_at > now, *_IS_OPEN, _IS_BACKED
    )
    found = conn.execute(query).first()
    return None if found is None else InvitationRow(*found)


def invitations_to(conn: Connection, email: str, *, now: datetime) -> list[InvitationRow]:
    """The open invitations to an address, in any workspace, the oldest first, of those who still could make them."""
    query = select(*_COLUMNS).where(invitations.c.email == email, invitations.c.expires_at > now, *_IS_OPEN, _IS_BACKED)
    return [InvitationRow(*row) for row in conn.execute(query.order_by(invitations.c.created_at))]


def list_invitations(conn: Connection, workspace_id: str) -> list[InvitationRow]:
    """The invitations that nobody has accepted yet, newest first, expired ones included."""
    query = select(*_COLUMNS).where(invitations.c.workspace_id == workspace_id, *_IS_OPEN)
    ordered = query.order_by(invitations.c.created_at.desc(), invitations.c.id.desc())
    return [InvitationRow(*row) for row in conn.execute(ordered)]


def get_invitation(conn: Connection, invitation_id: str, *, workspace_id: str) -> InvitationRow:
    """One that nobody has accepted yet. Raises `NotFound`."""
    query = select(*_COLUMNS).where(
        invitations.c.id == invitation_id, invitations.c.workspace_id == workspace_id, *_IS_OPEN
    )
    found = conn.execute(query).first()
    if found is None:
        raise unknown("invitation", invitation_id)
    return InvitationRow(*found)


def accept_invitation(tx: Transaction, invitation_id: str, *, now: datetime) -> bool:
    """Use an invitation up; False if somebody was faster."""
    query = update(invitations).where(invitations.c.id == invitation_id, *_IS_OPEN)
    return tx.conn.execute(query.values(accepted_at=now)).rowcount == 1


def withdraw_invitations(tx: Transaction, emails: Collection[str], *, workspace_id: str, now: datetime) -> None:
    """Take back the open invitations to these addresses. Idempotent."""
    query = update(invitations).where(
        invitations.c.workspace_id == workspace_id, invitations.c.email.in_(emails), *_IS_OPEN
    )
    tx.conn.execute(query.values(withdrawn_at=now))
