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
