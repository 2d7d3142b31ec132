"""Flows as files: export, import as a new flow or over one, backups and clones."""

from collections.abc import Mapping
from typing import Annotated, Literal
from urllib.parse import quote

import orjson
from fastapi import Query, Request, Response
from pydantic import Field

from flow_runtime.errors import Json
from flow_runtime.json_limits import LARGEST_NUMBER
from peer_server.access import Principal
from peer_server.flow_package import MOST_BYTES
from peer_server.routes.flow_versions import State
from peer_server.routes.flows import Findings, FlowAnswer, flow_answer
from peer_server.services.bundle import Services
from peer_server.services.flows.packages import Imported, Wishes
from peer_server.web.guard import Use, needs, router
from peer_server.web.json_request import Answer
from peer_server.web.uploads import files_body, read_parts

api = router("flow package")
Maker = Annotated[Principal, needs("flow.create")]
Exporter = Annotated[Principal, needs("flow.export")]
Replacer = Annotated[Principal, needs("flow.replace")]
Names = Annotated[list[Annotated[str, Field(max_length=64)]], Query(max_length=1000)]

_MOST_UPLOAD = 3 * MOST_BYTES + (1 << 20)
_ROUTE_LIMIT = 1 << 30
"""Above ours, which is told as a problem document."""
_TYPES = ("application/json", "application/zip")
_NEW = files_body("What an export gave: a zip, the JSON document, or single files of a package.", *_TYPES)
_OVER = files_body("A package: a zip, its three files as a form, or `{files: {…}}` as JSON.", *_TYPES)
_FILE: Mapping[int | str, dict[str, Json]] = {
    200: {
        "content": {"application/json": {"schema": {"type": "object"}}, "application/zip": {}},
        "description": "The flow as an attachment.",
    }
}
_PACKAGE: Mapping[int | str, dict[str, Json]] = {
    200: {"content": {"application/zip": {}}, "description": "The package as an attachment."}
}


class PackedVariableAnswer(Answer):
    """A variable in a package."""

    name: str
    secure: bool
    notes: str
    needs_value: bool
    """Whether it is secure, so that somebody has to set its value before the flow can be deployed."""


class VariableSide(Answer):
    """A variable on one side of a conflict; a secure value is masked, or absent from the package."""

    value: Json
    secure: bool


class VariableConflict(Answer):
    """A variable that the flow and the package have, and that differs."""

    name: str
    existing: VariableSide
    incoming: VariableSide


class ImportPreview(Answer):
    """What an import would do; nothing was done."""

    name: str
    description: str
    version: int | None
    """The number that it had where it was exported."""
    variables: list[PackedVariableAnswer]
    conflicts: list[VariableConflict]
    findings: Findings
    """What the checks would find in the draft."""


class BackupAnswer(Answer):
    """Where the draft that was replaced can be had as a package."""

    file_name: str
    url: str


class ImportAnswer(FlowAnswer):
    """The flow with its new draft."""

    findings: Findings
    conflicts: list[VariableConflict]
    """Variables that differed, as they were before."""
    backup: BackupAnswer | None = None


@api.get("/v1/flow/{flow_id}/export", response_class=Response, responses={**_FILE})
async def export(
    *,
    flow_id: str,
    who: Exporter,
    services: Use,
    request: Request,
    version: Annotated[State | None, Query(description="Without it the deployed one, else the newest.")] = None,
    file_format: Annotated[Literal["json", "zip"] | None, Query(alias="format")] = None,
) -> Response:
    """A version as a file: one JSON document, or (`format=zip` or by `Accept`) a package of three files.

    Secure variables come without their values; keys, tokens and grants never come along.
    """
    accepts_zip = "application/zip" in request.headers.get("accept", "")
    kind = file_format or ("zip" if accepts_zip else "json")
    exported = await services.making.packages.export(who, flow_id, version=version, kind=kind)
    content = exported.content
    data = content if isinstance(content, bytes) else orjson.dumps(content, option=orjson.OPT_INDENT_2)
    return _attachment(data, name=exported.name, kind=kind)


@api.post("/v1/flow/import", status_code=201, openapi_extra={**_NEW}, max_body_size=_ROUTE_LIMIT)
async def import_new(
    *,
    who: Maker,
    services: Use,
    request: Request,
    name: Annotated[str | None, Query(min_length=1, max_length=200)] = None,
) -> ImportAnswer:
    """Make a private flow of a file. It is not run, published or deployed."""
    parts = await read_parts(request, most_bytes=_MOST_UPLOAD)
    return await _imported(who, await services.making.packages.import_new(who, parts, name=name), services)


@api.post("/v1/flow/import/preview", openapi_extra={**_NEW}, max_body_size=_ROUTE_LIMIT)
async def preview_new(*, who: Maker, services: Use, request: Request) -> ImportPreview:
    """What importing the file would make; nothing is kept."""
    parts = await read_parts(request, most_bytes=_MOST_UPLOAD)
    return _preview(await services.making.packages.import_new(who, parts, is_preview=True))


@api.post("/v1/flow/{flow_id}/import", openapi_extra={**_OVER}, max_body_size=_ROUTE_LIMIT)
async def import_over(
    *,
    flow_id: str,
    who: Replacer,
    services: Use,
    request: Request,
    overwrite: Names = [],  # noqa: B006 - FastAPI copies it
    keep: Names = [],  # noqa: B006 - as above
    proceed: Annotated[bool, Query(description="Keep the variables in conflict that are named nowhere.")] = False,
    backup: Annotated[bool, Query(description="Keep the draft that is replaced as a package.")] = False,
    draft_rev: Annotated[int | None, Query(alias="draftRev", ge=1, le=LARGEST_NUMBER)] = None,
) -> ImportAnswer:
    """Put a package of all three files in place of the draft; versions and deployment stay as they are.

    While variables differ and it is not said what becomes of each, nothing happens: 409 with their list.
    """
    parts = await read_parts(request, most_bytes=_MOST_UPLOAD)
    wishes = Wishes(overwrite, keep=keep, proceed=proceed, backup=backup, draft_rev=draft_rev)
    return await _imported(
        who, await services.making.packages.import_over(who, flow_id, parts, wishes=wishes), services
    )


@api.post("/v1/flow/{flow_id}/import/preview", openapi_extra={**_OVER}, max_body_size=_ROUTE_LIMIT)
async def preview_over(*, flow_id: str, who: Replacer, services: Use, request: Request) -> ImportPreview:
    """What importing the package over the draft would do, and which variables would be in conflict."""
    parts = await read_parts(request, most_bytes=_MOST_UPLOAD)
    return _preview(await services.making.packages.import_over(who, flow_id, parts, wishes=Wishes(), is_preview=True))


@api.get("/v1/flow/{flow_id}/backup/{backup_id}", response_class=Response, responses={**_PACKAGE})
async def backup(*, flow_id: str, backup_id: str, who: Exporter, services: Use) -> Response:
    """A draft that an import replaced, as the package that brings it back."""
    found = await services.making.packages.backup(who, flow_id, backup_id)
    return _attachment(found.data, name=found.file_name, kind="zip")


@api.post("/v1/flow/{flow_id}/clone", status_code=201)
async def clone(*, flow_id: str, who: Maker, services: Use) -> FlowAnswer:
    """A new private flow with the same draft and variables; secure ones wait for their values."""
    return await flow_answer(who, await services.making.packages.clone(who, flow_id), services)


def _attachment(data: bytes, *, name: str, kind: str) -> Response:
    plain = name.encode("ascii", "replace").decode().replace("?", "_").replace('"', "_")
    headers = {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(data, media_type=f"application/{kind}", headers=headers)


async def _imported(who: Principal, done: Imported, services: Services) -> ImportAnswer:
    told = (await flow_answer(who, done.flow, services)).model_dump(by_alias=True)
    kept = done.backup
    return ImportAnswer.model_validate(
        {
            **told,
            "findings": done.findings,
            "conflicts": done.conflicts,
            "backup": kept and {"fileName": kept.file_name, "url": f"/v1/flow/{done.flow.id}/backup/{kept.id}"},
        }
    )


def _preview(would: Imported) -> ImportPreview:
    variables = [
        PackedVariableAnswer(name=one.name, secure=one.secure, notes=one.notes, needs_value=one.secure)
        for one in would.package.variables
    ]
    return ImportPreview(
        name=would.flow.name,
        description=would.flow.description,
        version=would.package.version,
        variables=variables,
        conflicts=[VariableConflict.model_validate(one) for one in would.conflicts],
        findings=Findings.model_validate(would.findings),
    )
