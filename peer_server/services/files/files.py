"""Uploads: bytes under a random id, a name that is only ever shown. References are server-made ids, never paths."""

import hashlib
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from flow_runtime.clock import Clock
from flow_runtime.errors import Gone, InvalidDefinition
from flow_runtime.ids import new_id
from flow_runtime.store import Store, Transaction
from peer_server.access import Principal, forbidden, unknown
from peer_server.blobs import Blobs
from peer_server.errors import file_too_large
from peer_server.file_kinds import HEAD_BYTES, declared_type, disguised_as
from peer_server.services.files.file_access import reach_file
from peer_server.services.files.file_links import FileLinks
from peer_server.services.files.file_quotas import admit_file
from peer_server.services.oversight.audit_trail import AuditTrail
from peer_server.stores import files as rows
from peer_server.stores.files import FileRow
from peer_server.unseen import UNSEEN

_UNSEEN: Final = re.compile(f"[{UNSEEN}\u200c\u200d]")  # Of joiners too: a file is known by how its name ends.
_LONGEST_NAME: Final = 200


class FileService:
    """Files, for those who may read them (`file_access`)."""

    def __init__(
        self,
        store: Store,
        *,
        blobs: Blobs,
        links: FileLinks,
        clock: Clock,
        trail: AuditTrail,
        max_bytes: int,
        max_visitor_bytes: int,
    ) -> None:
        self._store = store
        self._blobs = blobs
        self._links = links
        self._clock = clock
        self._trail = trail
        self._max_bytes = max_bytes
        self._max_visitor_bytes = min(max_visitor_bytes, max_bytes)

    async def upload(
        self, principal: Principal, pieces: AsyncIterator[bytes], *, name: str, mime: str, size: int
    ) -> FileRow:
        """Keep the bytes as they come and answer their record; `size` is what was announced.

        Raises `TooLarge` ``file_too_large`` or ``file_quota_exceeded``, before anything is stored if the size says so;
        `InvalidDefinition` ``file_type_mismatch``. Then nothing is kept.
        """
        most = self._max_bytes if principal.peer_id is None else self._max_visitor_bytes
        if size > most:
            raise file_too_large(most)
        row = FileRow(
            id=new_id(),
            workspace_id=principal.workspace_id,
            owner_id=principal.id,
            name=shown_name(name),
            mime=declared_type(mime),
            size=size,
            sha256="",
            created_at=self._clock.now(),
            status="arriving",
        )
        await self._store.write(admit_file, principal, row)
        arrival = _Arrival(pieces, mime=row.mime, max_bytes=size)
        try:
            await self._blobs.put(row.id, arrival.pieces())
            arrival.check()
            whole = replace(row, size=arrival.size, sha256=arrival.hash.hexdigest(), status="kept")
            return await self._store.write(self._keep, principal, whole)
        except BaseException:
            await self._drop(row.id)
            arrival.check()  # What the blob store made of our own refusal, told as it was.
            raise

    async def get(self, principal: Principal, file_id: str) -> FileRow:
        """The record of a file. Raises `NotFound`."""
        return await self._store.read(reach_file, principal, file_id)

    async def download(self, principal: Principal, file_id: str) -> tuple[FileRow, AsyncIterator[bytes]]:
        """The record and the bytes in pieces. Raises `NotFound`; `Gone` ``file_lost``."""
        row = await self.get(principal, file_id)
        return row, await self._open(row)

    async def link(self, principal: Principal, file_id: str, *, lasts: timedelta) -> tuple[str, datetime]:
        """The token of a link that opens the file for a while, and when it ends. Raises `NotFound`."""
        row = await self.get(principal, file_id)
        return self._links.make(row.id, lasts=lasts)

    async def open_link(self, token: str) -> tuple[FileRow, AsyncIterator[bytes]]:
        """The file that a link opens. Raises `NotFound` for a link that is wrong or over, or whose file is gone.

        Raises `Gone` ``file_lost``.
        """
        row = await self._store.read(rows.find_linked, self._links.open(token))
        if row is None:
            raise unknown("file", "of this link")
        return row, await self._open(row)

    async def delete(self, principal: Principal, file_id: str) -> None:
        """Take a file away, for whoever uploaded it and the owner of the workspace; its bytes go at once.

        Whoever else can read it is refused. Raises `NotFound`, `Forbidden`.
        """
        await self._store.write(self._remove, principal, file_id)
        await self._drop(file_id)

    async def find(self, workspace_id: str, file_id: str) -> FileRow:
        """The record of a file whose reader was checked before: for steps and models. Raises `NotFound`."""
        return await self._store.read(rows.get_file, file_id, workspace_id=workspace_id)

    async def read(self, workspace_id: str, file_id: str) -> bytes:
        """All bytes of such a file. Raises `NotFound`."""
        row = await self.find(workspace_id, file_id)
        try:
            return b"".join([piece async for piece in self._blobs.read(row.id)])
        except KeyError as error:
            raise unknown("file", row.id) from error

    async def _open(self, row: FileRow) -> AsyncIterator[bytes]:
        """The bytes in pieces, of which the first is there already: that they are missing is told before they begin."""
        pieces = self._blobs.read(row.id)
        try:
            first = await anext(pieces, b"")
        except KeyError as error:
            message = f"the bytes of the file {row.id!r} are missing"
            raise Gone("file_lost", message, remedy="upload it again; whoever runs the server has a backup") from error
        return _from_first(first, pieces)

    async def _drop(self, file_id: str) -> None:
        await self._store.write(rows.remove_file, file_id)
        await self._blobs.delete(file_id)
        await self._store.write(rows.forget_file, file_id)

    def _keep(self, tx: Transaction, principal: Principal, row: FileRow) -> FileRow:
        kept = rows.keep_file(tx, row)
        # Not its name: that may say much, and records outlast what was deleted.
        description = f"uploaded a file of type {row.mime} ({row.size:,} bytes)"
        self._trail.record(tx, "file.uploaded", by=principal, of=("file", row.id), description=description)
        return kept

    def _remove(self, tx: Transaction, principal: Principal, file_id: str) -> None:
        file = _deletable(tx.conn, principal, file_id)
        rows.remove_file(tx, file.id)
        description = f"deleted a file of type {file.mime} ({file.size:,} bytes)"
        self._trail.record(tx, "file.deleted", by=principal, of=("file", file.id), description=description)


class _Arrival:
    """Bytes on their way in: counted, hashed, and looked at as they pass."""

    def __init__(self, pieces: AsyncIterator[bytes], *, mime: str, max_bytes: int) -> None:
        self.size = 0
        self.hash = hashlib.sha256()
        self._pieces = pieces
        self._mime = mime
        self._max_bytes = max_bytes
        self._head = b""

    async def pieces(self) -> AsyncIterator[bytes]:
        """The same bytes. Raises as `check` does."""
        async for piece in self._pieces:
            self.size += len(piece)
            self._head += piece[: HEAD_BYTES - len(self._head)]
            self.check()
            self.hash.update(piece)
            yield piece

    def check(self) -> None:
        """Raise what is wrong with what came so far."""
        if self.size > self._max_bytes:
            raise file_too_large(self._max_bytes)
        kind = disguised_as(self._head, self._mime)
        if kind is not None:
            raise InvalidDefinition(
                "file_type_mismatch",
                f"this file is a {kind}, not {self._mime!r}",
                path="/file",
                remedy="upload it under its own type",
                details={"declared": self._mime, "found": kind},
            )


async def _from_first(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece


def shown_name(name: str) -> str:
    """The last part of a file name, without what cannot be seen; never used as a path."""
    last = re.split(r"[/\\]", name)[-1]
    shown = _UNSEEN.sub("", last).strip()[:_LONGEST_NAME]
    return shown if shown.strip(".") else "file"


def _deletable(conn: Connection, principal: Principal, file_id: str) -> FileRow:
    if principal.kind == "user" and principal.role == "owner":
        return rows.get_file(conn, file_id, workspace_id=principal.workspace_id)
    file = reach_file(conn, principal, file_id)
    if file.owner_id != principal.id:
        raise forbidden("flow.delete")
    return file
