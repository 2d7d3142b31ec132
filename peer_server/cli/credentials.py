"""Issues credentials straight into the database, beside a server that is running: one row, in one short transaction."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from flow_runtime.store import Transaction
from peer_server.app import open_keyring
from peer_server.cli.beside import write_beside
from peer_server.cli.start import plain_errors
from peer_server.services.people.credentials import Issued
from peer_server.services.people.sign_in import create_owner, issue_to_owner
from peer_server.settings import Settings, load_settings


def issue(kind: str, *, data_dir: Path | None, life: timedelta | None = None) -> tuple[Settings, Issued]:
    """A new link or token for the owner; a token lives that long, or until it is ended.

    Ends the program with a clear sentence if there is no database yet.
    """
    with plain_errors():
        settings = load_settings(data_dir=data_dir)
        keyring = open_keyring(settings)

        def make(tx: Transaction) -> Issued:
            now = datetime.now(UTC)
            create_owner(tx, name=settings.owner_name, keyring=keyring, now=now)
            expires_at = None if life is None else now + life
            return issue_to_owner(tx, kind=kind, keyring=keyring, now=now, expires_at=expires_at)

        return settings, write_beside(settings, make)
