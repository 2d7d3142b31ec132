"""Checks the audit log straight in the database, beside a server that is running, on one snapshot of it."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import orjson
import typer
from sqlalchemy import Connection, create_engine, make_url, select, union
from sqlalchemy.ext.asyncio import create_async_engine

from peer_server.app import ANCHORS, is_embedded, open_keyring
from peer_server.audit_anchors import Anchors
from peer_server.audit_chain import ChainCheck, Flaw
from peer_server.cli.start import plain_errors
from peer_server.services.oversight.audit_log import check_part
from peer_server.services.oversight.audit_trail import audit_key
from peer_server.settings import Settings, load_settings
from peer_server.stores.audit import chain_end, chain_part
from peer_server.stores.audit_tables import audit_heads, audit_records

T = TypeVar("T")
_PART = 1000


def check_all(*, data_dir: Path | None, anchors: Path | None, as_json: bool) -> bool:
    """Check every workspace and print what was found; answers whether all is in order."""
    with plain_errors():
        settings = load_settings(data_dir=data_dir)
        key = audit_key(open_keyring(settings))
        noted = Anchors(anchors or settings.data_dir / ANCHORS).read()
        found = _read(settings, lambda conn: _check(conn, key=key, noted=noted))
    for workspace_id, (records, flaw) in found.items():
        _tell(workspace_id, records, flaw=flaw, as_json=as_json)
    if not found and not as_json:
        typer.echo("The audit log is empty.")
    return all(flaw is None for _, flaw in found.values())


def _check(
    conn: Connection, *, key: bytes, noted: Mapping[str, Mapping[int, str]]
) -> dict[str, tuple[int, Flaw | None]]:
    known = union(select(audit_heads.c.workspace_id), select(audit_records.c.workspace_id))
    found: dict[str, tuple[int, Flaw | None]] = {}
    for workspace_id in sorted({*conn.scalars(known), *noted}):
        check = ChainCheck(key=key, anchors=noted.get(workspace_id, {}))
        flaw = _check_one(conn, check, workspace_id)
        found[workspace_id] = (check.count, flaw)
    return found


def _check_one(conn: Connection, check: ChainCheck, workspace_id: str) -> Flaw | None:
    while rows := chain_part(conn, workspace_id, after=check.count, limit=_PART):
        flaw = check_part(check, rows)
        if flaw is not None:
            return flaw
    return check.end(chain_end(conn, workspace_id))


def _tell(workspace_id: str, records: int, *, flaw: Flaw | None, as_json: bool) -> None:
    if as_json:
        told = None if flaw is None else {"seq": flaw.seq, "code": flaw.code, "message": flaw.message}
        typer.echo(orjson.dumps({"workspaceId": workspace_id, "records": records, "flaw": told}).decode())
    elif flaw is None:
        typer.echo(f"workspace {workspace_id}: {records} records, all as they were written")
    else:
        typer.echo(f"workspace {workspace_id}: {flaw.message} (after {records} good records)", err=True)


def _read(settings: Settings, find: Callable[[Connection], T]) -> T:
    """The function's answer on one read-only snapshot."""
    if not is_embedded(settings):
        return asyncio.run(_read_postgres(settings, find))
    path = Path(settings.database.removeprefix("sqlite:///"))
    if not path.exists():
        raise FileNotFoundError(f"there is no database at {path}; start the server once, or name its --data-dir")
    engine = create_engine(settings.database)
    try:
        with engine.connect() as conn:
            conn.exec_driver_sql("PRAGMA query_only = ON")
            conn.exec_driver_sql(
                "BEGIN"
            )  # The driver begins nothing for reading, so each read would see another moment.
            return find(conn)
    finally:
        engine.dispose()


async def _read_postgres(settings: Settings, find: Callable[[Connection], T]) -> T:
    engine = create_async_engine(
        make_url(settings.database).set(drivername="postgresql+asyncpg"), isolation_level="REPEATABLE READ"
    )
    try:
        async with engine.connect() as conn:
            return await conn.run_sync(find)
    finally:
        await engine.dispose()
