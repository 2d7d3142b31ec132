"""Authorization profiles as rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import Connection, Row, delete, insert, or_, select

from flow_runtime.errors import Json
from flow_runtime.store import Transaction
from peer_server.access import unknown
from peer_server.stores.auth_profile_tables import auth_profiles
from peer_server.stores.statements import set_columns

ProfileStatus = Literal["untested", "ok", "failing"]
FlowsAllowed = Literal["all"] | Sequence[str]


@dataclass(frozen=True, slots=True)
class AuthProfileRow:
    """A profile as stored."""

    id: str
    workspace_id: str
    name: str
    description: str
    scheme: Mapping[str, Json]
    ciphertext: bytes
    rev: int
    hosts: Sequence[str]
    flows: FlowsAllowed
    test_url: str
    status: ProfileStatus
    error: Mapping[str, Json] | None
    checked_at: datetime | None
    created_by: str
    created_at: datetime
    updated_at: datetime

    def may_be_used_by(self, flow_id: str | None) -> bool:
        """Whether that flow was allowed to use it."""
        return self.flows == "all" or flow_id in self.flows


_COLUMNS: Final = [auth_profiles.c[name] for name in AuthProfileRow.__slots__]


def insert_profile(tx: Transaction, row: AuthProfileRow) -> None:
    """Store a new profile."""
    tx.conn.execute(insert(auth_profiles).values({name: getattr(row, name) for name in AuthProfileRow.__slots__}))


def change_profile(tx: Transaction, profile_id: str, **values: Json) -> None:
    """Set these columns."""
    set_columns(tx, auth_profiles, row_id=profile_id, values=values)


def delete_profile(tx: Transaction, profile_id: str) -> None:
    """Remove a profile."""
    tx.conn.execute(delete(auth_profiles).where(auth_profiles.c.id == profile_id))


def get_profile(conn: Connection, profile_id: str, *, workspace_id: str, lock: bool = False) -> AuthProfileRow:
    """A profile. Raises `NotFound`."""
    query = select(*_COLUMNS).where(auth_profiles.c.id == profile_id, auth_profiles.c.workspace_id == workspace_id)
    found = conn.execute(query.with_for_update() if lock else query).first()
    if found is None:
        raise unknown("credential", profile_id)
    return _row(found)


def find_profile(conn: Connection, name: str, *, workspace_id: str) -> AuthProfileRow | None:
    """The profile of that id, else the one of that name."""
    is_it = or_(auth_profiles.c.id == name, auth_profiles.c.name == name)
    query = select(*_COLUMNS).where(auth_profiles.c.workspace_id == workspace_id, is_it)
    found = sorted((_row(row) for row in conn.execute(query)), key=lambda row: row.id != name)
    return found[0] if found else None


def list_profiles(conn: Connection, *, workspace_id: str) -> list[AuthProfileRow]:
    """All profiles of a workspace, by name."""
    query = select(*_COLUMNS).where(auth_profiles.c.workspace_id == workspace_id).order_by(auth_profiles.c.name)
    return [_row(found) for found in conn.execute(query)]


def _row(found: Row[Any]) -> AuthProfileRow:
    return AuthProfileRow(*found[: len(_COLUMNS)])
