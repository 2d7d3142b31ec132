"""Starting from the command line: wrong settings and taken ports become one clear sentence, not a traceback."""

import asyncio
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from pydantic import ValidationError

from flow_runtime.errors import FlowError
from peer_server.settings import Settings, load_settings


def start(
    *, host: str | None = None, port: int | None = None, data_dir: Path | None = None, role: str | None = None
) -> None:
    """Serve, or work, until told to stop."""
    with plain_errors(), uncollected():
        settings = load_settings(host=host, port=port, data_dir=data_dir, role=role)
        from peer_server import server

        if settings.role == "web" and settings.database.startswith("sqlite:"):
            raise ValueError("role web leaves flows to workers, which need PEER_SERVER_DATABASE_URL=postgresql://…")
        if settings.role == "worker":
            server.work(settings)
        else:
            server.serve(settings)


def migrate_now(*, data_dir: Path | None = None) -> None:
    """Apply what is missing of the schema."""
    with plain_errors():
        settings = load_settings(data_dir=data_dir)
        asyncio.run(_migrate(settings))
        typer.echo("The database is up to date.")


async def _migrate(settings: Settings) -> None:
    from peer_server.app import bring_up_to_date, build_store

    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    store = build_store(settings)
    await store.open()
    try:
        await bring_up_to_date(store)
    finally:
        await store.close()


@contextmanager
def uncollected() -> Iterator[None]:
    """Make what a server consists of without searching it for garbage: that would be a fifth of its start.

    The server itself ends this once it is complete.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@contextmanager
def plain_errors() -> Iterator[None]:
    """Tell expected failures in words, and exit with 1."""
    try:
        yield
    except ValidationError as error:
        for found in error.errors(include_url=False, include_input=False):
            name = "_".join(str(part) for part in found["loc"]).upper()
            typer.echo(f"PEER_SERVER_{name}: {found['msg']}", err=True)
        sys.exit(1)
    except FlowError as error:
        typer.echo(f"{error.message}\n{error.remedy}".strip(), err=True)
        sys.exit(1)
    except (OSError, ValueError) as error:
        typer.echo(str(error), err=True)
        sys.exit(1)
