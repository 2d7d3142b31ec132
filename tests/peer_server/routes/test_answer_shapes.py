"""Every answer has a documented shape, and those that no model writes have the one that is documented."""

from collections.abc import Iterator
from typing import Any, Final

import httpx2
import jsonschema_rs
import pytest

from flow_runtime.errors import Json
from tests.fakes.flows import APPROVAL, make_flow
from tests.peer_server.routes.test_monitor import FAILING, asking

pytestmark = pytest.mark.anyio

Schema = dict[str, Any]
FREE: Final = {
    "output": "what a flow or a step gives is its own",
    "inputs": "what a flow takes is its own",
    "input": "what a flow takes is its own",
    "data": "what a trigger brings is its own",
    "args": "what a tool takes is its own",
    "value": "a variable may be any JSON",
    "payload": "what a question shows differs with its step",
    "form": "what a question shows differs with its step",
    "resolution": "what answers a question differs with its step",
    "draft": "half-typed values of any form",
    "definition": "its schema is GET /v1/flow/schema",
    "responseSchema": "a JSON Schema",
    "configSchema": "a JSON Schema",
    "dataSchema": "a JSON Schema",
    "stateSchema": "a JSON Schema",
    "example": "what its schema beside it says",
    "config": "what the scanner's configSchema says",
    "view": "a tree of components, each with properties of its own",
    "manifest": "a tool's manifest, as it was sent",
    "content": "a version of a Peer, as it was stored by the server of its time",
    "details": "what a record or a fault tells more differs with its event or code",
    "before": "any field of a definition",
    "after": "any field of a definition",
    "default": "a value of a flow's own field",
    "enum[]": "a value of a flow's own field",
    "examples[]": "a value of a flow's own field",
    # In the words of the protocol, whose types are generated beside these, from `peer_server.wire`:
    **dict.fromkeys(("messages", "turns", "toolCalls", "runs", "interrupts", "widgets", "ended"), "the protocol"),
    "EventPage.items[]": "the protocol",
    "MessagePage.items[]": "the protocol",
}
"""Fields that really are free-form, and why."""
FREE_ANSWERS: Final = {
    "GET /v1/flow/schema": "a JSON Schema",
    "GET /v1/flow/{flow_id}/export": "a file, as POST /v1/flow/import takes it",
    "GET /v1/flowrun/context/{run_id}": "the names of a flow's own variables",
    "GET /v1/flowrun/inputs/{run_id}": "what a flow takes is its own",
    "GET /v1/flowrun/outputs/{run_id}": "what a flow gives is its own",
    **dict.fromkeys(
        (
            "POST /v1/client/flow/{flow_id}/execute",
            "POST /v1/client/flow/{flow_id}/sync",
            "POST /v1/flow/execute/{flow_id}",
            "POST /v1/flow/share/execute/{token}",
            "POST /v1/flowrun/resume/{app_run_id}",
        ),
        "the body is the flow's own output, unless its metadata are asked for",
    ),
}
"""Answers that really are free-form, and why."""


def untyped(schema: Schema, models: dict[str, Schema], place: str, seen: frozenset[str]) -> Iterator[str]:
    """Where in an answer any JSON may be, as ``Model.field``, "" for the answer itself."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name not in seen:
            yield from untyped(models[name], models, name, seen | {name})
        return
    options = [*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())]
    if options:
        for option in options:
            yield from untyped(option, models, place, seen)
    elif "const" not in schema and "enum" not in schema:
        yield from _untyped_by_type(schema, models, place, seen)


def _untyped_by_type(schema: Schema, models: dict[str, Schema], place: str, seen: frozenset[str]) -> Iterator[str]:
    match schema.get("type"):
        case "object":
            fields, others = schema.get("properties", {}), schema.get("additionalProperties", True)
            for name, field in fields.items():
                yield from untyped(field, models, f"{place}.{name}", seen)
            if isinstance(others, dict) and others:
                yield from untyped(others, models, place, seen)
            elif not fields and others:
                yield place
        case "array":
            yield from untyped(schema.get("items", {}), models, f"{place}[]", seen)
        case None:
            yield place


async def test_no_answer_is_untyped_but_those_that_are_free_form(nobody: httpx2.AsyncClient) -> None:
    document = (await nobody.get("/openapi.json")).json()
    models = document["components"]["schemas"]
    used: set[str] = set()
    untold: set[tuple[str, str]] = set()
    for path, found in document["paths"].items():
        for method, operation in found.items():
            name = f"{method.upper()} {path}"
            for content in json_of(operation):
                for place in untyped(content["schema"], models, "", frozenset()):
                    reason = place if place in FREE else place.rpartition(".")[2] if place else name
                    used.add(reason)
                    if reason not in (FREE if place else FREE_ANSWERS):
                        untold.add((name, place))
    assert untold == set()
    # And no exception is left over from something that has a shape by now
    assert used == {*FREE, *FREE_ANSWERS}


def json_of(operation: dict[str, Any]) -> list[dict[str, Any]]:
    """What the document says of its JSON when all is well."""
    answers = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
    return [a["content"]["application/json"] for a in answers if "application/json" in a.get("content", {})]


async def test_every_example_of_an_answer_is_one(nobody: httpx2.AsyncClient) -> None:
    document = (await nobody.get("/openapi.json")).json()
    wrong = []
    for path, found in document["paths"].items():
        for method, operation in found.items():
            for content in json_of(operation):
                shape = jsonschema_rs.validator_for({**content["schema"], "components": document["components"]})
                named = [example["value"] for example in content.get("examples", {}).values()]
                for example in [content["example"]] if "example" in content else named:
                    wrong += [(method, path, error.message) for error in shape.iter_errors(example)]
    assert wrong == []


def unknown_fields(value: Json, schema: Schema, models: dict[str, Schema], place: str = "") -> Iterator[str]:
    """Fields of an answer that its schema does not name, although it names some."""
    if "$ref" in schema:
        yield from unknown_fields(value, models[schema["$ref"].rpartition("/")[2]], models, place)
    elif "anyOf" in schema:
        found = [list(unknown_fields(value, option, models, place)) for option in schema["anyOf"]]
        yield from min(found, key=len)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from unknown_fields(item, schema.get("items", {}), models, f"{place}/{index}")
    elif isinstance(value, dict) and (fields := schema.get("properties")):
        for name, item in value.items():
            if name in fields:
                yield from unknown_fields(item, fields[name], models, f"{place}/{name}")
            elif not schema.get("additionalProperties"):
                yield f"{place}/{name}"


async def test_what_is_said_of_runs_has_its_documented_shape(owner: httpx2.AsyncClient) -> None:
    """The routes of runs and of the monitor write JSON themselves: it is what the models beside them say."""
    document = (await owner.get("/openapi.json")).json()

    async def check(method: str, path: str, body: Json = None, /, **ids: str) -> Json:
        answer = await owner.request(method, path.format(**ids), json=body)
        assert answer.is_success, answer.text
        response = document["paths"][path][method.lower()]["responses"][str(answer.status_code)]
        schema, said = response["content"]["application/json"]["schema"], answer.json()
        whole = {**schema, "components": document["components"]}
        assert [f"{e.instance_path}: {e.message}" for e in jsonschema_rs.validator_for(whole).iter_errors(said)] == []
        assert list(unknown_fields(said, schema, document["components"]["schemas"])) == [], path
        return said

    # Given deployed flows: one that asks a model, one that fails, one that waits for somebody
    ended = {}
    for definition, inputs in ((asking(), {"name": "Ada"}), (FAILING, {"name": "Ada"})):
        flow_id = await make_flow(owner, definition, deploy=True)
        body = {"inputs": inputs, "version": "deployed", "returnExecutionMetadata": True}
        await owner.post(f"/v1/flow/execute/{flow_id}", json=body)
        logged = await check("GET", "/v1/flow/{flow_id}/logs", flow_id=flow_id)
        ended[flow_id] = logged["items"][0]["appRunId"]
    waiting_flow = await make_flow(owner, APPROVAL, deploy=True)
    body = {"inputs": {"amount": 5}, "version": "deployed"}
    waiting = await check("POST", "/v1/flow/execute/{flow_id}", body, flow_id=waiting_flow)
    # When everything is looked at that is kept of them, then all of it has the shape that the document says
    for flow_id, run_id in [*ended.items(), (waiting_flow, waiting["appRunId"])]:
        for kind in ("poll", "details", "errorDetails", "steps", "credit-details"):
            await check("GET", f"/v1/flowrun/{kind}/{{run_id}}", run_id=run_id)
        await check("GET", "/v1/monitor/run/{run_id}", run_id=run_id)
        for kind in ("run", "model-run", "metrics"):
            found = await check("GET", f"/v1/flow/{{flow_id}}/monitor/{kind}", flow_id=flow_id)
            await check("GET", f"/v1/workspace/monitor/{kind}")
            for row in found.get("items", ()) if kind == "model-run" else ():
                await check("GET", "/v1/monitor/model-run/{request_id}", request_id=row["requestId"])
    await check("POST", "/v1/flowrun/resume/{app_run_id}", {"decision": "reject"}, app_run_id=waiting["appRunId"])
    for path in ("/healthz", "/readyz", "/v1/step-type", "/v1/widget", "/v1/guardrail/type"):
        await check("GET", path)
    await check("GET", "/v1/widget/{widget_id}", widget_id="calendar")
