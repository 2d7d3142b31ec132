"""A server under watch: hostile data goes through every store, and what is executed meanwhile is printed as JSON.

A script, since a hook on the interpreter stays until the process ends.
"""

import asyncio
import json
import sys
import traceback
from pathlib import Path
from typing import Any

import httpx2

from flow_runtime.errors import Json
from tests.fakes.flows import make_flow, make_peer
from tests.fakes.live_server import LiveServer

WATCHED = {"exec", "compile", "pickle.find_class", "os.system", "code.__new__", "marshal.loads"}
HOSTILE: list[Any] = [
    {"lc": 1, "type": "constructor", "id": ["langchain_core", "prompts", "prompt", "PromptTemplate"], "kwargs": {}},
    {"lc": 1, "type": "secret", "id": ["PEER_SERVER_OWNER_TOKEN"]},
    {"py/object": "os.system", "py/reduce": [{"py/function": "os.system"}, {"py/tuple": ["touch taken"]}]},
    {"__reduce__": ["os.system", ["touch taken"]], "__class__": "subprocess.Popen"},
    "!!python/object/apply:os.system ['touch taken']",
    "cos\nsystem\n(S'touch taken'\ntR.",
    "gASVIgAAAAAAAACMBXBvc2l4lIwGc3lzdGVtlJOUjAV0b3VjaJSFlFKULg==",
    "__import__('os').system('touch taken')",
    "{{ __import__('os') }} ${jndi:ldap://x} {% import os %} #{7*7}",
    "&a [*a, *a]",
]
ECHO: dict[str, Any] = {
    "name": "Echo",
    "triggers": [{"type": "api"}, {"type": "peer.action"}],
    "inputs": {"type": "object", "properties": {"data": {}}, "required": ["data"]},
    "start": "keep",
    "steps": [
        {"id": "keep", "type": "set-variable", "config": {"values": {"kept": "{{ data }}"}}, "next": "ask"},
        {
            "id": "ask",
            "type": "user-approval",
            "config": {"title": "Keep?", "message": "{{ data }}"},
            "next": {"approve": "done", "reject": "done"},
        },
        {"id": "done", "type": "final", "config": {"output": {"data": "{{ kept }}"}}},
    ],
}

is_watching = False
seen: list[str] = []


def watch(event: str, arguments: tuple[Any, ...]) -> None:
    """Note what is executed while the data is in the server, but for modules that are imported late."""
    if not is_watching or event not in WATCHED:
        return
    callers = (frame.f_code.co_filename for frame, _ in traceback.walk_stack(None))
    if any("importlib" in name for name in callers):
        return
    seen.append(f"{event} {arguments!r:.200}")


async def store_and_read(client: httpx2.AsyncClient, data: Json) -> None:
    """Through runs, journals, cards, answers, definitions, variables, Peers, conversations, packages and files."""
    text = data if isinstance(data, str) else json.dumps(data)
    flow_id = await make_flow(client, {**ECHO, "description": text, "notes": text}, deploy=True)
    set_ = await client.put(f"/v1/flow/{flow_id}/variable/DATA", json={"value": data, "notes": text})
    assert set_.status_code in {200, 201}, set_.text
    started = await client.post(f"/v1/flow/execute/{flow_id}", json={"inputs": {"data": data}})
    assert started.json()["status"] == "waiting", started.text
    run_id = started.json()["appRunId"]
    answer = {"decision": "approve", "comment": text}
    resumed = await client.post(f"/v1/flowrun/resume/{run_id}", json=answer)
    assert resumed.json() == {"data": data}, resumed.text
    package = (await client.get(f"/v1/flow/{flow_id}/export")).content
    imported = await client.post(
        "/v1/flow/import",
        content=package,
        headers={"content-type": "application/json"},
        params={"name": f"{flow_id} 2"},
    )
    assert imported.status_code in {201, 409}, imported.text
    peer_id = await make_peer(client, name=text[:60], instructions=text, script=[{"when": ".", "say": text}])
    conversation = (await client.post("/v1/conversation", json={"peerId": peer_id})).json()["id"]
    sent = await client.post(f"/v1/conversation/{conversation}/message", json={"content": text})
    assert sent.status_code in {200, 201, 202}, sent.text
    assert (await client.get(f"/v1/conversation/{conversation}/message")).status_code == 200
    file = await client.post("/v1/file", files={"file": ("data.pkl", text.encode(), "application/octet-stream")})
    assert (await client.get(f"/v1/file/{file.json()['id']}")).content == text.encode()


async def main(folder: Path) -> list[str]:
    """What was executed; a start of the server with the data in its stores is a part of it."""
    global is_watching  # noqa: PLW0603 - the hook is one for the process
    with LiveServer(folder) as server:
        async with server.client() as client:
            await store_and_read(client, "harmless")
            is_watching = True
            for data in HOSTILE:
                await store_and_read(client, data)
            is_watching = False
    with LiveServer(folder) as server:
        is_watching = True
        async with server.client() as client:
            for path in ("/v1/flow", "/v1/peer", "/v1/conversation", "/v1/interrupt", "/v1/workspace/audit"):
                assert (await client.get(path)).status_code == 200, path
        is_watching = False
    return seen


def sees_what_it_should() -> bool:
    """Whether the watch notices what it looks for."""
    global is_watching  # noqa: PLW0603 - as above
    is_watching = True
    eval("1 + 1")
    is_watching = False
    noticed, seen[:] = bool(seen), []
    return noticed


if __name__ == "__main__":
    sys.addaudithook(watch)
    assert sees_what_it_should()
    sys.stdout.write(json.dumps(asyncio.run(main(Path(sys.argv[1])))))
