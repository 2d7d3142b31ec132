"""Puts flows and Peers into a running server over REST, as any administrator's script would."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from flow_runtime.errors import Json
from tests.faults.server_process import ServerProcess

EXAMPLES = Path(__file__).parents[2] / "examples"
Definition = Mapping[str, Any]


def seed_flow(server: ServerProcess, definition: Definition, **variables: str) -> str:
    """Make, publish and deploy a flow with these variables. Its id."""
    flow_id = str(server.request("POST", "/v1/flow", {"definition": definition})["id"])
    for name, value in variables.items():
        server.request("PUT", f"/v1/flow/{flow_id}/variable/{name}", {"value": value})
    server.request("POST", f"/v1/flow/{flow_id}/publish")
    server.request("POST", f"/v1/flow/{flow_id}/deploy")
    return flow_id


def seed_peer(
    server: ServerProcess, flows: Mapping[str, str], *, model: str = "scripted", script: Sequence[Json] = ()
) -> str:
    """Make a Peer with these flows (id by tool name) as tools. Its id."""
    attachments = [{"flowId": flow_id, "as": "tool", "toolName": name} for name, flow_id in flows.items()]
    content = {"name": "Desk", "model": model, "attachments": attachments, "script": list(script)}
    return str(server.request("POST", "/v1/peer", content)["id"])


def seed_example(server: ServerProcess, name: str, *, shop_url: str) -> str:
    """Put one of the examples in. The id of its Peer."""
    folder = EXAMPLES / name
    ids = {
        file.stem: seed_flow(server, json.loads(file.read_text()), SHOP_URL=shop_url)
        for file in sorted(folder.glob("flows/*.json"))
    }
    peer = json.loads((folder / "peer.json").read_text())
    content = {field: value for field, value in peer.items() if field not in ("key", "attachments")}
    attachments = [
        {**{field: value for field, value in one.items() if field != "flow"}, "flowId": ids[one["flow"]]}
        for one in peer["attachments"]
    ]
    return str(server.request("POST", "/v1/peer", {**content, "attachments": attachments})["id"])
