"""Uploads and downloads: `/v1/flow/file` for inputs of flows, `/v1/file` for everything."""

from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import File, Response, UploadFile
from starlette.responses import StreamingResponse

from peer_server.access import Principal
from peer_server.stores.files import FileRow
from peer_server.web.guard import Use, needs, router
from peer_server.web.json_request import Answer

_MULTIPART_OVERHEAD = 64 << 10
_MAX_UPLOAD = (1 << 30) + _MULTIPART_OVERHEAD
"""Above any setting: what a file may really have is decided by `max_file_bytes`."""
UPLOAD: Final[dict[str, Any]] = {
    "max_body_size": _MAX_UPLOAD,
    "form_limits": {"max_fields": 10, "max_files": 1, "max_part_size": 16 << 10},
}
"""How routes that take one file are declared."""

api = router("file")
Uploader = Annotated[Principal, needs("flow.run")]
Client = Annotated[Principal, needs("flow.run", credential="key")]
Reader = Annotated[Principal, needs("run.read")]


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
    data = await file.read(services.settings.max_file_bytes + 1)
    mime = file.content_type or "application/octet-stream"
    return file_answer(await services.files.upload(who, data, name=file.filename or "file", mime=mime))


@api.post("/v1/client/file", status_code=201, **UPLOAD)
async def upload_by_key(*, file: Annotated[UploadFile, File()], who: Client, services: Use) -> FileAnswer:
    """Upload one file (multipart, field `file`) for a run that an API key starts; its `id` is an input value."""
    return await upload(file=file, who=who, services=services)


@api.get("/v1/file/{file_id}/info")
async def describe(*, file_id: str, who: Reader, services: Use) -> FileAnswer:
    """What is known of a file."""
    return file_answer(await services.files.get(who.workspace_id, file_id))


@api.get("/v1/file/{file_id}", response_class=Response)
async def download(*, file_id: str, who: Reader, services: Use) -> StreamingResponse:
    """The bytes, always as an attachment: a browser never renders them here."""
    row, pieces = await services.files.download(who.workspace_id, file_id)
    headers = {
        "Content-Disposition": f"attachment; filename=\"file\"; filename*=UTF-8''{quote(row.name, safe='')}",
        "Content-Length": str(row.size),
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    return StreamingResponse(pieces, media_type=row.mime, headers=headers)


def file_answer(row: FileRow) -> FileAnswer:
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
