"""Interrupts: opened by a step, closed exactly once. Whoever closes one locks its run first."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, bindparam, insert, select, update

from flow_runtime.errors import Conflict, Gone, Json, NotFound
from flow_runtime.run import Interrupt, InterruptKind, InterruptStatus, NewInterrupt, Run
from flow_runtime.store import Transaction
from flow_runtime.stores.paging import Page, read_page
from flow_runtime.stores.rows import INTERRUPT_COLUMNS, RUN_COLUMNS, AnySelect, to_interrupt, to_run
from flow_runtime.stores.tables import IS_OPEN, interrupts, runs
from flow_runtime.stores.timers import drop_expiries, put_expiries

_ALL: AnySelect = select(*INTERRUPT_COLUMNS)
_OF_RUN = _ALL.where(interrupts.c.run_id == bindparam("run")).order_by(interrupts.c.opened_at, interrupts.c.id)
_THESE = _OF_RUN.where(interrupts.c.id.in_(bindparam("ids", expanding=True)))
_ONE = _ALL.where(interrupts.c.id == bindparam("interrupt"), interrupts.c.workspace_id == bindparam("workspace"))
_LOCK_RUN_OF: AnySelect = (
    select(*RUN_COLUMNS)
    .join(interrupts, interrupts.c.run_id == runs.c.id)
    .where(interrupts.c.id == bindparam("interrupt"), interrupts.c.workspace_id == bindparam("workspace"))
    .with_for_update(of=runs)
)
_OPEN = insert(interrupts)
_COUNT = (
    update(runs)
    .where(runs.c.id == bindparam("run"))
    .values(interrupts_opened=runs.c.interrupts_opened + bindparam("more"))
)
_CLOSE = (
    update(interrupts)
    .where(interrupts.c.id == bindparam("interrupt"), IS_OPEN)
    .values(
        status=bindparam("next"),
        resolution=bindparam("answer"),
        decided_by=bindparam("decider"),
        settled_at=bindparam("now"),
    )
)
_CANCEL = (
    update(interrupts)
    .where(interrupts.c.run_id == bindparam("run"), IS_OPEN)
    .values(status=InterruptStatus.CANCELLED, settled_at=bindparam("now"))
    .returning(*INTERRUPT_COLUMNS)
)
_CANCEL_SOME = _CANCEL.where(interrupts.c.id.in_(bindparam("ids", expanding=True)))
_CHILD = _ALL.where(
    interrupts.c.run_id == bindparam("run"),
    interrupts.c.key == bindparam("step_key"),
    interrupts.c.kind == InterruptKind.CHILD_RUN,
    IS_OPEN,
)
_BY_TOKEN = _ALL.where(interrupts.c.token_hash == bindparam("hash"))


def open_interrupts(
    tx: Transaction,
    run: Run,
    *,
    new: Sequence[NewInterrupt],
    now: datetime,
    token_hashes: Mapping[str, str] | None = None,
) -> list[Interrupt]:
    """Open interrupts of a run that this transaction has locked, with their expiry timers, and answer them.

    `token_hashes` maps interrupt ids to the hash of the token that a callback must bring. Starting the run that an
    interrupt waits for (`NewInterrupt.child`) is the caller's part.
    """
    if not new:
        return []
    hashes = token_hashes or {}
    rows = [_new_row(run, one, now=now) for one in new]
    tx.conn.execute(_OPEN, [row | {"token_hash": hashes.get(row["id"])} for row in rows])
    tx.conn.execute(_COUNT, {"run": run.id, "more": len(new)})
    put_expiries(tx, run.id, due_at=[(one.id, one.expires_at) for one in new if one.expires_at is not None])
    return [Interrupt(**row, resolution=None, decided_by=None, settled_at=None) for row in rows]


def close_interrupt(
    tx: Transaction,
    interrupt_id: str,
    *,
    workspace_id: str,
    status: InterruptStatus,
    resolution: Json = None,
    decided_by: Mapping[str, Json] | None = None,
    now: datetime,
) -> Interrupt:
    """Close an open interrupt: settled, expired or cancelled; exactly one of all that try succeeds.

    Locks its run first; the caller wakes it in the same transaction. An answer at or after `expires_at` is late even if
    no timer has fired yet, and an expiry before it is early, so with one `now` exactly one of the two can happen.

    Raises `NotFound` (also for another workspace), `Gone` `interrupt_expired` or `interrupt_cancelled`, `Conflict`
    `already_settled` with the recorded decision in `details`, `Conflict` `not_expired_yet`.
    """
    _, found = lock_interrupt(tx, interrupt_id, workspace_id=workspace_id)
    return close_locked(tx, found, status=status, resolution=resolution, decided_by=decided_by, now=now)


def close_locked(
    tx: Transaction,
    found: Interrupt,
    *,
    status: InterruptStatus,
    resolution: Json = None,
    decided_by: Mapping[str, Json] | None = None,
    now: datetime,
) -> Interrupt:
    """The same for an interrupt that was read under its run's lock. Raises as `close_interrupt`."""
    if found.status is not InterruptStatus.OPEN:
        raise _already_closed(found)
    is_due = found.expires_at is not None and found.expires_at <= now
    if status is InterruptStatus.SETTLED and is_due:
        raise _expired(found.id)
    if status is InterruptStatus.EXPIRED and not is_due:
        raise Conflict("not_expired_yet", f"the interrupt {found.id!r} has not expired yet")
    values = {
        "interrupt": found.id,
        "next": status,
        "answer": resolution,
        "decider": decided_by,
        "now": now,
    }
    if tx.conn.execute(_CLOSE, values).rowcount != 1:
        raise _already_closed(get_interrupt(tx.conn, found.id, workspace_id=found.workspace_id))
    if found.expires_at is not None:
        drop_expiries(tx, found.run_id, interrupt_ids=[found.id])
    return replace(found, status=status, resolution=resolution, decided_by=decided_by, settled_at=now)


def lock_interrupt(tx: Transaction, interrupt_id: str, *, workspace_id: str) -> tuple[Run, Interrupt]:
    """An interrupt and its run, locked, as they stand then: lock first, read after. Raises `NotFound`."""
    row = tx.conn.execute(_LOCK_RUN_OF, {"interrupt": interrupt_id, "workspace": workspace_id}).one_or_none()
    if row is None:
        raise _no_interrupt(interrupt_id)
    return to_run(row), get_interrupt(tx.conn, interrupt_id, workspace_id=workspace_id)


def cancel_interrupts(
    tx: Transaction, run_id: str, *, now: datetime, only: Collection[str] | None = None
) -> list[Interrupt]:
    """Close the open interrupts of a locked run (`only` these ids, if given) as cancelled; answer them. Idempotent."""
    if only is None:
        rows = tx.conn.execute(_CANCEL, {"run": run_id, "now": now}).all()
    elif only:
        rows = tx.conn.execute(_CANCEL_SOME, {"run": run_id, "now": now, "ids": list(only)}).all()
    else:
        return []
    cancelled = [to_interrupt(row) for row in rows]
    drop_expiries(tx, run_id, interrupt_ids=[one.id for one in cancelled if one.expires_at is not None])
    return cancelled


def get_interrupt(conn: Connection, interrupt_id: str, *, workspace_id: str) -> Interrupt:
    """One interrupt. Raises `NotFound`, also for one of another workspace."""
    row = conn.execute(_ONE, {"interrupt": interrupt_id, "workspace": workspace_id}).one_or_none()
    if row is None:
        raise _no_interrupt(interrupt_id)
    return to_interrupt(row)


def find_callback(conn: Connection, token_hash: str) -> Interrupt:
    """The interrupt that this callback token belongs to; the token alone is the right to answer. Raises `NotFound`."""
    row = conn.execute(_BY_TOKEN, {"hash": token_hash}).one_or_none()
    if row is None:
        raise NotFound("not_found", "no interrupt waits for this token")
    return to_interrupt(row)


def find_child_interrupt(conn: Connection, parent_run_id: str, *, key: str) -> Interrupt | None:
    """The open interrupt through which a parent's step waits for its child run, if it does."""
    row = conn.execute(_CHILD, {"run": parent_run_id, "step_key": key}).first()
    return None if row is None else to_interrupt(row)


def interrupts_of(conn: Connection, run_id: str) -> list[Interrupt]:
    """All interrupts of a run, open and closed, oldest first."""
    return [to_interrupt(row) for row in conn.execute(_OF_RUN, {"run": run_id})]


def these_interrupts(conn: Connection, run_id: str, interrupt_ids: Collection[str]) -> list[Interrupt]:
    """These interrupts of a run, open and closed, oldest first."""
    if not interrupt_ids:
        return []
    return [to_interrupt(row) for row in conn.execute(_THESE, {"run": run_id, "ids": list(interrupt_ids)})]


def tree_interrupts(conn: Connection, root_run_id: str) -> list[Interrupt]:
    """All interrupts of a run and of every run below it, oldest first."""
    # The root's own are in another index than its descendants': two searches of an index each, no scan.
    own = _ALL.where(interrupts.c.run_id == root_run_id)
    below = _ALL.where(interrupts.c.root_run_id == root_run_id, interrupts.c.root_run_id != interrupts.c.run_id)
    rows = [*conn.execute(own), *conn.execute(below)]
    return sorted((to_interrupt(row) for row in rows), key=lambda one: (one.opened_at, one.id))


def list_interrupts(
    conn: Connection,
    *,
    workspace_id: str,
    run_id: str | None = None,
    conversation_id: str | None = None,
    status: InterruptStatus | None = None,
    kinds: Collection[InterruptKind] = (),
    only: ColumnElement[bool] | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Interrupt]:
    """The interrupts of a workspace that match every given filter, newest first. Raises `InvalidDefinition`."""
    query = _ALL.where(interrupts.c.workspace_id == workspace_id)
    if only is not None:
        query = query.where(only)
    for column, wanted in (
        (interrupts.c.run_id, run_id),
        (interrupts.c.conversation_id, conversation_id),
    ):
        if wanted is not None:
            query = query.where(column == wanted)
    if status is not None:
        query = query.where(IS_OPEN if status is InterruptStatus.OPEN else interrupts.c.status == status)
    if kinds:
        query = query.where(interrupts.c.kind.in_(kinds))
    return read_page(
        conn,
        query,
        at=interrupts.c.opened_at,
        id=interrupts.c.id,
        convert=to_interrupt,
        cursor=cursor,
        limit=limit,
    )


def _new_row(run: Run, new: NewInterrupt, *, now: datetime) -> dict[str, Json]:
    return {
        "id": new.id,
        "status": InterruptStatus.OPEN,
        "kind": new.kind,
        "workspace_id": run.workspace_id,
        "run_id": run.id,
        "root_run_id": run.root_run_id,
        "conversation_id": run.conversation_id,
        "key": new.key,
        "step_id": new.step_id,
        "step_type": new.step_type,
        "digest": new.digest,
        "replaces": new.replaces,
        "opened_at": now,
        "expires_at": new.expires_at,
        "payload": new.payload,
        "response_schema": new.response_schema,
        "approvers": list(new.approvers),
    }


def _already_closed(closed: Interrupt) -> Conflict | Gone:
    if closed.status is InterruptStatus.EXPIRED:
        return _expired(closed.id)
    if closed.status is InterruptStatus.CANCELLED:
        return Gone(
            "interrupt_cancelled",
            f"the interrupt {closed.id!r} was cancelled",
            remedy="Nothing is waiting for this answer any more.",
        )
    recorded = {
        "status": closed.status,
        "resolution": closed.resolution,
        "decidedBy": closed.decided_by,
        "settledAt": closed.settled_at.isoformat() if closed.settled_at else None,
    }
    return Conflict(
        "already_settled",
        f"the interrupt {closed.id!r} is settled already",
        remedy="The first answer counts; it is in the details.",
        details=recorded,
    )


def _expired(interrupt_id: str) -> Gone:
    return Gone(
        "interrupt_expired",
        f"the interrupt {interrupt_id!r} has expired",
        remedy="Start the run again if the answer is still needed.",
    )


def _no_interrupt(interrupt_id: str) -> NotFound:
    return NotFound("not_found", f"there is no interrupt {interrupt_id!r}")
