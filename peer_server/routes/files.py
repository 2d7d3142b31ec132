"""Uploads and downloads: `/v1/flow/file` for inputs of flows, `/v1/file` for everything."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import File, Request, Response, UploadFile
from pydantic import Field
from starlette.responses import StreamingResponse

from peer_server.access import PUBLIC, Principal
from peer_server.services.bundle import Services
from peer_server.stores.files import FileRow
from peer_server.web.guard import Use, address_of, needs, router
from peer_server.web.json_request import Answer, Body
from peer_server.web.rate_limits import keep as keep_rate

_MULTIPART_OVERHEAD = 64 << 10
_MAX_UPLOAD = (1 << 30) + _MULTIPART_OVERHEAD
"""Above any setting: what a file may really have is decided by `max_file_bytes`."""
UPLOAD: Final[dict[str, Any]] = {
    "max_body_size": _MAX_UPLOAD,
    "form_limits": {"max_fields": 10, "max_files": 1, "max_part_size": 16 << 10},
}
"""How routes that take one file are declared."""
_PIECE_BYTES: Final = 1 << 20

api = router("file")
Uploader = Annotated[Principal, needs("file.upload")]
Client = Annotated[Principal, needs("file.upload", credential="key")]
Reader = Annotated[Principal, needs("file.read", credential="run")]
"""Also API keys and the holders of a run's secret: for what they uploaded, or their run was given."""


class NewFileLink(Body):
    """A link to make."""

    expires_in_s: Annotated[int, Field(ge=300, le=7 * 86400)] = 3600
    """How long it works: five minutes to seven days."""


class FileLinkAnswer(Answer):
    """A link that opens the file without signing in, until it ends or the file is deleted."""

    url: str
    expires_at: datetime


class FileAnswer(Answer):
    """An uploaded file; `id` is usable as an input value and in messages."""

    id: str
    file_id: str
    name: str
    mime: str
    size: int
    sha256: str
    url: str


@api.post("/v1/flow/file", status_code=201, **UPLOAD)
@api.post("/v1/file", status_code=201, **UPLOAD)
async def upload(*, file: Annotated[UploadFile, File()], who: Uploader, services: Use) -> FileAnswer:
    """Upload one file (multipart, field `file`)."""
    if who.peer_id is not None:
        await services.limits.hit_visitor_upload(who)
    return await keep(services, who, file=file)


@api.post("/v1/client/file", status_code=201, **UPLOAD)
async def upload_by_key(*, file: Annotated[UploadFile, File()], who: Client, services: Use) -> FileAnswer:
    """Upload one file (multipart, field `file`) for a run that an API key starts; its `id` is an input value."""
    return await keep(services, who, file=file)


@api.post("/v1/file/{file_id}/link", status_code=201)
async def link(*, file_id: str, who: Reader, services: Use, body: NewFileLink | None = None) -> FileLinkAnswer:
    """Make a link that lets anybody who has it download the file for a while."""
    lasts = timedelta(seconds=(body or NewFileLink()).expires_in_s)
    token, ends = await services.files.link(who, file_id, lasts=lasts)
    return FileLinkAnswer(url=f"{services.settings.base_url}/v1/file/link/{token}", expires_at=ends)


@api.get("/v1/file/link/{token}", dependencies=[needs(PUBLIC)], response_class=Response)
async def download_by_link(*, token: str, request: Request, services: Use) -> StreamingResponse:
    """The bytes behind a link, as an attachment; the link is the only right that is needed."""
    keep_rate(request.scope, await services.limits.hit_public(address_of(request)))
    return attachment(*await services.files.open_link(token))


@api.get("/v1/file/{file_id}/info")
async def describe(*, file_id: str, who: Reader, services: Use) -> FileAnswer:
    """What is known of a file: for whoever uploaded it, and those who see a conversation or run that holds it."""
    return _answer(await services.files.get(who, file_id))


@api.get("/v1/file/{file_id}", response_class=Response)
async def download(*, file_id: str, who: Reader, services: Use) -> StreamingResponse:
    """The bytes, always as an attachment: a browser never renders them here."""
    row, pieces = await services.files.download(who, file_id)
    return attachment(row, pieces)


@api.delete("/v1/file/{file_id}", status_code=204)
async def delete(*, file_id: str, who: Uploader, services: Use) -> None:
    """Remove a file, and its bytes: for whoever uploaded it, and the owner of the workspace."""
    await services.files.delete(who, file_id)


async def keep(services: Services, who: Principal, *, file: UploadFile) -> FileAnswer:
    """Take an uploaded file."""
    mime = file.content_type or "application/octet-stream"
    name, size = file.filename or "file", file.size or 0
    return _answer(await services.files.upload(who, _pieces(file), name=name, mime=mime, size=size))


def attachment(row: FileRow, pieces: AsyncIterator[bytes]) -> StreamingResponse:
    """The bytes of a file, such that no browser renders them."""
    headers = {
        "Content-Disposition": f"attachment; filename=\"file\"; filename*=UTF-8''{quote(row.name, safe='')}",
        "Content-Length": str(row.size),
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    return StreamingResponse(pieces, media_type=row.mime, headers=headers)


async def _pieces(file: UploadFile) -> AsyncIterator[bytes]:
    while piece := await file.read(_PIECE_BYTES):
        yield piece


def _answer(row: FileRow) -> FileAnswer:
    """A file as clients get it."""
    return FileAnswer(
        id=row.id,
        file_id=row.id,
        name=row.name,
        mime=row.mime,
        size=row.size,
        sha256=row.sha256,
        url=f"/v1/file/{row.id}",
    )
