"""`peer-server rotate-keys` beside a running server: nothing stops, and the old key opens nothing any more."""

import asyncio
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import Connection, select, update

from flow_runtime.store import Transaction
from peer_server.cli.rotation import rotate
from peer_server.secrets import Keyring, SecretUnreadable, WrappedKey, _decode
from peer_server.stores.definition_tables import variables
from peer_server.stores.identity import wrapped_keys
from tests.fakes.flows import make_flow
from tests.fakes.live_server import LiveServer

pytestmark = [pytest.mark.anyio, pytest.mark.promise("S6")]
READING = {
    "name": "Reading",
    "start": "done",
    "steps": [
        {"id": "done", "type": "final", "config": {"output": {"n": "{{ size(string(env.KEY)) }}"}}},
    ],
}


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PEER_SERVER_SECRET_KEY", raising=False)


async def make_secret_flow(client: httpx2.AsyncClient) -> str:
    flow_id = await make_flow(client, READING)
    await client.put(f"/v1/flow/{flow_id}/variable/KEY", json={"value": "hunter2", "secure": True})
    return flow_id


async def run(client: httpx2.AsyncClient, flow_id: str) -> httpx2.Response:
    return await client.post(f"/v1/flow/execute/{flow_id}", json={"inputs": {}})


async def test_keys_rotate_while_runs_use_them(server: LiveServer, owner: httpx2.AsyncClient, data_dir: Path) -> None:
    # Given runs that read a secret all the time
    flow_id = await make_secret_flow(owner)
    old = [_decode(line) for line in (data_dir / "secret.key").read_text().split()]
    results: list[httpx2.Response] = []
    is_rotating = True

    async def keep_running() -> None:
        while is_rotating:
            results.append(await run(owner, flow_id))

    busy = asyncio.create_task(keep_running())
    # When the keys rotate twice, the second time forgetting what is not needed
    for prune in (False, True):
        await asyncio.to_thread(rotate, data_dir=data_dir, prune=prune)
        results.append(await run(owner, flow_id))
    is_rotating = False
    await busy
    # Then no run noticed
    assert {(answer.status_code, answer.json()["n"]) for answer in results} == {(200, 7)}
    # And the newest key and the oldest are left, of which the oldest opens no data key
    lines = (data_dir / "secret.key").read_text().split()
    assert len(lines) == 2
    assert _decode(lines[1]) == old[-1]
    for workspace_id, kek_id, data in server.run(server.services.store.read(wrapped_keys)):
        with pytest.raises(SecretUnreadable):
            Keyring(old).unwrap(WrappedKey(kek_id, data), workspace_id)


async def test_a_ciphertext_opens_only_where_it_was_written(server: LiveServer, owner: httpx2.AsyncClient) -> None:
    # Given two flows with a secret each, and one whose secret was changed
    flows = [await make_secret_flow(owner) for _ in range(2)]
    store = server.services.store

    def sealed(conn: Connection, flow_id: str) -> bytes:
        found: bytes = conn.scalars(select(variables.c.ciphertext).where(variables.c.flow_id == flow_id)).one()
        return found

    def put(tx: Transaction, flow_id: str, *, name: str = "KEY", ciphertext: bytes) -> None:
        tx.conn.execute(
            update(variables).where(variables.c.flow_id == flow_id).values(ciphertext=ciphertext, name=name)
        )

    before = server.run(store.read(sealed, flows[0]))
    await owner.put(f"/v1/flow/{flows[0]}/variable/KEY", json={"value": "changed", "secure": True})
    now = server.run(store.read(sealed, flows[0]))
    # When somebody moves ciphertexts in the database: to another flow, to another name, back to an old value
    server.run(store.write(put, flows[1], ciphertext=now))
    moved = await run(owner, flows[1])
    server.run(store.write(put, flows[0], name="OTHER", ciphertext=now))
    other = await run(owner, flows[0])
    server.run(store.write(put, flows[0], ciphertext=before))
    replayed = await run(owner, flows[0])
    # Then none of them opens
    assert {answer.status_code for answer in (moved, other, replayed)} == {500}
    assert {answer.json()["error"]["code"] for answer in (moved, other, replayed)} == {"secret_unreadable"}
