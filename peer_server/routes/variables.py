"""`/v1/flow/{id}/variable`: what expressions find under `env`."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from flow_runtime.errors import Json
from peer_server.access import Principal
from peer_server.secrets import MASK
from peer_server.stores.variables import VariableRow
from peer_server.web.guard import Use, needs, router
from peer_server.web.json_request import Answer, Body

api = router("variable")
Reader = Annotated[Principal, needs("flow.read")]
Editor = Annotated[Principal, needs("flow.edit")]


class VariableValue(Body):
    """A variable to set."""

    value: Annotated[Json, Field(examples=["https://pay.example"])]
    secure: bool = False
    """Encrypted, and never shown again."""
    notes: Annotated[str, Field(max_length=2000)] = ""


class VariableAnswer(Answer):
    """A variable; the value of a secure one is masked."""

    name: str
    value: Json
    secure: bool
    notes: str
    updated_at: datetime


class VariableList(Answer):
    """All variables of a flow, by name."""

    items: list[VariableAnswer]


@api.get("/v1/flow/{flow_id}/variable")
async def list_all(*, flow_id: str, who: Reader, services: Use) -> VariableList:
    """All variables of a flow, secure values masked."""
    return VariableList(items=[_answer(row) for row in await services.variables.all(who, flow_id)])


@api.get("/v1/flow/{flow_id}/variable/{name}")
async def get(*, flow_id: str, name: str, who: Reader, services: Use) -> VariableAnswer:
    """One variable."""
    return _answer(await services.variables.get(who, flow_id, name))


@api.put("/v1/flow/{flow_id}/variable/{name}")
async def put(*, flow_id: str, name: str, body: VariableValue, who: Editor, services: Use) -> VariableAnswer:
    """Set `env.<name>`."""
    row = await services.variables.put(who, flow_id, name, value=body.value, secure=body.secure, notes=body.notes)
    return _answer(row)


@api.delete("/v1/flow/{flow_id}/variable/{name}", status_code=204)
async def delete(*, flow_id: str, name: str, who: Editor, services: Use) -> None:
    """Remove the variable."""
    await services.variables.delete(who, flow_id, name)


def _answer(row: VariableRow) -> VariableAnswer:
    return VariableAnswer(
        name=row.name,
        value=MASK if row.secure else row.value,
        secure=row.secure,
        notes=row.notes,
        updated_at=row.updated_at,
    )
