"""The one access function: a flow, Peer or run that somebody may do something with, or the refusal.

What one may not even see is answered as if it did not exist (`NotFound`); what one sees but may not do is `Forbidden`.
"""

from sqlalchemy import Connection

from flow_runtime.run import Run
from flow_runtime.stores.runs import get_run
from peer_server.access import Forbidden, Principal, Role, forbidden, suffices, unknown
from peer_server.stores.flows import FlowRow, get_flow, owner_of_flow
from peer_server.stores.grants import role_of
from peer_server.stores.peers import PeerRow, get_peer


def reach_flow(conn: Connection, principal: Principal, flow_id: str, permission: str, *, lock: bool = False) -> FlowRow:
    """The flow, if this principal may do that with it. With `lock`, nobody else changes it until the commit.

    Raises `NotFound`, `Forbidden`.
    """
    _require_own_key(principal, flow_id)
    flow = get_flow(conn, flow_id, workspace_id=principal.workspace_id, lock=lock)
    _admit(role_on_flow(conn, principal, flow), permission, what="flow", identifier=flow_id)
    return flow


def role_on_flow(conn: Connection, principal: Principal, flow: FlowRow) -> Role | None:
    """What this principal is to the flow."""
    return role_of(conn, principal, kind="flow", object_id=flow.id, owner_id=flow.owner_id)


def reach_peer(conn: Connection, principal: Principal, peer_id: str, permission: str, *, lock: bool = False) -> PeerRow:
    """The Peer, if this principal may do that with it. Raises `NotFound`, `Forbidden`."""
    peer = get_peer(conn, peer_id, workspace_id=principal.workspace_id, lock=lock)
    role = role_of(conn, principal, kind="peer", object_id=peer.id, owner_id=peer.owner_id)
    _admit(role, permission, what="Peer", identifier=peer_id)
    return peer


def reach_run(conn: Connection, principal: Principal, run_id: str, permission: str) -> Run:
    """The run of a flow, if this principal may do that with it; ``run.follow`` also for whoever started it.

    A key reaches only what it started, a resume secret only its run. Raises `NotFound`, `Forbidden`.
    """
    run = get_run(conn, run_id, workspace_id=principal.workspace_id)
    is_foreign = (principal.kind == "key" and run.started_by != principal.id) or principal.run_id not in (None, run.id)
    if run.kind != "flow" or is_foreign:
        raise unknown("run", run_id)
    if run.started_by == principal.id and (principal.kind == "key" or permission == "run.follow"):
        return run
    _admit(role_on_runs_of(conn, principal, run.flow_id), permission, what="run", identifier=run_id)
    return run


def role_on_runs_of(conn: Connection, principal: Principal, flow_id: str | None) -> Role | None:
    """What this principal is to a flow that may have been deleted meanwhile."""
    if flow_id is None:
        return "admin" if principal.role == "owner" or principal.kind == "system" else None
    owner_id = owner_of_flow(conn, flow_id, workspace_id=principal.workspace_id)
    return role_of(conn, principal, kind="flow", object_id=flow_id, owner_id=owner_id)


def _require_own_key(principal: Principal, flow_id: str) -> None:
    """A key of one flow is refused for every other id alike, before anything is looked up: it finds out nothing."""
    if principal.kind == "key" and principal.flow_id not in (None, flow_id):
        raise Forbidden(
            "wrong_key",
            "this API key is for another flow",
            remedy="use a key of this flow, or one of the workspace",
        )


def _admit(role: Role | None, permission: str, *, what: str, identifier: str) -> None:
    if role is None:
        raise unknown(what, identifier)
    if not suffices(role, permission):
        raise forbidden(permission, role=role)
