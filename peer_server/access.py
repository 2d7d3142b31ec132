"""Who acts, and what they may do: the principal, every permission there is, and who holds which."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from flow_runtime.errors import FlowError, NotFound

PrincipalKind = Literal["user", "visitor", "key", "system"]

PUBLIC: Final = "public"
"""The permission of routes that anybody may call: health, sign-in, the page itself."""

PERMISSIONS: Final[Mapping[str, str]] = {
    PUBLIC: "Anybody, signed in or not.",
    "me": "Read one's own profile, sign out, get a socket ticket.",
    "flow.read": "See flows, their versions, checks and step types.",
    "flow.edit": "Create, change, clone and delete drafts of flows; set their variables.",
    "flow.publish": "Publish and deploy versions of flows.",
    "flow.run": "Run flows and upload files for them.",
    "run.read": "See runs: status, inputs, outputs, steps, usage.",
    "peer.read": "See Peers.",
    "peer.edit": "Create, change, publish and delete Peers; preview their drafts.",
    "conversation.read": "See one's conversations and subscribe to them.",
    "conversation.write": "Start conversations, send messages, run actions, edit, withdraw, stop.",
    "interrupt.read": "See what is asked of people.",
    "interrupt.answer": "Answer approvals, forms and client tools, save drafts, withdraw requests.",
    "widget.read": "See widgets.",
    "widget.edit": "Make and change widgets.",
}
"""Every permission, with the sentence that the documentation prints."""

OWNER_PERMISSIONS: Final = frozenset(PERMISSIONS)


class Unauthenticated(FlowError):
    """Nobody is signed in, or the credential is wrong or over; the answer never says which."""


class Forbidden(FlowError):
    """The principal is known but may not do this."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Whoever acts, as the server found out; nothing in it ever comes from a request body.

    ``credential_id`` names the session or token that was used, so that it can be re-checked and ended.
    """

    kind: PrincipalKind
    id: str
    name: str
    workspace_id: str
    permissions: frozenset[str]
    credential_id: str | None = None
    locale: str | None = None

    def may(self, permission: str) -> bool:
        """Whether this principal holds the permission."""
        return permission in self.permissions or permission == PUBLIC

    def require(self, permission: str) -> None:
        """Raises `Forbidden` unless this principal holds the permission."""
        if not self.may(permission):
            raise Forbidden("forbidden", f"this needs the right {permission!r}", details={"permission": permission})

    def subject(self) -> dict[str, str]:
        """Who this is, as journals and audit records keep it."""
        return {"kind": self.kind, "id": self.id, "name": self.name}


def unknown(what: str, identifier: str) -> NotFound:
    """The one answer for things that do not exist and for things of another workspace."""
    return NotFound("not_found", f"there is no {what} {identifier!r}")
