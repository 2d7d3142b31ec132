"""Peers over HTTP: what their drafts may hold."""

import httpx2
import pytest

from flow_runtime.errors import Json
from tests.fakes.flows import GREETING, make_flow, make_peer

pytestmark = pytest.mark.anyio


async def test_a_script_is_kept_as_it_was_written(owner: httpx2.AsyncClient) -> None:
    # Given rules with several calls, and with a call that reads its arguments from the message
    script = [
        {"when": "both", "call": [{"tool": "look_up"}, {"tool": "refund", "args": {"amount": "{{1}}"}}]},
        {"when": "thank", "say": "You are welcome."},
    ]
    # When a Peer is made with them
    peer_id = await make_peer(owner, script=script)
    # Then it has exactly these
    assert (await owner.get(f"/v1/peer/{peer_id}")).json()["script"] == script


@pytest.mark.row("A-21")
async def test_a_flow_that_requires_more_than_a_message_answers_none(owner: httpx2.AsyncClient) -> None:
    # Given a flow that requires a name
    flow_id = await make_flow(owner, GREETING, deploy=True)
    attachment = {"flowId": flow_id, "as": "message"}
    # Then it is no answer to a message
    refused = await owner.post("/v1/peer", json={"name": "Peer", "attachments": [attachment]})
    assert (refused.status_code, refused.json()["code"], refused.json()["path"]) == (
        *(400, "invalid_peer"),
        "/attachments/0/as",
    )
    # But one that wants the text itself is
    inputs = {"type": "object", "properties": {"message": {"type": "string"}}, "required": ["message"]}
    steps = [{"id": "done", "type": "final", "config": {"output": "{{ message }}"}}]
    flow_id = await make_flow(owner, {**GREETING, "inputs": inputs, "steps": steps}, deploy=True)
    made = await owner.post("/v1/peer", json={"name": "Peer", "attachments": [{**attachment, "flowId": flow_id}]})
    assert made.status_code == 201, made.text


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        ({"when": "x"}, "/script/0"),
        ({"when": "(", "say": "y"}, "/script/0/when"),
        ({"when": "x" * 1001, "say": "y"}, "/script/0/when"),
        ({"when": "x", "tell": "y"}, "/script/0/tell"),
    ],
)
async def test_a_rule_that_could_not_work_is_refused(owner: httpx2.AsyncClient, rule: Json, path: str) -> None:
    answer = await owner.post("/v1/peer", json={"name": "Peer", "script": [rule]})
    assert answer.status_code == 400
    assert path in [fault["path"] for fault in answer.json()["errors"]]
