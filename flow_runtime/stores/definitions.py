"""Flow definitions: immutable, addressed by their content, so that a run can pin one for life."""

import hashlib
from collections.abc import Mapping
from datetime import datetime

import orjson
from sqlalchemy import Connection, select

from flow_runtime.errors import Json, NotFound
from flow_runtime.store import Transaction
from flow_runtime.stores.columns import insert_new
from flow_runtime.stores.tables import definitions

_BY_DIGEST = select(definitions.c.definition)


def digest_of(definition: Mapping[str, Json]) -> str:
    """SHA-256 over canonical JSON (sorted keys, no white space), in hexadecimal."""
    return hashlib.sha256(orjson.dumps(definition, option=orjson.OPT_SORT_KEYS)).hexdigest()


def put_definition(tx: Transaction, definition: Mapping[str, Json], *, now: datetime) -> str:
    """Keep this definition and answer its digest. Idempotent; two definitions that differ only in key order are one."""
    digest = digest_of(definition)
    row = {"digest": digest, "definition": definition, "created_at": now}
    tx.conn.execute(insert_new(tx.conn, definitions), row)
    return digest


def get_definition(conn: Connection, digest: str) -> dict[str, Json]:
    """The definition with that digest. Raises `NotFound`."""
    found: dict[str, Json] | None = conn.scalar(_BY_DIGEST.where(definitions.c.digest == digest))
    if found is None:
        raise NotFound("definition_not_found", f"no definition has the digest {digest!r}")
    return found
