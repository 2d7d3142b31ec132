"""Reports: somebody says that an answer is wrong or harmful; who manages the Peer reads that, and closes it."""

from dataclasses import replace
from typing import Final

from sqlalchemy import Connection

from flow_runtime.clock import Clock
from flow_runtime.errors import Conflict
from flow_runtime.ids import new_id
from flow_runtime.store import Store, Transaction
from flow_runtime.stores.paging import Page
from peer_server.access import Principal
from peer_server.conversation_log import ConversationLog
from peer_server.run_place import actor_of
from peer_server.services.access.reach import reach_peer
from peer_server.services.oversight.audit_trail import AuditTrail
from peer_server.stores import reports as rows
from peer_server.stores.conversation_rows import get_conversation
from peer_server.stores.messages import get_message
from peer_server.stores.reports import ReportRow
from peer_server.wire import MessageReported, ReportReason

_LONGEST_COPY: Final = 20_000
"""Characters of an answer that are kept with the report of it."""


class ReportService:
    """Both ends of a report: the conversation that it comes from, and the Peer that it is about."""

    def __init__(self, store: Store, *, log: ConversationLog, trail: AuditTrail, clock: Clock) -> None:
        self._store = store
        self._log = log
        self._trail = trail
        self._clock = clock

    async def report(
        self,
        principal: Principal,
        conversation_id: str,
        *,
        message_id: str,
        reason: ReportReason,
        comment: str | None = None,
    ) -> ReportRow:
        """Report an answer; once more replaces what was said. Raises `NotFound`, `Conflict` ``not_an_answer``."""

        def report(tx: Transaction) -> ReportRow:
            conversation = get_conversation(tx.conn, conversation_id, principal=principal, lock=True)
            message = get_message(tx.conn, conversation_id, message_id)
            if message.role != "assistant":
                raise Conflict("not_an_answer", "only answers of the Peer can be reported")
            row = ReportRow(
                id=new_id(),
                workspace_id=conversation.workspace_id,
                peer_id=conversation.peer_id,
                conversation_id=conversation_id,
                message_id=message_id,
                reporter_kind=principal.kind,
                reporter_id=principal.id,
                reporter_name=principal.name,
                reason=reason,
                comment=(comment or "").strip() or None,
                text=message.text[:_LONGEST_COPY],
                reported_at=self._clock.now(),
            )
            kept = rows.put_report(tx, row)
            event = MessageReported(message_id=message_id, reason=reason, by=actor_of(principal.subject()))
            self._log.append(tx, conversation_id, [event], touch=False)
            self._trail.record(
                tx,
                "message.reported",
                by=principal,
                of=("peer", kept.peer_id),
                description=f"reported an answer as {reason}",
                details={"reportId": kept.id, "conversationId": conversation_id, "messageId": message_id},
            )
            return kept

        return await self._store.write(report)

    async def list(
        self, principal: Principal, peer_id: str, *, is_open: bool | None, cursor: str | None, limit: int
    ) -> Page[ReportRow]:
        """What was reported about a Peer, newest first. Raises `NotFound`, `Forbidden`, `InvalidDefinition`."""

        def find(conn: Connection) -> Page[ReportRow]:
            peer = reach_peer(conn, principal, peer_id, "peer.reports")
            return rows.list_reports(conn, peer.id, is_open=is_open, cursor=cursor, limit=limit)

        return await self._store.read(find)

    async def close(self, principal: Principal, peer_id: str, report_id: str, *, note: str | None) -> ReportRow:
        """Mark a report as looked after; once more answers what was recorded. Raises `NotFound`, `Forbidden`."""

        def close(tx: Transaction) -> ReportRow:
            reach_peer(tx.conn, principal, peer_id, "peer.reports", lock=True)
            row = rows.get_report(tx.conn, report_id, peer_id=peer_id)
            if row.closed_at is not None:
                return row
            closed = replace(
                row,
                closed_at=self._clock.now(),
                closed_by=principal.id,
                closed_by_name=principal.name,
                note=(note or "").strip() or None,
            )
            rows.close_report(tx, closed)
            of, details = ("peer", peer_id), {"reportId": report_id}
            description = "closed a report of an answer"
            self._trail.record(tx, "report.closed", by=principal, of=of, description=description, details=details)
            return closed

        return await self._store.write(close)
