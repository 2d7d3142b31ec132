"""Groups of people, to which flows and Peers are shared. A change counts from everybody's next request on."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from flow_runtime.clock import Clock
from flow_runtime.errors import Conflict
from flow_runtime.ids import new_id
from flow_runtime.store import Store, Transaction
from peer_server.access import Principal, unknown
from peer_server.services.oversight.audit_trail import AuditTrail
from peer_server.stores import groups as rows
from peer_server.stores.groups import GroupRow
from peer_server.stores.people import get_member

Members = list[tuple[str, str, str | None]]
"""Id, name and address of the people in a group."""


class GroupService:
    """Groups of one's workspace; every method answers `NotFound` for those of another."""

    def __init__(self, store: Store, *, clock: Clock, trail: AuditTrail) -> None:
        self._store = store
        self._clock = clock
        self._trail = trail

    async def create(self, principal: Principal, name: str, members: Sequence[str]) -> tuple[GroupRow, Members]:
        """Make a group. Raises `Conflict` ``name_taken``; `NotFound` for people of elsewhere."""

        def make(tx: Transaction) -> tuple[GroupRow, Members]:
            self._require_free(tx.conn, principal, name)
            group = GroupRow(new_id(), principal.workspace_id, name, self._clock.now())
            rows.insert_group(tx, group)
            self._put(tx, principal, group, members)
            of, description = ("group", group.id), f"made the group {name!r}"
            self._trail.record(tx, "group.created", by=principal, of=of, description=description)
            return group, rows.members_of(tx.conn, [group.id])[group.id]

        return await self._store.write(make)

    async def list(self, principal: Principal) -> tuple[list[GroupRow], Mapping[str, Members]]:
        """All groups by name, and who is in them."""

        def read(conn: Connection) -> tuple[list[GroupRow], Mapping[str, Members]]:
            found = rows.list_groups(conn, principal.workspace_id)
            return found, rows.members_of(conn, [group.id for group in found])

        return await self._store.read(read)

    async def get(self, principal: Principal, group_id: str) -> tuple[GroupRow, Members]:
        """One group. Raises `NotFound`."""

        def read(conn: Connection) -> tuple[GroupRow, Members]:
            group = rows.get_group(conn, group_id, workspace_id=principal.workspace_id)
            return group, rows.members_of(conn, [group.id])[group.id]

        return await self._store.read(read)

    async def rename(self, principal: Principal, group_id: str, name: str) -> tuple[GroupRow, Members]:
        """Give a group another name. Raises as `create`."""

        def rename(tx: Transaction) -> tuple[GroupRow, Members]:
            group = rows.get_group(tx.conn, group_id, workspace_id=principal.workspace_id, lock=True)
            self._require_free(tx.conn, principal, name, but=group.id)
            rows.rename_group(tx, group.id, name)
            self._edited(tx, principal, group, f"renamed the group {group.name!r} to {name!r}")
            members = rows.members_of(tx.conn, [group.id])[group.id]
            return rows.get_group(tx.conn, group.id, workspace_id=group.workspace_id), members

        return await self._store.write(rename)

    async def add(self, principal: Principal, group_id: str, user_id: str) -> None:
        """Put somebody into a group. Idempotent. Raises `NotFound`."""

        def add(tx: Transaction) -> None:
            group = rows.get_group(tx.conn, group_id, workspace_id=principal.workspace_id, lock=True)
            self._put(tx, principal, group, [user_id])
            self._edited(tx, principal, group, f"put somebody into the group {group.name!r}", userId=user_id)

        await self._store.write(add)

    async def take_out(self, principal: Principal, group_id: str, user_id: str) -> None:
        """Take somebody out of a group. Raises `NotFound` if they are not in it."""

        def take_out(tx: Transaction) -> None:
            group = rows.get_group(tx.conn, group_id, workspace_id=principal.workspace_id, lock=True)
            if not rows.drop_member(tx, group.id, user_id):
                raise unknown("member", user_id)
            self._edited(tx, principal, group, f"took somebody out of the group {group.name!r}", userId=user_id)

        await self._store.write(take_out)

    async def delete(self, principal: Principal, group_id: str) -> None:
        """Take a group away, with every right that it gave. Raises `NotFound`."""

        def delete(tx: Transaction) -> None:
            group = rows.get_group(tx.conn, group_id, workspace_id=principal.workspace_id, lock=True)
            rows.delete_group(tx, group.id)
            of, description = ("group", group.id), f"removed the group {group.name!r}"
            self._trail.record(tx, "group.deleted", by=principal, of=of, description=description)

        await self._store.write(delete)

    def _put(self, tx: Transaction, principal: Principal, group: GroupRow, members: Sequence[str]) -> None:
        for user_id in members:
            get_member(tx.conn, user_id, workspace_id=principal.workspace_id)
        rows.add_members(tx, group.id, members)

    def _edited(self, tx: Transaction, principal: Principal, group: GroupRow, description: str, **details: str) -> None:
        of = ("group", group.id)
        self._trail.record(tx, "group.edited", by=principal, of=of, description=description, details=details or None)

    def _require_free(self, conn: Connection, principal: Principal, name: str, *, but: str | None = None) -> None:
        if rows.has_group_named(conn, name, workspace_id=principal.workspace_id, but=but):
            raise Conflict("name_taken", f"there is a group called {name!r}", remedy="take another name")
