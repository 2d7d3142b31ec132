"""X7: who is let in by a link or a key runs the published version, whatever else they send along."""

from collections.abc import Iterator
from typing import Any, Final

import httpx2
import pytest

from flow_runtime.errors import Json
from tests.fakes.flows import key_headers, make_flow
from tests.fakes.live_server import LiveServer

pytestmark = [pytest.mark.anyio, pytest.mark.promise("X7")]
NAMES: Final = (
    *("data", "flow", "flowId", "flow_id", "app", "appId", "definition", "flow_definition", "nodes", "steps", "start"),
    *("version", "versionId", "draft", "preview", "deployed", "environment", "trigger", "settings", "guardrails"),
    *("code", "env", "variables", "model", "inputs", "workspaceId", "userId", "owner", "role", "__proto__"),
)
DOORS: Final = {
    "a share link": "/v1/flow/share/execute/{token}",
    "a key, by the configured mode": "/v1/client/flow/{flow_id}/execute",
    "a key, waiting": "/v1/client/flow/{flow_id}/sync",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server that does not count requests."""
    limits = dict.fromkeys(("rate_limit", "address_rate_limit", "public_rate_limit"), "1000000/second")
    with LiveServer(tmp_path_factory.mktemp("data"), **limits) as running:
        yield running


def saying(word: str) -> dict[str, Any]:
    steps = [{"id": "done", "type": "final", "config": {"output": {"said": word}}}]
    triggers = [{"type": "api"}]
    return {"name": "Said", "triggers": triggers, "inputs": {"type": "object"}, "start": "done", "steps": steps}


async def three_kinds(owner: httpx2.AsyncClient) -> str:
    """A flow whose deployed version, newer version and draft each say something else."""
    flow_id = await make_flow(owner, saying("deployed"), deploy=True)
    await owner.patch(f"/v1/flow/{flow_id}", json={"definition": saying("newer")})
    published = await owner.post(f"/v1/flow/{flow_id}/publish")
    assert published.status_code == 200, published.text
    await owner.patch(f"/v1/flow/{flow_id}", json={"definition": saying("draft")})
    return flow_id


@pytest.mark.parametrize("door", DOORS)
async def test_nothing_that_is_sent_along_chooses_what_runs(
    owner: httpx2.AsyncClient, nobody: httpx2.AsyncClient, door: str
) -> None:
    # Given a door to a deployed flow, and a flow of somebody's own
    flow_id, other_id = await three_kinds(owner), await make_flow(owner, saying("other"))
    link = await owner.post(f"/v1/flow/{flow_id}/share", json={"rateLimit": 6000})
    url = DOORS[door].format(flow_id=flow_id, token=link.json()["token"])
    nobody.headers.update({} if "share" in url else await key_headers(owner, flow_id))
    ran = await nobody.post(url, json={})
    assert ran.json() == {"said": "deployed"}
    # When a definition, another version or another flow is named in the body or in the query
    values: list[Json] = [saying("smuggled"), other_id, "draft"]
    for name in NAMES:
        tries = [await nobody.post(url, json={name: value}) for value in values]
        tries.append(await nobody.post(url, json=dict.fromkeys(NAMES, 99), params={name: other_id}))
        # Then what runs is what was deployed, or nothing
        assert {answer.status_code < 500 for answer in tries} == {True}, name
        assert {answer.json().get("said", "deployed") for answer in tries} == {"deployed"}, name


async def test_a_key_chooses_among_published_versions_only(
    owner: httpx2.AsyncClient, nobody: httpx2.AsyncClient
) -> None:
    flow_id = await three_kinds(owner)
    nobody.headers.update(await key_headers(owner, flow_id))
    url = f"/v1/client/flow/{flow_id}/execute"
    chosen = {version: await nobody.post(f"{url}?version={version}", json={}) for version in (1, 2, 3, "draft")}
    assert [chosen[1].json(), chosen[2].json()] == [{"said": "deployed"}, {"said": "newer"}]
    assert [chosen[3].status_code, chosen["draft"].status_code] == [404, 400]


async def test_a_visit_takes_nothing_but_its_link(owner: httpx2.AsyncClient, nobody: httpx2.AsyncClient) -> None:
    peer = (await owner.post("/v1/peer", json={"name": "Peer", "model": "scripted"})).json()
    token = (await owner.post(f"/v1/peer/{peer['id']}/link", json={})).json()["token"]
    for name in NAMES:
        refused = await nobody.post("/v1/auth/visit", json={"token": token, name: "draft"})
        assert (refused.status_code, refused.json()["code"]) == (400, "invalid_request"), name
