"""Issues credentials straight into the database, beside a server that is running: one row, in one short transaction."""

from datetime import UTC, datetime
from pathlib import Path

from flow_runtime.store import Transaction
from peer_server.app import open_keyring
from peer_server.cli.beside import write_beside
from peer_server.cli.start import plain_errors
from peer_server.services.credentials import Issued
from peer_server.services.sign_in import create_owner, issue_to_owner
from peer_server.settings import Settings, load_settings


def issue(kind: str, *, data_dir: Path | None) -> tuple[Settings, Issued]:
    """A new link or token for the owner. Ends the program with a clear sentence if there is no database yet."""
    with plain_errors():
        settings = load_settings(data_dir=data_dir)
        keyring = open_keyring(settings)

        def make(tx: Transaction) -> Issued:
            now = datetime.now(UTC)
            create_owner(tx, name=settings.owner_name, keyring=keyring, now=now)
            return issue_to_owner(tx, kind=kind, keyring=keyring, now=now)

        return settings, write_beside(settings, make)
