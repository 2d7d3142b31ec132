"""Who may read a file, and what is given files: the access function of files, and the references in values.

A file belongs to whoever uploaded it, to those who take part in a conversation that it was sent in, to those who may
follow a run that it was given to, and to those who may see a data source that it is in. Everybody else is answered as
if there were none.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from sqlalchemy import Connection

from flow_runtime.errors import FlowError, Json, invalid
from flow_runtime.ids import ID_LENGTH
from flow_runtime.store import Transaction
from peer_server.access import Principal, unknown
from peer_server.pointers import pointer
from peer_server.services.access.reach import reach_run
from peer_server.stores import files as rows
from peer_server.stores.conversation_rows import find_conversation
from peer_server.stores.files import FileRow, UseKind

_ID: Final = re.compile(rf"^[0-9a-z]{{{ID_LENGTH}}}$")
_AT_ONCE: Final = 500
"""Ids that one query looks for."""


def reach_file(conn: Connection, principal: Principal, file_id: str) -> FileRow:
    """The file, if this principal may read it. Raises `NotFound`.

    All visitors of a share link are one principal, so they read only what their run was given.
    """
    file = rows.get_file(conn, file_id, workspace_id=principal.workspace_id)
    is_own = file.owner_id == principal.id and principal.run_id is None
    if is_own or principal.kind == "system" or _reaches_a_holder(conn, principal, file_id):
        return file
    raise unknown("file", file_id)


def give_files(
    tx: Transaction, principal: Principal, value: Json, *, to: tuple[UseKind, str], prefix: str = "", code: str
) -> None:
    """Let this conversation or run hold every file that the value names.

    A text counts as the name of a file if it is the id of one in this workspace. Raises `InvalidDefinition` of that
    code with one fault ``unknown_file`` for each that the principal may not use.
    """
    named = list(_ids(value, ()))
    known = find_all(tx.conn, {file_id for _, file_id in named}, workspace_id=principal.workspace_id)
    if not known:
        return
    foreign = {file.id for file in known if not _may_use(tx.conn, principal, file)}
    faults = [_fault(prefix, pointer(place), file_id) for place, file_id in named if file_id in foreign]
    if faults:
        raise invalid("a file that is named here cannot be used", faults, code=code)
    rows.add_uses(tx, sorted(file.id for file in known), kind=to[0], object_id=to[1])


def find_all(conn: Connection, file_ids: Iterable[str], *, workspace_id: str) -> list[FileRow]:
    """Those of any number of ids that are files of the workspace."""
    ids = sorted(file_ids)
    found: list[FileRow] = []
    for start in range(0, len(ids), _AT_ONCE):
        found += rows.find_files(conn, ids[start : start + _AT_ONCE], workspace_id=workspace_id)
    return found


def _may_use(conn: Connection, principal: Principal, file: FileRow) -> bool:
    is_own = file.owner_id == principal.id or principal.kind == "system"
    return is_own or _reaches_a_holder(conn, principal, file.id)


def _reaches_a_holder(conn: Connection, principal: Principal, file_id: str) -> bool:
    return any(_reaches(conn, principal, kind, object_id) for kind, object_id in rows.uses_of(conn, file_id))


def _reaches(conn: Connection, principal: Principal, kind: UseKind, object_id: str) -> bool:
    if kind == "conversation":
        conversation = find_conversation(conn, object_id)
        return conversation is not None and conversation.deleted_at is None and conversation.is_open_to(principal)
    if kind == "source":
        return principal.may("data.read")
    try:
        reach_run(conn, principal, object_id, "run.follow")
    except FlowError:
        return False
    return True


def _ids(value: Json, place: tuple[str | int, ...]) -> Iterator[tuple[Sequence[str | int], str]]:
    """Every text that looks like an id, and where it is."""
    if isinstance(value, str):
        if _ID.match(value):
            yield place, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _ids(inner, (*place, name))
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from _ids(inner, (*place, index))


def _fault(prefix: str, place: str, file_id: str) -> dict[str, Json]:
    """`path` leads into what was sent, `pointer` into the value, where a form shows it."""
    message = f"there is no file {file_id!r}"
    return {"pointer": place, "path": prefix + place, "code": "unknown_file", "message": message}
