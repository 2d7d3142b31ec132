"""`peer-server rotate-keys`: every workspace's data key under a new key, while servers go on.

A running server that meets a data key under a key it does not know reads the key file again. So the new key is written
there first; only then are the data keys wrapped again, each as it was found, or not at all.
"""

from pathlib import Path

import typer

from flow_runtime.clock import SystemClock
from flow_runtime.store import Transaction
from peer_server.access import Principal
from peer_server.app import open_keyring
from peer_server.cli.beside import write_beside
from peer_server.cli.start import plain_errors
from peer_server.secrets import KeyFile, Keyring, WrappedKey
from peer_server.services.oversight.audit_trail import AuditTrail
from peer_server.settings import load_settings
from peer_server.stores.identity import replace_data_key, wrapped_keys


def rotate(*, data_dir: Path | None, prune: bool) -> None:
    """Rotate, and say what was done. Ends the program with a clear sentence if that cannot be."""
    with plain_errors():
        settings = load_settings(data_dir=data_dir)
        if settings.secret_key is not None:
            rewrapped = write_beside(settings, lambda tx: rewrap(tx, open_keyring(settings)))
            typer.echo(f"{rewrapped} data key(s) are now under the first key of PEER_SERVER_SECRET_KEY.")
            typer.echo("Keep the last one there; those between are not needed any more.")
            return
        with KeyFile(settings.data_dir).locked() as file:
            keyring = file.add()
            rewrapped = write_beside(settings, lambda tx: rewrap(tx, keyring))
            typer.echo(f"{rewrapped} data key(s) are now under the new key {keyring.current}.")
            if prune:
                typer.echo(f"{file.prune()} old key(s) were removed from {file.path}.")


def rewrap(tx: Transaction, keyring: Keyring) -> int:
    """Wrap every data key that is under another key by the current one; how many these were."""
    trail = AuditTrail(keyring=keyring, clock=SystemClock())
    count = 0
    for workspace_id, kek_id, data in wrapped_keys(tx.conn):
        if kek_id == keyring.current:
            continue
        fresh = keyring.wrap(keyring.unwrap(WrappedKey(kek_id, data), workspace_id), workspace_id)
        replace_data_key(tx, workspace_id, before=kek_id, kek_id=fresh.kek_id, wrapped_key=fresh.data)
        operator = Principal("system", "operator", "Operator", workspace_id, frozenset(), door="cli")
        of, words = ("workspace", workspace_id), f"wrapped the data key under the key {fresh.kek_id}"
        trail.record(tx, "workspace.keys_rotated", by=operator, of=of, description=words)
        count += 1
    return count
