"""Share links: whoever holds the token sees the fields of a flow and runs it, and nothing else of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from flow_runtime.clock import Clock
from flow_runtime.errors import Conflict, NotFound
from flow_runtime.ids import new_id
from flow_runtime.store import Store, Transaction
from peer_server.access import VISITOR_PERMISSIONS, Principal
from peer_server.budget import Subject
from peer_server.peer import FlowVersion, ResolvedFlow
from peer_server.run_place import steps_of
from peer_server.secrets import Keyring, Secret, new_token
from peer_server.services.access.reach import reach_flow
from peer_server.services.flows.directory import Directory
from peer_server.services.oversight.audit_trail import AuditTrail
from peer_server.services.programs.api_keys import require_future
from peer_server.services.runs.runs import STARTER
from peer_server.stores import share_links as rows
from peer_server.stores.budgets import forget_budgets_of
from peer_server.stores.flows import get_version
from peer_server.stores.share_links import ShareLinkRow

PREFIX: Final = "psh"
_SHOWN_END: Final = 4
_ASKING: Final = frozenset({"user-approval", "show-form", "client-tool"})
_VISIT_NOTED_EVERY: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Visit:
    """A valid link, the version that it runs, and the principal who came by it."""

    link: ShareLinkRow
    flow: ResolvedFlow
    visitor: Principal


class ShareLinkService:
    """Links of flows. Only an HMAC of the token is stored."""

    def __init__(
        self, store: Store, *, keyring: Keyring, directory: Directory, trail: AuditTrail, clock: Clock
    ) -> None:
        self._store = store
        self._keyring = keyring
        self._directory = directory
        self._trail = trail
        self._clock = clock

    async def create(
        self,
        principal: Principal,
        flow_id: str,
        *,
        name: str,
        version: int | None,
        expires_at: datetime | None,
        runs_per_minute: int,
    ) -> tuple[ShareLinkRow, Secret]:
        """Make a link to a published version, or without one to whatever is deployed; the token is told this once.

        Raises `NotFound` (also for an unknown version), `Forbidden`, `InvalidDefinition`.
        """
        now = self._clock.now()
        require_future(expires_at, now=now)
        token = new_token(PREFIX)
        shown = token.reveal()
        row = ShareLinkRow(
            id=new_id(),
            workspace_id=principal.workspace_id,
            flow_id=flow_id,
            name=name,
            last_characters=shown[-_SHOWN_END:],
            version=version,
            runs_per_minute=runs_per_minute,
            created_by=principal.id,
            created_at=now,
            expires_at=expires_at,
            last_used_at=None,
        )

        def store(tx: Transaction) -> ShareLinkRow:
            flow = reach_flow(tx.conn, principal, flow_id, "flow.share")
            if version is not None:
                get_version(tx.conn, flow.id, version, workspace_id=flow.workspace_id)
            self._record(tx, row, "flow.link_created", by=principal, description=f"made the share link {name!r}")
            return rows.insert_link(tx, row, digest=self._keyring.digest(shown))

        return await self._store.write(store), token

    async def all(self, principal: Principal, flow_id: str) -> Sequence[ShareLinkRow]:
        """The links of a flow, newest first; never their tokens. Raises `NotFound`, `Forbidden`."""

        def find(conn: Connection) -> Sequence[ShareLinkRow]:
            return rows.list_links(conn, reach_flow(conn, principal, flow_id, "flow.share").id)

        return await self._store.read(find)

    async def delete(self, principal: Principal, flow_id: str, link_id: str) -> None:
        """Withdraw a link, at once, with the resume secrets of its runs. Raises `NotFound`, `Forbidden`."""

        def remove(tx: Transaction) -> None:
            flow = reach_flow(tx.conn, principal, flow_id, "flow.share")
            row = rows.delete_link(tx, link_id, flow_id=flow.id)
            forget_budgets_of(tx, Subject("link", row.id))
            self._record(
                tx, row, "flow.link_deleted", by=principal, description=f"withdrew the share link {row.name!r}"
            )

        await self._store.write(remove)

    async def open(self, token: Secret) -> Visit:
        """What the holder of a token reaches.

        Raises `NotFound`, the very same for unknown, withdrawn and expired tokens and for flows that are gone;
        `Conflict` ``not_published`` while there is nothing to run.
        """
        digest = self._keyring.digest(token.reveal())
        now = self._clock.now()

        def find(conn: Connection) -> Visit | None:
            link = rows.find_link(conn, digest, now=now)
            return None if link is None else self._visit(conn, link)

        try:
            visit = await self._store.read(find)
        except NotFound:
            visit = None
        if visit is None:
            raise NotFound("not_found", "there is no such share link", remedy="ask for a new link")
        last = visit.link.last_used_at
        if last is None or last < now - _VISIT_NOTED_EVERY:
            await self._store.write(rows.note_visit, visit.link.id, now=now)
        return visit

    async def closed_steps(self, link: ShareLinkRow) -> list[str]:
        """The steps of what a link runs now that ask somebody else than its visitors."""

        def find(conn: Connection) -> list[str]:
            try:
                definition = self._visit(conn, link).flow.definition
            except (NotFound, Conflict):
                return []
            steps = steps_of(definition.model_dump(mode="json", by_alias=True))
            return [
                step.id
                for step in steps.values()
                if step.type in _ASKING and STARTER not in (step.config.get("approvers") or ())
            ]

        return await self._store.read(find)

    def _visit(self, conn: Connection, link: ShareLinkRow) -> Visit:
        version: FlowVersion = "deployed" if link.version is None else link.version
        flow = self._directory.resolve(conn, workspace_id=link.workspace_id, flow_id=link.flow_id, version=version)
        visitor = Principal("visitor", link.id, link.name, link.workspace_id, VISITOR_PERMISSIONS, door="share")
        return Visit(link, flow, visitor)

    def _record(self, tx: Transaction, row: ShareLinkRow, event: str, *, by: Principal, description: str) -> None:
        details: Mapping[str, object] = {"version": row.version, "runsPerMinute": row.runs_per_minute}
        self._trail.record(
            tx,
            event,
            by=by,
            of=("share_link", row.id),
            flow_id=row.flow_id,
            description=description,
            details=dict(details),
        )
