"""Lists come in pages, whatever they list, and pages do not shift."""

from typing import Final

import httpx2
import pytest

from flow_runtime.errors import Json
from tests.fakes.flows import GREETING, make_flow

pytestmark = pytest.mark.anyio
WHOLE: Final = {
    "/v1/step-type": "as many as are installed",
    "/v1/trigger-type": "as many as there are",
    "/v1/workspace/audit/event": "as many as there are",
    "/v1/guardrail/type": "as many as are installed",
    "/v1/widget": "as many as are installed",
    "/v1/flowrun/steps/{run_id}": "the record of one run",
    "/v1/flowrun/credit-details/{run_id}": "the record of one run",
    "/v1/conversation/{conversation_id}/events": "by `afterSeq`, as over the socket",
}
"""Lists without a cursor, and why."""


async def page(client: httpx2.AsyncClient, path: str, **query: Json) -> tuple[list[str], str | None]:
    """The names on one page, and where the next one begins."""
    answer = await client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return [one["name"] for one in answer.json()["items"]], answer.json()["nextCursor"]


async def test_every_list_has_a_cursor_or_a_reason(owner: httpx2.AsyncClient) -> None:
    document = (await owner.get("/openapi.json")).json()
    without = set()
    for path, operations in document["paths"].items():
        names = {one["name"] for one in operations.get("get", {}).get("parameters", ())}
        content = operations.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
        name = content.get("application/json", {}).get("schema", {}).get("$ref", "").rpartition("/")[2]
        if "items" in document["components"]["schemas"].get(name, {}).get("properties", {}) and "cursor" not in names:
            without.add(path)
    assert without == WHOLE.keys()


@pytest.mark.parametrize("where", ["workspace", "flow"])
async def test_pages_follow_each_other_while_things_come_and_go(owner: httpx2.AsyncClient, where: str) -> None:
    # Given five variables
    path = f"/v1/{where}/variable" if where == "workspace" else f"/v1/flow/{await make_flow(owner, GREETING)}/variable"
    for name in "ABCDE":
        await owner.put(f"{path}/{name}", json={"value": 1})
    assert await page(owner, path) == (["A", "B", "C", "D", "E"], None)
    # When they are read two by two, while others come and go
    first, cursor = await page(owner, path, limit=2)
    await owner.put(f"{path}/AA", json={"value": 1})
    second, cursor = await page(owner, path, limit=2, cursor=cursor)
    await owner.delete(f"{path}/AA")
    await owner.delete(f"{path}/B")
    third, end = await page(owner, path, limit=2, cursor=cursor)
    # Then every one that was there all the time came once
    assert (first, second, third, end) == (["A", "B"], ["C", "D"], ["E"], None)
    # And once the last that was read is gone, it is said that the list must be read anew
    await owner.delete(f"{path}/D")
    gone = await owner.get(path, params={"cursor": cursor})
    assert (gone.status_code, gone.json()["code"]) == (400, "invalid_cursor")


async def test_a_cursor_that_was_not_given_out_is_refused(owner: httpx2.AsyncClient) -> None:
    refused = await owner.get("/v1/workspace/api-key", params={"cursor": "x"})
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_cursor")
    assert refused.json()["path"] == "query:cursor"
