"""`/v1/flow/{id}/variable` and `/v1/workspace/variable`: what expressions find under `env`."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from flow_runtime.errors import Json
from peer_server.access import Principal
from peer_server.secrets import MASK
from peer_server.services.flows.variables import VariableChange
from peer_server.stores.variables import VariableRow
from peer_server.web.guard import Use, needs, router
from peer_server.web.json_request import Answer, Body
from peer_server.web.listing import InWindow, PagedList

api = router("variable")
workspace_api = router("variable")
Reader = Annotated[Principal, needs("flow.read")]
Editor = Annotated[Principal, needs("flow.edit")]
WorkspaceReader = Annotated[Principal, needs("workspace.read")]
WorkspaceEditor = Annotated[Principal, needs("workspace.edit")]
Notes = Annotated[str, Field(max_length=2000)]


class VariableValue(Body):
    """A variable to set."""

    value: Annotated[Json, Field(examples=["https://pay.example"])]
    secure: bool = False
    """Encrypted, and never shown again. Secure with the value null: it has none yet, and keeps flows from deploying."""
    notes: Notes = ""


class NewVariable(VariableValue):
    """A variable to make."""

    name: Annotated[str, Field(examples=["PAY_URL"])]


class VariableFields(Body):
    """Fields of a variable to change; what is absent stays."""

    value: Json = None
    secure: bool | None = None
    """To make a secure variable plain, send its value too: it cannot be read back."""
    notes: Notes | None = None


class VariableAnswer(Answer):
    """A variable; the value of a secure one is masked."""

    name: str
    value: Json
    secure: bool
    is_set: bool
    """Whether it has a value; a secure one that was imported has none until somebody sets it."""
    notes: str
    updated_at: datetime


class VariableList(PagedList):
    """All variables, by name."""

    items: list[VariableAnswer]


@api.get("/v1/flow/{flow_id}/variable")
async def list_all(*, flow_id: str, who: Reader, services: Use, window: InWindow) -> VariableList:
    """All variables of a flow, secure values masked."""
    return window.of(VariableList, [_answer(row) for row in await services.variables.all(who, flow_id)], key="name")


@api.post("/v1/flow/{flow_id}/variable", status_code=201)
async def add(*, flow_id: str, body: NewVariable, who: Editor, services: Use) -> VariableAnswer:
    """Make a variable; 409 if there is one of that name."""
    row = await services.variables.add(who, flow_id, body.name, value=body.value, secure=body.secure, notes=body.notes)
    return _answer(row)


@api.get("/v1/flow/{flow_id}/variable/{name}")
async def get(*, flow_id: str, name: str, who: Reader, services: Use) -> VariableAnswer:
    """One variable."""
    return _answer(await services.variables.get(who, flow_id, name))


@api.put("/v1/flow/{flow_id}/variable/{name}")
async def put(*, flow_id: str, name: str, body: VariableValue, who: Editor, services: Use) -> VariableAnswer:
    """Set `env.<name>`, new or not."""
    row = await services.variables.put(who, flow_id, name, value=body.value, secure=body.secure, notes=body.notes)
    return _answer(row)


@api.patch("/v1/flow/{flow_id}/variable/{name}")
async def change(*, flow_id: str, name: str, body: VariableFields, who: Editor, services: Use) -> VariableAnswer:
    """Change some fields, such as the notes of a secure variable."""
    return _answer(await services.variables.change(who, flow_id, name, change=_change(body)))


@api.delete("/v1/flow/{flow_id}/variable/{name}", status_code=204)
async def delete(*, flow_id: str, name: str, who: Editor, services: Use) -> None:
    """Remove the variable."""
    await services.variables.delete(who, flow_id, name)


@workspace_api.get("/v1/workspace/variable")
async def list_shared(*, who: WorkspaceReader, services: Use, window: InWindow) -> VariableList:
    """The variables of all flows, secure values masked."""
    return window.of(VariableList, [_answer(row) for row in await services.variables.all(who, None)], key="name")


@workspace_api.post("/v1/workspace/variable", status_code=201)
async def add_shared(*, body: NewVariable, who: WorkspaceEditor, services: Use) -> VariableAnswer:
    """Make a variable for all flows; 409 if there is one of that name."""
    row = await services.variables.add(who, None, body.name, value=body.value, secure=body.secure, notes=body.notes)
    return _answer(row)


@workspace_api.get("/v1/workspace/variable/{name}")
async def get_shared(*, name: str, who: WorkspaceReader, services: Use) -> VariableAnswer:
    """One variable of all flows."""
    return _answer(await services.variables.get(who, None, name))


@workspace_api.put("/v1/workspace/variable/{name}")
async def put_shared(*, name: str, body: VariableValue, who: WorkspaceEditor, services: Use) -> VariableAnswer:
    """Set `env.<name>` for all flows that have no variable of that name themselves."""
    row = await services.variables.put(who, None, name, value=body.value, secure=body.secure, notes=body.notes)
    return _answer(row)


@workspace_api.patch("/v1/workspace/variable/{name}")
async def change_shared(*, name: str, body: VariableFields, who: WorkspaceEditor, services: Use) -> VariableAnswer:
    """Change some fields of a variable of all flows."""
    return _answer(await services.variables.change(who, None, name, change=_change(body)))


@workspace_api.delete("/v1/workspace/variable/{name}", status_code=204)
async def delete_shared(*, name: str, who: WorkspaceEditor, services: Use) -> None:
    """Remove a variable of all flows."""
    await services.variables.delete(who, None, name)


def _change(body: VariableFields) -> VariableChange:
    value = [body.value] if "value" in body.model_fields_set else []
    return VariableChange(value, secure=body.secure, notes=body.notes)


def _answer(row: VariableRow) -> VariableAnswer:
    return VariableAnswer(
        name=row.name,
        value=MASK if row.secure and row.is_set else row.value,
        secure=row.secure,
        is_set=row.is_set,
        notes=row.notes,
        updated_at=row.updated_at,
    )
