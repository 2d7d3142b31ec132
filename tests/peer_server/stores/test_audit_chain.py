"""The chain of audit records: whatever is done to it behind the product's back, verifying names the first bad place."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, delete, insert, select, update

from flow_runtime.clock import SystemClock
from flow_runtime.store import Store, Transaction
from peer_server.access import Principal, permissions_of
from peer_server.audit_anchors import Anchors
from peer_server.audit_chain import FIRST, ChainCheck
from peer_server.secrets import Keyring
from peer_server.services.oversight.audit_log import AuditLogService, Verified, check_part
from peer_server.services.oversight.audit_trail import AuditTrail, audit_key
from peer_server.stores.audit import chain_end, chain_part
from peer_server.stores.audit_tables import audit_heads, audit_records

pytestmark = pytest.mark.anyio

KEYRING = Keyring([bytes(32)])
OLGA = Principal("user", "u1", "Olga", "w1", permissions_of("owner"), role="owner", address="10.0.0.7")
ROW = audit_records.c
Tampering = Callable[[Connection, int], object]


class Log:
    """A trail and the service that verifies it, over one store."""

    def __init__(self, store: Store, anchors: Anchors) -> None:
        clock = SystemClock()
        self.store = store
        self.anchors = anchors
        self.trail = AuditTrail(keyring=KEYRING, clock=clock, anchors=anchors)
        self.service = AuditLogService(store, trail=self.trail, keyring=KEYRING, anchors=anchors, clock=clock)

    def record(self, tx: Transaction, number: int) -> None:
        words = f"published version {number} – ✓"
        self.trail.record(tx, "flow.published", by=OLGA, of=("flow", "f1"), description=words, details=[number])

    async def fill(self, count: int) -> None:
        def all_of_them(tx: Transaction) -> None:
            for number in range(count):
                self.record(tx, number)

        await self.store.write(all_of_them)

    async def tamper(self, how: Tampering, seq: int) -> Verified:
        await self.store.write(lambda tx: how(tx.conn, seq))
        return await self.service.verify("w1")


@pytest.fixture
def log(store: Store, tmp_path: Path) -> Log:
    return Log(store, Anchors(tmp_path / "anchors.jsonl"))


def edit(conn: Connection, seq: int) -> None:
    conn.execute(update(audit_records).where(ROW.seq == seq).values(actor_name="Somebody else"))


def edit_details(conn: Connection, seq: int) -> None:
    conn.execute(update(audit_records).where(ROW.seq == seq).values(details="[ 0]"))


def remove(conn: Connection, seq: int) -> None:
    conn.execute(delete(audit_records).where(ROW.seq == seq))


def close_the_gap(conn: Connection, seq: int) -> None:
    remove(conn, seq)
    for later in conn.scalars(select(ROW.seq).where(ROW.seq > seq).order_by(ROW.seq)).all():
        conn.execute(update(audit_records).where(ROW.seq == later).values(seq=later - 1))


def swap(conn: Connection, seq: int) -> None:
    for old, new in ((seq, 0), (seq + 1, seq), (0, seq + 1)):
        conn.execute(update(audit_records).where(ROW.seq == old).values(seq=new))


def slip_in(conn: Connection, seq: int) -> None:
    for later in conn.scalars(select(ROW.seq).where(ROW.seq >= seq).order_by(ROW.seq.desc())).all():
        conn.execute(update(audit_records).where(ROW.seq == later).values(seq=later + 1))
    copied = dict(conn.execute(select(audit_records).where(ROW.seq == seq + 1)).mappings().one())
    conn.execute(insert(audit_records), {**copied, "seq": seq, "id": "forged"})


def cut(conn: Connection, seq: int) -> None:
    conn.execute(delete(audit_records).where(ROW.seq >= seq))


def cut_and_hide(conn: Connection, seq: int) -> None:
    """Also the remembered end, as somebody would who knows the tables."""
    cut(conn, seq)
    mac = conn.scalar(select(ROW.mac).where(ROW.seq == seq - 1)) or FIRST
    conn.execute(update(audit_heads).values(seq=seq - 1, mac=mac))


def empty(conn: Connection, _seq: int) -> None:
    conn.execute(delete(audit_records))
    conn.execute(delete(audit_heads))


def forget_the_end(conn: Connection, _seq: int) -> None:
    conn.execute(delete(audit_heads))


async def test_an_untouched_log_is_in_order(log: Log) -> None:
    # Given nothing, then more records than are read at once
    assert await log.service.verify("w1") == Verified(0, None)
    await log.fill(2100)
    # Then all are as they were written
    assert await log.service.verify("w1") == Verified(2100, None)


@pytest.mark.promise("S9")
@pytest.mark.parametrize(
    ("how", "code", "first"),
    [
        (edit, "broken", 20),
        (edit_details, "broken", 20),
        (remove, "missing", 20),
        (close_the_gap, "broken", 20),
        (swap, "broken", 20),
        (slip_in, "broken", 20),
        (cut, "cut", 20),
        (cut_and_hide, "cut", 20),
        (empty, "cut", 1),
        (forget_the_end, "head", 40),
    ],
)
async def test_tampering_is_found_where_it_was_done(log: Log, how: Tampering, code: str, first: int) -> None:
    # Given 40 records, the last of which is anchored
    await log.fill(40)
    log.trail.close()
    # When somebody with the database changes the log at the 20th
    found = await log.tamper(how, 20)
    # Then the first bad place is named
    assert found.flaw is not None
    assert (found.flaw.code, found.flaw.seq) == (code, first)


@pytest.mark.promise("S9")
async def test_a_log_written_anew_with_a_stolen_key_does_not_fit_its_anchors(log: Log, tmp_path: Path) -> None:
    # Given an anchored log, and another one by the same key
    await log.fill(5)
    log.trail.close()
    await log.store.write(lambda tx: empty(tx.conn, 0))
    forged = Log(log.store, Anchors(tmp_path / "other.jsonl"))
    await forged.fill(7)
    # Then it is in order by itself, but not against the anchors
    assert (await forged.service.verify("w1")).flaw is None
    found = (await log.service.verify("w1")).flaw
    assert found is not None
    assert (found.code, found.seq) == ("replaced", 5)


@pytest.mark.promise("S9")
async def test_eight_writers_keep_one_chain(log: Log) -> None:
    # Given eight who record at the same time, some of whom fail
    async def write_many(writer: int) -> None:
        for number in range(20):
            await log.store.write(log.record, writer * 100 + number)
            with pytest.raises(ZeroDivisionError):
                await log.store.write(fail_after, number)

    def fail_after(tx: Transaction, number: int) -> float:
        log.record(tx, number)
        return number / 0

    await asyncio.gather(*(write_many(writer) for writer in range(8)))
    # Then nothing is missing, and what failed left no record
    assert await log.service.verify("w1") == Verified(160, None)


@pytest.mark.promise("S9")
@pytest.mark.soak
async def test_tampering_with_any_of_a_thousand_records_is_found(log: Log) -> None:
    # Given 1,000 records
    await log.fill(1000)
    log.trail.close()
    for how in (edit, remove, swap, slip_in, cut_and_hide):
        for seq in range(1, 1000):
            # When each is tampered with in a transaction that is not kept
            found = await log.store.write(_tamper_and_check, log, how=how, seq=seq)
            # Then it is found there
            assert found == seq, how


def _tamper_and_check(tx: Transaction, log: Log, *, how: Tampering, seq: int) -> int | None:
    with tx.conn.begin_nested() as kept:
        how(tx.conn, seq)
        check = ChainCheck(key=audit_key(KEYRING), anchors=log.anchors.read()["w1"])
        check.count = max(seq - 2, 0)  # What stands before was not touched: it is in order.
        check._before = tx.conn.scalar(select(ROW.mac).where(ROW.seq == check.count)) or FIRST
        rows = chain_part(tx.conn, "w1", after=check.count, limit=5)
        flaw = check_part(check, rows) or check.end(chain_end(tx.conn, "w1"))
        kept.rollback()
    return None if flaw is None else flaw.seq
