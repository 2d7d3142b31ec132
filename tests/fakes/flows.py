"""Small flows, and how tests put them into a server."""

from typing import Any

import httpx2

from flow_runtime.errors import Json

GREETING: dict[str, Any] = {
    "name": "Greeting",
    "triggers": [{"type": "api"}, {"type": "peer.action"}],
    "inputs": {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]},
    "start": "done",
    "steps": [{"id": "done", "type": "final", "config": {"output": {"greeting": "Hello {{ name }}"}}}],
}
APPROVAL: dict[str, Any] = {
    "name": "Ask first",
    "triggers": [{"type": "api"}, {"type": "peer.action"}],
    "inputs": {"type": "object", "properties": {"amount": {"type": "number"}}, "required": ["amount"]},
    "start": "ask",
    "steps": [
        {
            "id": "ask",
            "type": "user-approval",
            "config": {"title": "Pay {{ amount }}?"},
            "output": "approval",
            "next": {"approve": "paid", "reject": "declined"},
        },
        {"id": "paid", "type": "final", "config": {"output": {"paid": "{{ amount }}"}}},
        {"id": "declined", "type": "final", "config": {"output": {"paid": 0}}},
    ],
}


async def make_flow(client: httpx2.AsyncClient, definition: dict[str, Any], *, deploy: bool = False) -> str:
    """A flow with this draft, deployed if wished."""
    made = await client.post("/v1/flow", json={"definition": definition})
    assert made.status_code == 201, made.text
    flow_id: str = made.json()["id"]
    if deploy:
        deployed = await client.post(f"/v1/flow/{flow_id}/deploy")
        assert deployed.status_code == 200, deployed.text
    return flow_id


async def make_peer(client: httpx2.AsyncClient, *attachments: dict[str, Any], **content: Json) -> str:
    """A Peer on the scripted model with these attachments."""
    body = {"name": "Peer", "model": "scripted", "attachments": list(attachments), **content}
    made = await client.post("/v1/peer", json=body)
    assert made.status_code == 201, made.text
    peer_id: str = made.json()["id"]
    return peer_id


async def make_key(client: httpx2.AsyncClient, flow_id: str | None, **content: Json) -> str:
    """An API key of the flow, or of the whole workspace."""
    place = "workspace" if flow_id is None else f"flow/{flow_id}"
    made = await client.post(f"/v1/{place}/api-key", json={"name": "Test", **content})
    assert made.status_code == 201, made.text
    key: str = made.json()["key"]
    return key


async def key_headers(client: httpx2.AsyncClient, flow_id: str | None) -> dict[str, str]:
    """Headers that act by a new key; they come instead of those of the client."""
    return {"Authorization": f"Bearer {await make_key(client, flow_id)}"}
