"""Answers under an `Idempotency-Key` as rows: claimed by the first request, filled in when it is through."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update

from flow_runtime.store import Transaction
from peer_server.stores.columns import insert_new
from peer_server.stores.endpoint_tables import kept_answers


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What was answered, or without a `status` the claim of a request that is still at work."""

    scope: str
    key: str
    fingerprint: str
    claim: str
    status: int | None
    media_type: str | None
    body: bytes | None
    expires_at: datetime


_COLUMNS = [kept_answers.c[name] for name in KeptAnswer.__slots__]


def claim_answer(tx: Transaction, row: KeptAnswer, *, now: datetime) -> KeptAnswer | None:
    """Claim the key; None if it is this request's now, else what is there already.

    What has expired is cleared away first. The claim of a request that died keeps its id, so that what it made is found
    again.
    """
    is_it = (kept_answers.c.scope == row.scope, kept_answers.c.key == row.key)
    is_over = kept_answers.c.expires_at <= now
    tx.conn.execute(delete(kept_answers).where(is_over, kept_answers.c.status.is_not(None)))
    values = {name: getattr(row, name) for name in KeptAnswer.__slots__}
    new = insert_new(tx.conn, kept_answers, kept_answers.c.claim).values(values)
    if tx.conn.execute(new).first() is not None:
        return None
    found = KeptAnswer(*tx.conn.execute(select(*_COLUMNS).where(*is_it).with_for_update()).one())
    if found.status is not None or found.expires_at > now or found.fingerprint != row.fingerprint:
        return found
    tx.conn.execute(update(kept_answers).where(*is_it).values(expires_at=row.expires_at))
    return found


def renew_claim(tx: Transaction, claim: str, *, expires_at: datetime) -> None:
    """The request is still at work."""
    is_working = (kept_answers.c.claim == claim, kept_answers.c.status.is_(None))
    tx.conn.execute(update(kept_answers).where(*is_working).values(expires_at=expires_at))


def keep_answer(
    tx: Transaction, claim: str, *, status: int, media_type: str | None, body: bytes, expires_at: datetime
) -> None:
    """The request is through; the first answer under a claim stays."""
    is_working = (kept_answers.c.claim == claim, kept_answers.c.status.is_(None))
    values = {"status": status, "media_type": media_type, "body": body, "expires_at": expires_at}
    tx.conn.execute(update(kept_answers).where(*is_working).values(values))


def release_claim(tx: Transaction, claim: str) -> None:
    """The request made nothing: the next one may try."""
    tx.conn.execute(delete(kept_answers).where(kept_answers.c.claim == claim, kept_answers.c.status.is_(None)))
