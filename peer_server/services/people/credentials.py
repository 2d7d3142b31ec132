"""Making credentials: 256 random bits under a prefix that says what they are, and how long each kind lives."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from flow_runtime.ids import new_id
from peer_server.access import Unauthenticated
from peer_server.secrets import Keyring, Secret, new_token
from peer_server.stores.credentials import NewCredential
from peer_server.stores.identity import UserRow

LINK_LIFE: Final = timedelta(hours=24)
SESSION_LIFE: Final = timedelta(days=30)
TICKET_LIFE: Final = timedelta(seconds=60)
INVITATION_LIFE: Final = timedelta(days=7)
_LIVES: Final = {"link": LINK_LIFE, "reset": LINK_LIFE, "session": SESSION_LIFE, "ticket": TICKET_LIFE}
_VISITOR_LIVES: Final = {"session": timedelta(days=7), "ticket": TICKET_LIFE}
_PREFIXES: Final = {"link": "psl", "reset": "psr", "session": "pss", "ticket": "pst", "token": "psk"}


@dataclass(frozen=True, slots=True)
class Issued:
    """A credential in clear: shown or sent once, never stored."""

    token: Secret
    expires_at: datetime | None
    id: str = ""


def make_credential(
    kind: str,
    user: UserRow,
    *,
    keyring: Keyring,
    now: datetime,
    parent_id: str | None = None,
    name: str | None = None,
    expires_at: datetime | None = None,
) -> tuple[Issued, NewCredential]:
    """A new credential of a person, in clear and as it is stored."""
    token = new_token(_PREFIXES[kind])
    life = _LIVES.get(kind)
    until = expires_at if life is None else now + life
    digest = keyring.digest(token.reveal())
    new = NewCredential(new_id(), kind, digest, user.workspace_id, user.id, now, until, parent_id, name)
    return Issued(token, until, new.id), new


def make_visitor_credential(
    kind: str, visitor_id: str, *, workspace_id: str, keyring: Keyring, now: datetime, parent_id: str | None = None
) -> tuple[Issued, NewCredential]:
    """A new session or ticket of a visitor, in clear and as it is stored."""
    token, until = new_token("psv" if kind == "session" else _PREFIXES[kind]), now + _VISITOR_LIVES[kind]
    digest = keyring.digest(token.reveal())
    new = NewCredential(new_id(), kind, digest, workspace_id, None, now, until, parent_id, visitor_id=visitor_id)
    return Issued(token, until, new.id), new


def not_valid(message: str) -> Unauthenticated:
    """The refusal of a credential; the same for unknown, used, expired and ended ones."""
    return Unauthenticated("unauthenticated", message, remedy="sign in again, or send Authorization: Bearer <token>")
