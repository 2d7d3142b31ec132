"""Who acts, and what they may do: principals, roles, and every permission there is. Pure: data and small questions.

A permission is asked for twice. At the door (`Principal.require`) it says whether somebody like this may do it at all;
at the thing itself (`services.reach`) the principal's role on that flow or Peer decides. Both read this one registry,
as do the documentation and the generated matrix of routes and roles.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

from flow_runtime.errors import FlowError, NotFound

PrincipalKind = Literal["user", "visitor", "key", "system"]
WorkspaceRole = Literal["member", "admin", "owner"]
"""What a person is in the workspace, from less to more. The owner has every right on everything in it."""
Role = Literal["viewer", "runner", "editor", "manager", "admin"]
"""What somebody is to one flow or one Peer, from less to more. Whoever made it is its admin."""
Switch = Literal["share", "publish", "schedule"]
"""What a workspace may take from a member, whatever their role on a flow or Peer."""
Place = Literal["anywhere", "workspace", "flow", "peer"]

WORKSPACE_ROLES: Final[tuple[WorkspaceRole, ...]] = get_args(WorkspaceRole)
ROLES: Final[tuple[Role, ...]] = get_args(Role)
SWITCHES: Final[frozenset[Switch]] = frozenset(get_args(Switch))

PUBLIC: Final = "public"
"""The permission of routes that anybody may call: health, sign-in, the page itself."""


@dataclass(frozen=True, slots=True)
class Permission:
    """One thing that somebody may do.

    `sentence` is what the documentation prints. `at` says whose role decides: nobody's (`anywhere`: being signed in is
    enough), the one in the workspace, or the one on the flow or Peer at hand; `role` is the least that it takes there.
    `switch` is needed besides. `scope` names what an API key must be allowed to for it; without one no key has it.
    """

    sentence: str
    at: Place = "anywhere"
    role: WorkspaceRole | Role | None = None
    switch: Switch | None = None
    scope: str | None = None


PERMISSIONS: Final[Mapping[str, Permission]] = {
    PUBLIC: Permission("Anybody, signed in or not."),
    "me": Permission("Read one's own profile, sign out, get a socket ticket."),
    "me.edit": Permission("Change one's name and password, end sessions, make personal tokens."),
    # The workspace
    "people.read": Permission("See who is in the workspace, and its groups.", "workspace", "member"),
    "people.manage": Permission("Invite, change and remove people and groups.", "workspace", "admin"),
    "workspace.read": Permission("See what the workspace is called and how it is set.", "workspace", "member"),
    "workspace.edit": Permission("Change the workspace and its variables.", "workspace", "admin"),
    "workspace.audit": Permission("Read and verify the audit log of the workspace.", "workspace", "admin"),
    "workspace.key": Permission("Make and withdraw API keys for every flow.", "workspace", "admin"),
    "workspace.budget": Permission("Limit what the workspace and its people spend on models.", "workspace", "admin"),
    "connection.read": Permission("See connections to models, tools and services.", "workspace", "member"),
    "connection.manage": Permission("Make, change, test and remove connections.", "workspace", "admin"),
    "data.read": Permission("See and search data sources, and read their documents.", "workspace", "member"),
    "data.manage": Permission("Make, fill, change and remove data sources.", "workspace", "admin"),
    "widget.read": Permission("See widgets.", "workspace", "member"),
    # Flows
    "flow.create": Permission("Make flows, from nothing, by import or as copies.", "workspace", "member"),
    "flow.read": Permission("See a flow, its versions, checks and step types.", "flow", "viewer"),
    "flow.run": Permission("Run a flow.", "flow", "runner", scope="run"),
    "flow.edit": Permission("Change a draft, its variables and settings.", "flow", "editor"),
    "flow.export": Permission("Take a flow out as a file.", "flow", "editor"),
    "flow.publish": Permission("Publish and deploy versions.", "flow", "editor", switch="publish"),
    "flow.schedule": Permission("Run a flow by the clock.", "flow", "editor", switch="schedule"),
    "flow.replace": Permission("Import a package over a flow.", "flow", "manager"),
    "flow.share": Permission("Share a flow with people, groups, links.", "flow", "manager", switch="share"),
    "flow.key": Permission("Make and withdraw API keys of a flow.", "flow", "manager"),
    "flow.audit": Permission("Read what was done with a flow.", "flow", "manager"),
    "flow.delete": Permission("Delete a flow, or hand it to another owner.", "flow", "admin"),
    "run.read": Permission("See runs whole: inputs, steps, context, usage.", "flow", "viewer", scope="read"),
    "run.follow": Permission(
        "See how a run stands and what it gave; whoever started it may.", "flow", "viewer", scope="run"
    ),
    # Peers
    "peer.create": Permission("Make Peers.", "workspace", "member"),
    "peer.read": Permission("See that a Peer is there, and its card.", "peer", "viewer"),
    "peer.chat": Permission("Talk to a Peer.", "peer", "runner"),
    "peer.edit": Permission("See and change a Peer's draft, and preview it.", "peer", "editor"),
    "peer.publish": Permission("Publish a Peer.", "peer", "editor", switch="publish"),
    "peer.reports": Permission("Read and close what people reported about a Peer's answers.", "peer", "manager"),
    "peer.share": Permission("Share a Peer with people, groups, links.", "peer", "manager", switch="share"),
    "peer.budget": Permission("Limit what is spent on models in talks with a Peer.", "peer", "admin"),
    "peer.delete": Permission("Delete a Peer, or hand it to another owner.", "peer", "admin"),
    # Spending
    "budget.read": Permission("See one's own budgets, and those of what one may limit."),
    "budget.edit": Permission("Set budgets, of what one may limit."),
    # Files
    "file.upload": Permission("Upload files for messages, inputs and forms, and delete them again.", scope="run"),
    "file.read": Permission(
        "Read files that one uploaded, or that a conversation or run of one's own holds.", scope="run"
    ),
    # Talking and answering
    "conversation.read": Permission("See one's conversations and subscribe to them."),
    "conversation.write": Permission("Start conversations, send messages, run actions, edit, withdraw, stop, judge."),
    "interrupt.read": Permission("See what is asked of people.", scope="answer"),
    "interrupt.answer": Permission(
        "Answer approvals, forms and client tools, save drafts, withdraw requests.", scope="answer"
    ),
}
"""Every permission. A route or command that names none, or an unknown one, keeps the application from starting."""
KEY_SCOPES: Final = frozenset(permission.scope for permission in PERMISSIONS.values() if permission.scope is not None)
"""What API keys can be allowed to: ``run`` flows, ``read`` the runs whole, ``answer`` what they ask."""


class Unauthenticated(FlowError):
    """Nobody is signed in, or the credential is wrong or over; the answer never says which."""


class Forbidden(FlowError):
    """The principal is known but may not do this."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Whoever acts, as the server found out; nothing in it ever comes from a request body.

    `permissions` are those it holds at the door. `role` is a person's in the workspace, `email` their address.
    `flow_id` is the only flow that a key reaches, `run_id` the only run that a resume secret opens, `peer_id` the only
    Peer of a visitor. ``credential_id`` names the session or token that was used, so that it can be re-checked and
    ended. `address` and `door` say from where and by which way a request came; they decide nothing, audit records keep
    them.
    """

    kind: PrincipalKind
    id: str
    name: str
    workspace_id: str
    permissions: frozenset[str]
    credential_id: str | None = None
    locale: str | None = None
    role: WorkspaceRole | None = None
    flow_id: str | None = None
    run_id: str | None = None
    address: str | None = None
    door: str = "server"
    email: str | None = None
    peer_id: str | None = None

    def may(self, permission: str) -> bool:
        """Whether this principal holds the permission at the door."""
        return permission in self.permissions or permission == PUBLIC

    def require(self, permission: str) -> None:
        """Raises `Forbidden` unless this principal holds the permission at the door."""
        if not self.may(permission):
            raise forbidden(permission)

    def subject(self) -> dict[str, str]:
        """Who this is, as journals and audit records keep it."""
        return {"kind": self.kind, "id": self.id, "name": self.name}


def permissions_of(role: WorkspaceRole, switches: Collection[Switch] = SWITCHES) -> frozenset[str]:
    """What a person of this role holds at the door, given the switches that the workspace left them."""
    return frozenset(
        name
        for name, permission in PERMISSIONS.items()
        if (permission.switch is None or role != "member" or permission.switch in switches)
        and (permission.at != "workspace" or WORKSPACE_ROLES.index(role) >= _rank(permission.role, WORKSPACE_ROLES))
    )


PEER_VISITOR_PERMISSIONS: Final = frozenset(
    {
        "me",
        "peer.read",
        "peer.chat",
        "conversation.read",
        "conversation.write",
        "interrupt.read",
        "interrupt.answer",
        "file.upload",
        "file.read",
    }
)
"""What somebody holds who came by the public link of a Peer, towards that Peer alone."""
VISITOR_PERMISSIONS: Final = frozenset({"run.follow", "interrupt.answer", "file.read"})
"""What the resume secret of a run opens, for that run alone."""


def permissions_of_key(scopes: Collection[str]) -> frozenset[str]:
    """What an API key with these scopes holds."""
    return frozenset(name for name, permission in PERMISSIONS.items() if permission.scope in scopes)


def suffices(role: Role | None, permission: str) -> bool:
    """Whether that role on a flow or Peer is enough for a permission that is decided there."""
    return role is not None and ROLES.index(role) >= _rank(PERMISSIONS[permission].role, ROLES)


def highest(roles: Collection[Role]) -> Role | None:
    """The role that gives most; None of none."""
    return max(roles, key=ROLES.index, default=None)


def unknown(what: str, identifier: str) -> NotFound:
    """The one answer for things that do not exist, for things of another workspace, and for what one may not see."""
    return NotFound("not_found", f"there is no {what} {identifier!r}")


def forbidden(permission: str, *, role: Role | None = None) -> Forbidden:
    """The refusal of what one can see but may not do; it says which right is missing."""
    found = PERMISSIONS[permission]
    needed = f"the role {found.role!r}" if found.at in ("flow", "peer") and role else f"the right {permission!r}"
    return Forbidden(
        "forbidden",
        f"this needs {needed}" + (f"; yours is {role!r}" if role else ""),
        remedy="ask somebody who manages it, or an admin of the workspace",
        details={"permission": permission, "role": role} if role else {"permission": permission},
    )


def _rank(role: str | None, order: tuple[str, ...]) -> int:
    return 0 if role is None else order.index(role)
