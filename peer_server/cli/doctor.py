"""`peer-server doctor`: look at everything that a start depends on, and say what to do about what is wrong."""

import asyncio
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import typer
from sqlalchemy import Connection

from flow_runtime.errors import FlowError
from flow_runtime.stores.migrate import current_version
from peer_server.app import VERSION_TABLE, build_models, build_store, is_embedded, open_keyring
from peer_server.cli.start import plain_errors
from peer_server.routes.pages import STATIC
from peer_server.settings import Settings, load_settings

Finding = tuple[bool, str]
"""Whether it is well, and what was looked at."""


def examine(*, data_dir: Path | None) -> bool:
    """Print every finding; whether all is well."""
    with plain_errors():
        settings = load_settings(data_dir=data_dir)
        findings = [*_local(settings), *asyncio.run(_database(settings))]
    for is_well, text in findings:
        typer.echo(f"{'ok  ' if is_well else 'BAD '} {text}")
    return all(is_well for is_well, _text in findings)


def _local(settings: Settings) -> Iterator[Finding]:
    yield sys.version_info >= (3, 11), f"Python {sys.version.split()[0]}"
    yield _data_dir(settings)
    model = build_models(settings).resolve("default")
    yield True, f"the model 'default' is {model.full_name}" + (" (scripted, no AI)" if model.is_scripted else "")
    is_built = (STATIC / "index.html").is_file()
    yield is_built, "the chat UI is built" if is_built else "the chat UI is not built: run `make setup`"
    yield _port(settings)


def _data_dir(settings: Settings) -> Finding:
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        open_keyring(settings)
    except (OSError, ValueError) as error:
        return False, f"the data directory {settings.data_dir}: {error}"
    key = settings.data_dir / "secret.key"
    if key.exists() and key.stat().st_mode & 0o077:
        return False, f"{key} can be read by others: chmod 600 {key}"
    return True, f"the data directory {settings.data_dir}"


def _port(settings: Settings) -> Finding:
    try:
        socket.create_server((settings.host, settings.port)).close()
    except OSError:
        return True, f"port {settings.port} is in use (by this server, if it runs)"
    return True, f"port {settings.port} is free"


async def _database(settings: Settings) -> list[Finding]:
    kind = "SQLite" if is_embedded(settings) else "PostgreSQL"
    try:
        store = build_store(settings)
        await store.open()
    except (FlowError, ValueError) as error:
        text = error.message if isinstance(error, FlowError) else str(error)
        return [(False, f"{kind}: {text}")]
    try:
        version = await store.read(_version)
    finally:
        await store.close()
    return [(True, f"{kind} answers; schema {version or 'is made by the first start'}")]


def _version(conn: Connection) -> str | None:
    return current_version(conn, VERSION_TABLE)
