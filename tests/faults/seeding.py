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
    flow_id = make_draft(server, definition, **variables)
    server.request("POST", f"/v1/flow/{flow_id}/publish")
    server.request("POST", f"/v1/flow/{flow_id}/deploy")
    return flow_id


def make_draft(server: ServerProcess, definition: Definition, **variables: str) -> str:
    """Make a flow with these variables. Its id."""
    flow_id = str(server.request("POST", "/v1/flow", {"definition": definition})["id"])
    for name, value in variables.items():
        server.request("PUT", f"/v1/flow/{flow_id}/variable/{name}", {"value": value})
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
    definitions = {file.stem: json.loads(file.read_text()) for file in sorted(folder.glob("flows/*.json"))}
    ids = {file: make_draft(server, definition, SHOP_URL=shop_url) for file, definition in definitions.items()}
    for file, flow_id in ids.items():
        server.request("PATCH", f"/v1/flow/{flow_id}", {"definition": with_ids(definitions[file], ids)})
        server.request("POST", f"/v1/flow/{flow_id}/deploy")
    peer = json.loads((folder / "peer.json").read_text())
    if documents := sorted(folder.glob("knowledge/*.md")):
        (source,) = peer["knowledge"]["sources"]
        seed_knowledge(server, source, {file.name: file.read_bytes() for file in documents})
    content = {field: value for field, value in peer.items() if field not in ("key", "attachments")}
    attachments = [
        {**{field: value for field, value in one.items() if field != "flow"}, "flowId": ids[one["flow"]]}
        for one in peer["attachments"]
    ]
    return str(server.request("POST", "/v1/peer", {**content, "attachments": attachments})["id"])


def seed_knowledge(server: ServerProcess, name: str, documents: Mapping[str, bytes]) -> str:
    """Make a data source with these Markdown files and wait until they can be searched. Its id."""
    source_id = make_source(server, name)
    for file_name, text in documents.items():
        file_id = upload(server, file_name, text)
        server.request("POST", f"/v1/data-source/{source_id}/document", {"fileId": file_id})
    server.wait_until(lambda: _ready_documents(server, source_id) == len(documents))
    return source_id


def make_source(server: ServerProcess, name: str, **content: Json) -> str:
    """Make an empty data source. Its id."""
    return str(server.request("POST", "/v1/data-source", {"name": name, **content})["id"])


def upload(server: ServerProcess, name: str, text: bytes) -> str:
    """Upload a Markdown file. Its id."""
    with server.client() as client:
        response = client.post("/v1/file", files={"file": (name, text, "text/markdown")})
    assert response.status_code == 201, response.text
    return str(response.json()["id"])


def _ready_documents(server: ServerProcess, source_id: str) -> int:
    return int(server.request("GET", f"/v1/data-source/{source_id}")["ready"])


def with_ids(value: Json, ids: Mapping[str, str]) -> Json:
    """The definition with the real id wherever it names another flow of the example by its file."""
    if isinstance(value, dict):
        return {key: ids.get(item, item) if key == "flowId" else with_ids(item, ids) for key, item in value.items()}
    return [with_ids(item, ids) for item in value] if isinstance(value, list) else value
