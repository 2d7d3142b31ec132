"""The figures for Prometheus: behind a token of their own, of few labels, and about nobody."""

import re
from collections.abc import Iterator

import httpx2
import pytest

from tests.fakes.flows import APPROVAL, make_flow, make_peer
from tests.fakes.live_server import TOKEN, LiveServer
from tests.fakes.socket_talk import SocketClient

pytestmark = pytest.mark.anyio
SECRET = "prometheus-may-look"
LINE = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$")


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with LiveServer(tmp_path_factory.mktemp("data"), metrics_token=SECRET) as running:
        yield running


async def figures(server: LiveServer) -> dict[str, float]:
    async with server.anonymous() as prometheus:
        page = await prometheus.get("/metrics", headers={"Authorization": f"Bearer {SECRET}"})
    assert page.status_code == 200, page.text
    found = (LINE.match(line) for line in page.text.splitlines() if not line.startswith("#"))
    return {f"{one[1]}{{{one[2]}}}" if one[2] else one[1]: float(one[3]) for one in found if one}


async def test_there_is_no_such_page_without_a_token_and_none_for_another(
    watched: LiveServer, server: LiveServer, owner: httpx2.AsyncClient
) -> None:
    assert (await owner.get("/metrics")).status_code == 404
    async with watched.client() as other_owner, watched.anonymous() as stranger:
        assert (await other_owner.get("/metrics")).status_code == 401
        assert (await stranger.get("/metrics")).status_code == 401


async def test_what_is_done_is_counted_by_kinds_and_not_by_names(watched: LiveServer) -> None:
    # Given a flow that waits for somebody, a conversation, and requests for what there is not
    async with watched.client() as owner:
        flow_id = await make_flow(owner, APPROVAL, deploy=True)
        peer_id = await make_peer(owner, name="Secret Peer")
        await owner.post(f"/v1/flow/execute/{flow_id}", json={"inputs": {"amount": 3}})
        for path in ("/v1/flow/unknown", "/nowhere/ada@example.com", "/v1/flow/share/psh_token"):
            assert (await owner.get(path)).status_code == 404
        async with watched.socket() as connection:
            talking = SocketClient(connection)
            await talking.hello(TOKEN)
            opened = await talking.command("conversation.open", peerId=peer_id)
            await talking.command(
                "message.send", conversationId=opened["conversationId"], clientMessageId="m", content="hello"
            )
            await talking.event("turn.finished")
            found = await figures(watched)
            # Then each of them is in a figure
            assert found["peer_server_sockets"] == 1
        asked = (await owner.get("/v1/interrupt", params={"status": "open"})).json()["items"]
        await owner.post(f"/v1/interrupt/{asked[0]['id']}/resume", json={"decision": "approve"})
    after = await figures(watched)
    assert found['peer_server_runs{kind="flow",status="waiting"}'] == 1
    assert found['peer_server_interrupts_open{kind="approval"}'] == 1
    assert found['peer_server_runs_ended_total{kind="turn",status="completed"}'] == 1
    assert found['peer_server_model_calls_total{outcome="completed",source="scripted"}'] == 1
    assert found['peer_server_model_tokens_total{kind="prompt",source="scripted"}'] >= 1
    assert found["process_resident_memory_bytes"] > 0
    route = 'method="GET",route="/v1/flow/{flow_id}",status="404"'
    assert found[f"peer_server_http_requests_total{{{route}}}"] == 1
    assert after['peer_server_interrupts_closed_total{kind="approval",status="settled"}'] == 1
    assert 'peer_server_interrupts_open{kind="approval"}' not in after
    # And nothing in them names anything or anybody
    told = " ".join(after)
    for word in (flow_id, peer_id, asked[0]["id"], "ada@", "psh_token", "Secret", "unknown"):
        assert word not in told
