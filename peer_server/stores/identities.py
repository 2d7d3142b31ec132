"""Who a person is at an identity provider, as rows."""

from datetime import datetime

from sqlalchemy import Connection, insert, select

from flow_runtime.store import Transaction
from peer_server.stores.identity import USER_COLUMNS, UserRow, user_from
from peer_server.stores.identity_tables import identities, users


def find_identity(conn: Connection, issuer: str, subject: str) -> UserRow | None:
    """The person whom that provider knows by that subject, unless they were locked out or removed."""
    query = (
        select(*USER_COLUMNS)
        .join(identities, identities.c.user_id == users.c.id)
        .where(
            identities.c.issuer == issuer,
            identities.c.subject == subject,
            users.c.disabled_at.is_(None),
            users.c.removed_at.is_(None),
        )
    )
    found = conn.execute(query).first()
    return None if found is None else user_from(found)


def insert_identity(tx: Transaction, issuer: str, subject: str, *, user_id: str, now: datetime) -> None:
    """Remember it. Raises `sqlalchemy.exc.IntegrityError` if the subject is known already."""
    row = {"issuer": issuer, "subject": subject, "user_id": user_id, "created_at": now}
    tx.conn.execute(insert(identities).values(row))
