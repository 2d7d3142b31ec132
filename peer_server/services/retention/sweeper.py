"""The sweep: removes what every workspace keeps no longer, in small transactions, in one process at a time."""

import asyncio
import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement

from flow_runtime.clock import Clock
from flow_runtime.errors import StoreUnavailable
from flow_runtime.failpoints import hit
from flow_runtime.ids import new_id
from flow_runtime.store import Store, Transaction
from peer_server.access import Principal
from peer_server.retention import Retention
from peer_server.services.files.file_sweep import FileSweep
from peer_server.services.oversight.audit_trail import AuditTrail
from peer_server.services.retention.erasure import Erasure
from peer_server.services.retention.removal import record_deletion
from peer_server.services.retention.report import Kind, Note, SweepReport, Watch
from peer_server.stores import purging, spent
from peer_server.stores import sweeps as rows
from peer_server.stores.conversation_rows import find_conversation
from peer_server.stores.workspace_settings import get_retention, workspace_ids

_log = logging.getLogger(__name__)

PERIOD: Final = timedelta(hours=1)
LEASE: Final = timedelta(minutes=5)
"""After this long without a sign of life another process goes on."""
_RETRY: Final = timedelta(minutes=1)
_STRAY_EVERY: Final = timedelta(days=1)
_AT_ONCE: Final = 50
_ROWS: Final = 500


class SweepTakenOver(Exception):
    """Another process sweeps."""


class Sweeper:
    """Sweeps when `SweepAlarm` or a person says so. What is due is read off the data, so it may die at any time."""

    def __init__(self, store: Store, *, files: FileSweep, trail: AuditTrail, clock: Clock) -> None:
        self._store = store
        self._files = files
        self.erasure = Erasure(store, files=files)
        self._trail = trail
        self._clock = clock
        self._claims: asyncio.Queue[str] = asyncio.Queue()
        self._renewed_at = clock.now()

    def wake(self, claim: str) -> None:
        """This process has claimed the sweep; `run` does it."""
        self._claims.put_nowait(claim)

    async def run(self) -> None:
        """Sweep whenever this process was woken, until cancelled. Survives a database restart."""
        while True:
            claim = await self._claims.get()
            hit("sweep.claimed")
            try:
                report = await self.sweep(claim)
                if report.counts:
                    _log.info("swept: %s", dict(report.counts))
            except SweepTakenOver:
                _log.warning("another process has taken the sweep over")
            except StoreUnavailable:
                _log.warning("the sweep waits: the store is unavailable")
            except Exception:  # noqa: BLE001 - without this loop nothing would ever be swept again
                _log.exception("the sweep failed; trying again soon")
                await self._release(claim)

    async def sweep_now(self, *, watch: Watch | None = None) -> SweepReport | None:
        """Sweep at once, whenever the next one is due; None if somebody is at it already."""
        claim, now = new_id(), self._clock.now()
        if not await self._store.write(rows.claim_sweep, claim, now=now, until=now + LEASE, early=True):
            return None
        try:
            return await self.sweep(claim, watch=watch, whole=True)
        except BaseException:
            await self._release(claim)
            raise

    async def sweep(self, claim: str, *, watch: Watch | None = None, whole: bool = False) -> SweepReport:
        """Do the sweep that was claimed; `whole` looks at every file, not at some.

        Raises `SweepTakenOver`.
        """
        report, self._renewed_at = SweepReport(watch=watch), self._clock.now()
        state = (await self._store.read(rows.get_sweep)).state or {}
        state = await self._all(report, claim=claim, state=dict(state), whole=whole)
        hit("sweep.swept")
        due_at = self._clock.now() + PERIOD
        await self._store.write(rows.end_sweep, claim, due_at=due_at, state=state, report=report.as_json())
        return report

    async def look(self, *, watch: Watch | None = None) -> SweepReport:
        """Count what a sweep would remove now, and change nothing."""
        report = SweepReport(dry_run=True, watch=watch)
        await self._all(report, claim=None, state={}, whole=True)
        return report

    async def _all(
        self, report: SweepReport, *, claim: str | None, state: dict[str, str], whole: bool
    ) -> dict[str, str]:
        """Everything; answers where the slow rounds are now. Without a claim it only counts."""
        now = self._clock.now()
        for workspace_id in await self._store.read(workspace_ids):
            await self._workspace(report, workspace_id, claim=claim, now=now)
        await self._spent(report, "keptAnswers", spent.old_answers(now), claim=claim)
        await self._stuck(report, claim=claim)
        listed_at = datetime.fromisoformat(state["listedAt"]) if "listedAt" in state else None
        if whole or listed_at is None or now - listed_at >= _STRAY_EVERY:
            report.add("strayBytes", await self._files.stray_bytes(dry_run=report.dry_run))
            state["listedAt"] = now.isoformat()
        state["checked"] = await self._missing(report, after=state.get("checked", ""), claim=claim, whole=whole)
        return state

    async def _workspace(self, report: SweepReport, workspace_id: str, *, claim: str | None, now: datetime) -> None:
        kept = await self._store.read(get_retention, workspace_id)
        await self._conversations(report, workspace_id, kept, claim=claim, now=now)
        if kept.run_days is not None:
            await self._runs(report, workspace_id, ended_since=now - timedelta(days=kept.run_days), claim=claim)
        await self._files_of(report, workspace_id, since=now - timedelta(days=kept.unused_file_days), claim=claim)
        for kind, which in _spent_in(workspace_id, kept, now):
            await self._spent(report, kind, which, claim=claim, workspace_id=workspace_id)
        if claim is not None and await self._store.read(rows.has_tally, workspace_id=workspace_id):
            await self._store.write(self._record, workspace_id)

    async def _conversations(
        self, report: SweepReport, workspace_id: str, kept: Retention, *, claim: str | None, now: datetime
    ) -> None:
        unused = None if kept.conversation_days is None else now - timedelta(days=kept.conversation_days)
        deleted = now - timedelta(days=kept.deleted_conversation_days)
        over, after = purging.is_over(unused_since=unused, deleted_since=deleted), ""
        while found := await self._store.read(
            purging.due_conversations, workspace_id, over, after=after, limit=_AT_ONCE
        ):
            for conversation_id in found:
                await self._renew(claim)
                outcome = await self._conversation(conversation_id, over, dry_run=claim is None)
                hit("sweep.marked")
                if outcome is not None:
                    report.add(outcome, 1, workspace_id=workspace_id)
                if outcome == "conversations" and claim is not None:
                    files = await self.erasure.conversation(workspace_id, conversation_id, note=_note_in(workspace_id))
                    report.add("files", files, workspace_id=workspace_id)
            after = found[-1]

    async def _conversation(self, conversation_id: str, over: ColumnElement[bool], *, dry_run: bool) -> Kind | None:
        """Mark one that is due, unless something in it is needed; what it counts as."""
        if dry_run:
            is_held = await self._store.read(purging.is_needed, purging.runs_of(conversation_id))
            return "held" if is_held else "conversations"
        return await self._store.write(self._mark, conversation_id, over)

    def _mark(self, tx: Transaction, conversation_id: str, over: ColumnElement[bool]) -> Kind | None:
        row = find_conversation(tx.conn, conversation_id, lock=True)
        if row is None or not purging.is_still(tx.conn, conversation_id, over):
            return None
        if row.purged_at is not None:
            return "conversations"
        if purging.is_needed(tx.conn, purging.runs_of(conversation_id)):
            return "held"
        purging.mark_purged(tx, conversation_id, now=self._clock.now())
        rows.tally(tx, "conversations", 1, workspace_id=row.workspace_id)
        by = _sweeper(row.workspace_id)
        record_deletion(self._trail, tx, by=by, conversation_id=conversation_id, events=row.last_seq)
        return "conversations"

    async def _runs(self, report: SweepReport, workspace_id: str, *, ended_since: datetime, claim: str | None) -> None:
        after: tuple[datetime, str] | None = None
        while found := await self._store.read(
            purging.due_runs, workspace_id, ended_since=ended_since, after=after, limit=_AT_ONCE
        ):
            for _, run_id in found:
                await self._renew(claim)
                is_held = await self._store.read(purging.is_needed, purging.below(run_id))
                report.add("held" if is_held else "runs", 1, workspace_id=workspace_id)
                if claim is not None and not is_held:
                    files = await self.erasure.run(workspace_id, run_id, note=_note_in(workspace_id))
                    report.add("files", files, workspace_id=workspace_id)
            after = found[-1]

    async def _files_of(self, report: SweepReport, workspace_id: str, *, since: datetime, claim: str | None) -> None:
        after: str | None = ""

        def note(tx: Transaction, count: int) -> None:
            rows.tally(tx, "files", count, workspace_id=workspace_id)

        while after is not None:
            await self._renew(claim)
            found, after = await self._files.unneeded(workspace_id, since=since, after=after)
            count = len(found) if claim is None else await self._files.release(workspace_id, found, note=note)
            report.add("files", count, workspace_id=workspace_id)

    async def _stuck(self, report: SweepReport, *, claim: str | None) -> None:
        after = ""
        while found := await self._files.stuck(after=after):
            await self._renew(claim)
            if claim is not None:
                await self._files.drop(found)
            report.add("uploads", len(found))
            after = found[-1]

    async def _missing(self, report: SweepReport, *, after: str, claim: str | None, whole: bool) -> str:
        """Look for the bytes of some files, or of all; answers behind which one to go on next time."""
        at: str | None = "" if whole else after
        while at is not None:
            await self._renew(claim)
            lost, at = await self._files.missing_bytes(after=at, dry_run=report.dry_run)
            report.add("lostFiles", lost)
            if not whole:
                break
        return at or ""

    async def _spent(
        self,
        report: SweepReport,
        kind: Kind,
        which: ColumnElement[bool],
        *,
        claim: str | None,
        workspace_id: str | None = None,
    ) -> None:
        if claim is None:
            report.add(kind, await self._store.read(spent.count_spent, kind, which), workspace_id=workspace_id)
            return

        def remove(tx: Transaction) -> int:
            removed = spent.remove_spent(tx, kind, which, limit=_ROWS)
            if workspace_id is not None:
                rows.tally(tx, kind, removed, workspace_id=workspace_id)
            return removed

        while count := await self._store.write(remove):
            report.add(kind, count, workspace_id=workspace_id)
            await self._renew(claim)

    async def _renew(self, claim: str | None) -> None:
        """Say that this process is still at it, now and then. Raises `SweepTakenOver`."""
        now = self._clock.now()
        if claim is None or now - self._renewed_at < LEASE / 5:
            return
        if not await self._store.write(rows.renew_sweep, claim, until=now + LEASE):
            raise SweepTakenOver
        self._renewed_at = now

    async def _release(self, claim: str) -> None:
        await self._store.write(rows.release_sweep, claim, due_at=self._clock.now() + _RETRY)

    def _record(self, tx: Transaction, workspace_id: str) -> None:
        """Write down what went, also what a sweep removed that was cut off."""
        removed = dict(rows.take_tally(tx, workspace_id=workspace_id))
        of, words = ("workspace", workspace_id), "removed what is kept no longer"
        by = _sweeper(workspace_id)
        self._trail.record(tx, "workspace.swept", by=by, of=of, description=words, details=removed)


def _spent_in(workspace_id: str, kept: Retention, now: datetime) -> Iterator[tuple[Kind, ColumnElement[bool]]]:
    since = now - timedelta(days=kept.credential_days)
    yield "credentials", spent.spent_credentials(workspace_id, since)
    yield "visitors", spent.gone_visitors(workspace_id, since)
    if kept.delivery_days is not None:
        since = now - timedelta(days=kept.delivery_days)
        yield "deliveries", spent.old_deliveries(workspace_id, since)
        yield "webhooks", spent.old_webhooks(workspace_id, since)


def _note_in(workspace_id: str) -> Note:
    def note(tx: Transaction, kind: Kind, count: int) -> None:
        rows.tally(tx, kind, count, workspace_id=workspace_id)

    return note


def _sweeper(workspace_id: str) -> Principal:
    return Principal("system", "retention", "Retention", workspace_id, frozenset())
