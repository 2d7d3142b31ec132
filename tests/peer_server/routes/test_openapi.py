"""The OpenAPI document: every operation says by what it is called, which right it takes, and how it is repeated."""

import httpx2
import pytest

from peer_server.access import PERMISSIONS

pytestmark = pytest.mark.anyio


async def test_every_operation_says_who_may_call_it(nobody: httpx2.AsyncClient) -> None:
    document = (await nobody.get("/openapi.json")).json()
    operations = {
        (path, method): operation for path, found in document["paths"].items() for method, operation in found.items()
    }
    assert {operation["x-permission"] for operation in operations.values()} <= set(PERMISSIONS)
    named = {name for operation in operations.values() for one in operation["security"] for name in one}
    assert named == set(document["components"]["securitySchemes"])

    def accepted(path: str, method: str) -> set[str]:
        return {name for one in operations[path, method]["security"] for name in one}

    assert accepted("/v1/client/flow/{flow_id}/sync", "post") == {"apiKey"}
    assert accepted("/v1/flow/{flow_id}", "get") == {"personalToken", "session"}
    assert accepted("/v1/flowrun/poll/{run_id}", "get") == {"personalToken", "session", "apiKey", "resumeSecret"}
    assert accepted("/v1/flow/share/{token}", "get") == set()


async def test_every_post_takes_an_idempotency_key(nobody: httpx2.AsyncClient) -> None:
    paths = (await nobody.get("/openapi.json")).json()["paths"]
    for found in paths.values():
        for method, operation in found.items():
            names = [parameter["name"] for parameter in operation.get("parameters", ())]
            assert names.count("Idempotency-Key") == (method == "post")


@pytest.mark.row("A-36")
async def test_every_operation_is_described_with_examples_and_problems(nobody: httpx2.AsyncClient) -> None:
    document = (await nobody.get("/openapi.json")).json()
    lacking = []
    for path, found in document["paths"].items():
        for method, operation in found.items():
            needed = ["429", "500", "503", *(["401", "403"] if operation["security"] else [])]
            answers = [answer for status, answer in operation["responses"].items() if status[0] in "23"]
            bodies = [*answers, operation.get("requestBody", {})]
            contents = [body.get("content", {}).get("application/json") for body in bodies]
            whole = [
                operation["summary"] != operation["operationId"],
                len(operation["description"]) > 10,
                set(needed) <= set(operation["responses"]),
                answers,
                all(content is None or {"example", "examples"} & set(content) for content in contents),
                all(parameter["description"] for parameter in operation.get("parameters", ())),
                "HTTPValidationError" not in str(operation),
            ]
            if not all(whole):
                lacking.append((method, path, whole))
    assert lacking == []
    assert document["components"]["responses"]["404"]["content"]["application/problem+json"]["example"]["code"]


async def test_every_list_that_grows_is_paged(nobody: httpx2.AsyncClient) -> None:
    """A list either has a cursor, or its answer is whole by nature and has no place for one."""
    document = (await nobody.get("/openapi.json")).json()
    wrong = []
    for path, found in document["paths"].items():
        for method, operation in found.items():
            content = operation["responses"].get("200", {}).get("content", {}).get("application/json", {})
            name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
            fields = document["components"]["schemas"].get(name, {}).get("properties", {})
            names = {parameter["name"] for parameter in operation.get("parameters", ())}
            has_cursor = "nextCursor" in fields or "nextCursor" in content.get("example", {})
            if method == "get" and has_cursor != ({"cursor", "limit"} <= names):
                wrong.append(path)
    assert wrong == []
