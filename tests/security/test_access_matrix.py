"""Every route and socket command, for everybody who may come: who passes follows from the registry of permissions."""

from collections.abc import AsyncIterator, Iterator
from typing import Any, Final, get_args

import httpx2
import pytest
from fastapi.routing import APIRoute
from pydantic import TypeAdapter

from flow_runtime.errors import Json
from peer_server import wire
from peer_server.access import (
    PEER_VISITOR_PERMISSIONS,
    PERMISSIONS,
    PUBLIC,
    Permission,
    Role,
    permissions_of,
    permissions_of_key,
    suffices,
)
from peer_server.routes.order import ROUTERS
from peer_server.web.guard import declared_permission, guard_of
from peer_server.ws.commands import ENTRIES
from tests.fakes.live_server import LiveServer
from tests.fakes.socket_talk import SocketClient
from tests.security.access_world import AccessWorld, Caller, sample_body

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(300)]
ROUTES: Final = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
REFUSED: Final = {401, 403, 404}
RUN_IDS, TALK_IDS = {"run_id", "app_run_id"}, {"conversation_id", "message_widget_id"}
BODIES: Final[dict[str, Json]] = {
    "POST /v1/interrupt/{interrupt_id}/resume": {"decision": "approve"},
    "POST /v1/flowrun/resume/{app_run_id}": {"decision": "approve"},
    "POST /v1/flow/{flow_id}/schedule": {"cron": "0 9 * * 1"},
    "POST /v1/client/flow/{flow_id}/execute": {"amount": 5},
    "POST /v1/client/flow/{flow_id}/sync": {"amount": 5},
    "POST /v1/client/flow/{flow_id}/async": {"amount": 5},
    "POST /v1/client/flow/{flow_id}/push": {"amount": 5},
}
"""Bodies that no model describes. For the others the model's example is sent, or as little as it takes."""


@pytest.fixture(scope="module")
def matrix_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    limits = dict.fromkeys(
        ("rate_limit", "address_rate_limit", "workspace_rate_limit", "public_rate_limit"), "1000000/second"
    )
    with LiveServer(tmp_path_factory.mktemp("matrix"), **limits) as server:
        yield server


@pytest.fixture(scope="module")
async def world(matrix_server: LiveServer) -> AsyncIterator[AccessWorld]:
    made = AccessWorld(matrix_server)
    await made.build()
    yield made
    await made.close()


# --- what the registry says ---------------------------------------------------------------------------------------


def expected(caller: Caller, route: APIRoute) -> set[int] | None:
    """The refusals that this caller gets; None if the door and the thing are open to it."""
    guard = guard_of(route)
    assert guard is not None
    permission = PERMISSIONS[guard.permission]
    if guard.permission == PUBLIC:
        return None
    accepted = {"any": {"user", "visitor"}, "key": {"key"}}.get(guard.credential, {"user", "visitor", "key"})
    if caller.kind not in accepted:
        return {401}
    if guard.permission not in _held(caller):
        return {403}
    return _at_the_thing(caller, route, permission, guard.permission)


def _held(caller: Caller) -> frozenset[str]:
    if caller.kind == "key":
        return permissions_of_key({"run", "read", "answer"})
    if caller.kind == "visitor":
        return PEER_VISITOR_PERMISSIONS
    return permissions_of(caller.workspace_role or "member")


def _at_the_thing(caller: Caller, route: APIRoute, permission: Permission, name: str) -> set[int] | None:
    """What the thing in the path says, whose role on it decides."""
    parameters = {parameter.alias for parameter in route.dependant.path_params}
    if "flow_id" in parameters:
        # A copy is made by who may take the flow out, though it needs no right on a flow to make one.
        needed = "flow.export" if route.path.endswith("/clone") else name
        if caller.kind == "key" and caller.role is None:
            return {403}  # The key is of another flow.
        return _by_role(caller, None if caller.kind == "visitor" else caller.role, needed)
    if "peer_id" in parameters:
        return _by_role(caller, None if caller.kind == "key" else caller.role, name)
    if parameters & RUN_IDS and permission.at == "flow":
        return {404} if caller.kind != "user" else _by_role(caller, caller.role, name)
    if parameters & RUN_IDS or "interrupt_id" in parameters:
        may_answer = caller.kind == "user" and suffices(caller.role, "flow.run")
        must_start = route.path.endswith("/withdraw")
        if "app_run_id" in parameters and not may_answer and suffices(caller.role, "run.follow"):
            return {404, 409}  # Who may follow the run is told that it has asked several things.
        return None if may_answer and (caller.is_starter or not must_start) else {404}
    if parameters & TALK_IDS:
        is_gone = route.path.endswith("/restore")  # The sample was not deleted, so there is nothing to restore.
        return None if caller.is_starter and not is_gone else {404}
    if "file_id" in parameters:
        return None if caller.is_starter else {404}  # The sample was uploaded by the owner and is in no conversation.
    if parameters & {"user_id", "group_id", "invitation_id", "source_id"} and not caller.is_here:
        return {404}
    return None


def _by_role(caller: Caller, role: Role | None, permission: str) -> set[int] | None:
    if role is None or not caller.is_here:
        return {404}
    return None if suffices(role, permission) else {403}


# --- what the server says -----------------------------------------------------------------------------------------


async def ask(world: AccessWorld, caller: Caller, route: APIRoute, samples: dict[str, str]) -> httpx2.Response:
    method = _method(route)
    path = route.path.format(**{p.alias: samples[p.alias] for p in route.dependant.path_params})
    client = world.client(caller)
    if "/import" in route.path:
        return await client.request(method, path, content=world.package, headers={"Content-Type": "application/zip"})
    body = BODIES.get(f"{method} {route.path}", _body(route))
    if body is None:
        return await client.request(method, path)
    return await client.request(method, path, json=body)


def _method(route: APIRoute) -> str:
    return min(route.methods or {"GET"})


def _body(route: APIRoute) -> Json:
    if not route.dependant.body_params or route.body_field is None:
        return None
    annotation = route.dependant.body_params[0].field_info.annotation
    if annotation is None or "UploadFile" in str(annotation):
        return None
    schema = TypeAdapter(annotation).json_schema(by_alias=True)
    return sample_body(schema, schema.get("$defs", {}))


async def samples_for(world: AccessWorld, route: APIRoute, *, is_open: bool) -> dict[str, str]:
    """The usual samples; where the call takes the thing away, new ones."""
    takes_away = route.methods == {"DELETE"} or route.path.endswith(("/owner", "/renew"))
    if not (is_open and takes_away):
        return world.samples
    return world.samples | await world.fresh({parameter.alias for parameter in route.dependant.path_params})


# --- two tenants --------------------------------------------------------------------------------------------------


@pytest.mark.promise("S2")
@pytest.mark.parametrize("most_ids", [20, pytest.param(10_000, marks=pytest.mark.soak)])
async def test_no_id_of_one_workspace_exists_for_another(world: AccessWorld, most_ids: int) -> None:
    owner = next(caller for caller in world.callers if caller.is_starter)
    other = next(caller for caller in world.callers if not caller.is_here)
    reading = [
        route
        for route in ROUTES
        if route.methods == {"GET"} and declared_permission(route) != PUBLIC and guard_of(route).credential != "key"  # type: ignore[union-attr]  # every route has one
    ]
    # Given every id in everything that one owner can read
    ids: dict[str, None] = dict.fromkeys(value for value in world.samples.values() if len(value) > 20)
    for route in reading:
        answer = await ask(world, owner, route, world.samples)
        if answer.headers.get("content-type", "").startswith("application/json"):
            ids |= dict.fromkeys(_ids_in(answer.json()))
    # When the owner of another workspace puts each of them wherever one can be put
    leaks = []
    for route in reading:
        if not route.dependant.path_params or "message" in route.path:
            continue
        name = route.dependant.path_params[0].alias
        unknown = await ask(world, other, route, world.samples | {name: "unknown"})
        for identifier in list(ids)[:most_ids]:
            answer = await ask(world, other, route, world.samples | {name: identifier})
            # Then it is as if it did not exist, in the same words
            if answer.status_code != 404 or answer.text.replace(identifier, "unknown") != unknown.text:
                leaks.append((route.path, identifier, answer.status_code, answer.text[:100]))
    assert len(ids) > 20
    assert leaks == []


def _ids_in(value: Json) -> Iterator[str]:
    if isinstance(value, dict):
        for name, one in value.items():
            if isinstance(one, str) and (name == "id" or name.endswith("Id")) and len(one) > 20:
                yield one
            yield from _ids_in(one)
    elif isinstance(value, list):
        for one in value:
            yield from _ids_in(one)


# --- sockets ------------------------------------------------------------------------------------------------------


def command_fields(command: type[wire.Command], samples: dict[str, str]) -> dict[str, Json]:
    schema = command.model_json_schema(by_alias=True)
    fields: dict[str, Json] = sample_body({**schema, "type": "object"}, schema.get("$defs", {}))
    known = {
        "conversationId": samples["conversation_id"],
        "interruptId": samples["interrupt_id"],
        "resolution": {"decision": "approve"},
    }
    if command is wire.ConversationOpen:
        fields["conversationId"] = samples["conversation_id"]
    fields = {name: known.get(name, value) for name, value in fields.items()}
    return {name: value for name, value in fields.items() if name not in ("id", "type")}


@pytest.mark.promise("S1")
async def test_every_command_is_for_whom_the_registry_says(world: AccessWorld) -> None:
    commands = [command for command in get_args(get_args(wire.AnyCommand)[0]) if command is not wire.Hello]
    assert {*commands, wire.Hello} == ENTRIES.keys()
    mismatches = []
    for caller in world.callers:
        async with world.server.socket() as connection:
            client = SocketClient(connection)
            is_in = caller.token != "" and (await client.hello(caller.token))["type"] == "ack"
            if is_in != (caller.kind in {"user", "visitor"}):
                mismatches.append((caller.name, "hello", is_in))
            if not is_in:
                continue
            for command in commands:
                kind = command.model_fields["type"].annotation
                answer = await client.command(get_args(kind)[0], **command_fields(command, world.samples))
                if not _answers(caller, command, answer):
                    mismatches.append((caller.name, get_args(kind)[0], str(answer)[:160]))
    assert mismatches == []


def _answers(caller: Caller, command: type[wire.Command], answer: dict[str, Any]) -> bool:
    is_missing = answer.get("code") in {"not_found", "interrupt_not_found"}
    names = set(command_fields(command, dict.fromkeys(("conversation_id", "interrupt_id"), "x")))
    if ENTRIES[command].permission not in _held(caller):
        return bool(answer.get("code") == "forbidden")
    if "interruptId" in names and command is not wire.InterruptWithdraw:
        may_answer = caller.kind == "user" and suffices(caller.role, "flow.run")
        return is_missing or may_answer
    if names & {"conversationId", "interruptId", "messageWidgetId"}:
        # Closing what is not open and typing where nobody listens tell nothing, so they are not refused.
        is_silent = command in (wire.ConversationClose, wire.Typing)
        return is_silent or caller.is_starter or is_missing
    return bool(answer["type"] == "ack")


# --- everything, what takes things away last --------------------------------------------------------------------------


@pytest.mark.promise("S1")
async def test_every_route_lets_pass_whom_the_registry_lets_pass(world: AccessWorld) -> None:
    unknown = {p.alias for route in ROUTES for p in route.dependant.path_params} - world.samples.keys()
    assert unknown == set(), "say in AccessWorld.samples what stands for these path parameters"
    # Given every route; what takes things away comes last
    ordered = sorted(ROUTES, key=lambda route: ("DELETE" in _method(route), "sign-out" in route.path))
    mismatches, cells = [], 0
    for route in ordered:
        if declared_permission(route) == PUBLIC or "UploadFile" in str(route.dependant.body_params):
            continue
        # When everybody asks
        for caller in world.callers:
            refusals = expected(caller, route)
            if refusals is None and _ends_itself(route):
                continue
            samples = await samples_for(world, route, is_open=refusals is None)
            answer = await ask(world, caller, route, samples)
            cells += 1
            # Then exactly those pass whom the registry lets pass
            if not _fits(answer, refusals, route, samples):
                method = _method(route)
                mismatches.append((method, route.path, caller.name, refusals, answer.status_code, answer.text[:120]))
    assert mismatches == [], "\n".join(map(str, mismatches))
    assert cells > 1000


def _ends_itself(route: APIRoute) -> bool:
    """Whether the call would end the very credential that it is made with."""
    return route.path in {"/v1/auth/sign-out", "/v1/me/password"}


def _fits(answer: httpx2.Response, refusals: set[int] | None, route: APIRoute, samples: dict[str, str]) -> bool:
    if refusals is not None:
        return answer.status_code in refusals
    if answer.status_code == 404:
        # Something below the thing that was reached is not there; the thing itself must not be denied.
        first = route.dependant.path_params[0].alias if route.dependant.path_params else ""
        return samples.get(first, "?") not in answer.json()["detail"] or samples.get(first) == "unknown"
    return answer.status_code not in {401, 403} and answer.status_code < 500
