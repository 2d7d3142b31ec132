"""The examples are made once, whole and deployed, and a restart finds them again."""

from pathlib import Path

import httpx2
import pytest

from peer_server.services.examples import find_examples, load_examples, seed_examples
from tests.fakes.live_server import LiveServer

pytestmark = pytest.mark.anyio


async def everything(client: httpx2.AsyncClient) -> dict[str, list[dict[str, object]]]:
    """What the examples consist of; of data sources not how far they are indexed."""
    kinds = ("flow", "peer", "data-source")
    found = {what: (await client.get(f"/v1/{what}", params={"limit": 200})).json()["items"] for what in kinds}
    found["data-source"] = [{name: one[name] for name in ("id", "name", "documents")} for one in found["data-source"]]
    return found


async def test_examples_are_made_once(tmp_path: Path) -> None:
    examples = load_examples(find_examples())
    with LiveServer(tmp_path) as server:
        async with server.client() as client:
            # When they are made twice, as two starts would, with another address of the shop
            server.run(seed_examples(server.services, examples, variables={"SHOP_URL": "http://127.0.0.1:1"}))
            first = await everything(client)
            server.run(seed_examples(server.services, examples, variables={"SHOP_URL": "http://127.0.0.1:2"}))
            second = await everything(client)
            # Then each is there once, deployed, and only the address has changed
            flow_id = first["flow"][0]["id"]
            variable = (await client.get(f"/v1/flow/{flow_id}/variable/SHOP_URL")).json()
    assert first == second
    assert len(first["peer"]) == len(examples) == 3
    assert [(one["name"], one["documents"]) for one in first["data-source"]] == [("Support desk policies", 1)]
    assert {flow["deployedVersion"] for flow in first["flow"]} == {1}
    assert variable["value"] == "http://127.0.0.1:2"
