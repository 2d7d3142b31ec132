"""The audience that a version recorded: offered when it is restored, given again only when asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from flow_runtime.errors import Conflict, Json
from flow_runtime.store import Transaction
from peer_server.access import ROLES, Forbidden, Principal
from peer_server.services.reach import reach_flow, role_on_flow
from peer_server.stores.audience import audience_of, recorded_grants
from peer_server.stores.flows import FlowRow
from peer_server.stores.grants import drop_all_grants, grants_on, put_grants


@dataclass(frozen=True, slots=True)
class Offer:
    """Who could reach the flow when the version was published, and who can now."""

    recorded: Mapping[str, Json] | None
    current: Mapping[str, Json]

    @property
    def differs(self) -> bool:
        """Whether bringing the recorded audience back would change anything."""
        return self.recorded is not None and _shares(self.recorded) != _shares(self.current)


def offer(conn: Connection, flow: FlowRow, recorded: Mapping[str, Json] | None) -> Offer:
    """What restoring the audience would change."""
    return Offer(recorded, audience_of(conn, "flow", flow.id, owner_id=flow.owner_id))


def give_again(
    tx: Transaction, flow: FlowRow, recorded: Mapping[str, Json] | None, *, principal: Principal, now: datetime
) -> None:
    """Put the recorded grants in place of those of now; people and groups that are gone stay out.

    Raises `Conflict` ``no_audience``; `Forbidden` if the principal may not share, or would give or take a role above
    its own.
    """
    principal.require("flow.share")
    reach_flow(tx.conn, principal, flow.id, "flow.share")
    if recorded is None:
        raise Conflict("no_audience", "that version recorded no audience", remedy="restore it without its audience")
    wanted = recorded_grants(
        tx.conn,
        recorded,
        kind="flow",
        object_id=flow.id,
        workspace_id=flow.workspace_id,
        by=principal.id,
        now=now,
    )
    before = {(one.subject_kind, one.subject_id): one.role for one in grants_on(tx.conn, "flow", flow.id)}
    after = {(one.subject_kind, one.subject_id): one.role for one in wanted}
    own = role_on_flow(tx.conn, principal, flow) or "viewer"
    if any(ROLES.index(role) > ROLES.index(own) for _subject, role in before.items() ^ after.items()):
        raise Forbidden("forbidden", f"as {own!r} you may not give or take a role above your own")
    drop_all_grants(tx, "flow", flow.id)
    put_grants(tx, wanted)


def _shares(audience: Mapping[str, Json]) -> set[tuple[str, str, str]]:
    return {(one["subjectKind"], one["subjectId"], one["role"]) for one in audience["grants"]}
