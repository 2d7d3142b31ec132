"""The life of a flow on PostgreSQL, where the same statements meet another dialect."""

import asyncio
from pathlib import Path

import pytest

from peer_server.cli.rotation import rotate
from tests.fakes.flows import GREETING, make_flow, make_peer
from tests.fakes.live_server import LiveServer
from tests.fakes.people import join

pytestmark = pytest.mark.anyio


async def test_a_flow_is_versioned_packed_and_replaced(
    tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with LiveServer(tmp_path, database_url=postgres_url) as server:
        async with server.client() as owner:
            # Given a deployed flow that a Peer and another flow use, with variables
            flow_id = await make_flow(owner, GREETING, deploy=True)
            await make_peer(owner, {"flowId": flow_id}, name="Helper")
            call = {"id": "call", "type": "run-flow", "config": {"flowId": flow_id, "inputs": {"name": "x"}}}
            await make_flow(owner, {"name": "Parent", "start": "call", "steps": [call]}, deploy=True)
            variable = f"/v1/flow/{flow_id}/variable"
            await owner.post(variable, json={"name": "PLAIN", "value": "old"})
            await owner.post(variable, json={"name": "KEY", "value": "hunter2", "secure": True})
            await owner.put("/v1/workspace/variable/SHARED", json={"value": [1, {"a": None}]})
            # When its inputs change
            package = (await owner.get(f"/v1/flow/{flow_id}/export", params={"format": "zip"})).content
            changed = {**GREETING, "inputs": {"type": "object", "properties": {}}}
            changed["steps"] = [{"id": "done", "type": "final", "config": {"output": {"shared": "{{ env.SHARED }}"}}}]
            await owner.patch(f"/v1/flow/{flow_id}", json={"definition": changed})
            refused = await owner.post(f"/v1/flow/{flow_id}/deploy")
            # Then those who use it are listed, also for somebody who sees none of them
            users = {one["name"] for one in refused.json()["details"]["dependants"]}
            assert users == {"Helper", "Parent"}
            ed = await join(server, owner, "Ed")
            grant = {"grants": [{"subjectId": ed.id, "role": "editor"}]}
            assert (await owner.put(f"/v1/flow/{flow_id}/grant", json=grant)).status_code == 200
            assert (await ed.client.post(f"/v1/flow/{flow_id}/deploy")).json()["details"]["hidden"] == 2
            # And after a confirmation the new version runs, and the old one comes back from its package
            assert (await owner.post(f"/v1/flow/{flow_id}/deploy", json={"confirm": True})).json() == {"version": 2}
            ran = await owner.post(f"/v1/flow/execute/{flow_id}", json={"inputs": {}})
            assert ran.json() == {"shared": [1, {"a": None}]}
            await owner.patch(f"{variable}/PLAIN", json={"value": "new"})
            path, headers = f"/v1/flow/{flow_id}/import", {"content-type": "application/zip"}
            conflict = await owner.post(path, content=package, headers=headers)
            assert conflict.json()["details"]["conflicts"][0]["name"] == "PLAIN"
            query = {"overwrite": "PLAIN", "backup": "true"}
            done = await owner.post(path, content=package, headers=headers, params=query)
            assert done.json()["definition"] == GREETING
            assert (await owner.get(done.json()["backup"]["url"])).content.startswith(b"PK")
            assert (await owner.get(f"{variable}/PLAIN")).json()["value"] == "old"
            # And a version remembers who could reach it
            version = (await owner.get(f"/v1/flow/{flow_id}/version/2")).json()
            assert [one["name"] for one in version["audience"]["grants"]] == ["Ed"]
            # And the keys can be renewed beside the server
            monkeypatch.setenv("PEER_SERVER_DATABASE_URL", postgres_url)
            await asyncio.to_thread(rotate, data_dir=tmp_path, prune=False)
            reading = {"id": "done", "type": "final", "config": {"output": {"size": "{{ size(env.KEY) }}"}}}
            await owner.patch(f"/v1/flow/{flow_id}", json={"definition": {**changed, "steps": [reading]}})
            ran = await owner.post(f"/v1/flow/execute/{flow_id}", json={"inputs": {}, "version": "draft"})
            assert ran.json() == {"size": 7}
