"""Idempotency keys: the same request is done once, however often and at the same time it is sent."""

import asyncio
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest

from peer_server.stores.endpoint_tables import kept_answers
from tests.fakes.flows import APPROVAL, GREETING, key_headers, make_flow, make_key
from tests.fakes.live_server import Json, LiveServer, stored_bytes

pytestmark = pytest.mark.anyio


async def names(owner: httpx2.AsyncClient, search: str) -> int:
    """How many flows have that name."""
    return len((await owner.get("/v1/flow", params={"search": search})).json()["items"])


async def test_a_repeated_request_makes_one_thing(owner: httpx2.AsyncClient, nobody: httpx2.AsyncClient) -> None:
    # Given a request under a key
    body, key = {"definition": {**GREETING, "name": "Once only"}}, {"Idempotency-Key": "a-1"}
    first, second = [await owner.post("/v1/flow", json=body, headers=key) for _ in range(2)]
    # When another body, another place, nobody, and a bad key use it
    other_body = await owner.post("/v1/flow", json={"definition": {**GREETING, "name": "Else"}}, headers=key)
    other_place = await owner.post(f"/v1/flow/{first.json()['id']}/api-key", json={"name": "K"}, headers=key)
    stranger = await nobody.post("/v1/flow", json=body, headers=key)
    bad = [await owner.post("/v1/flow", json=body, headers={"Idempotency-Key": bad}) for bad in ("", "x" * 256)]
    # Then there is one flow, and its answer is the same
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert ("idempotency-replayed" in first.headers, second.headers["idempotency-replayed"]) == (False, "true")
    assert await names(owner, "Once only") == 1
    assert (other_body.status_code, other_body.json()["code"]) == (422, "idempotency_key_reused")
    assert (other_place.status_code, stranger.status_code) == (201, 401)
    assert [answer.status_code for answer in bad] == [400, 400]


async def test_many_at_once_start_one_run(owner: httpx2.AsyncClient) -> None:
    # Given a flow, and the same request from eight places at once
    flow_id = await make_flow(owner, GREETING, deploy=True)
    headers = {**await key_headers(owner, flow_id), "Idempotency-Key": "pay-7"}

    async def call() -> httpx2.Response:
        while True:
            answer = await owner.post(f"/v1/client/flow/{flow_id}/sync", json={"name": "Ada"}, headers=headers)
            if answer.status_code != 409:
                return answer
            assert (answer.json()["code"], answer.headers["retry-after"]) == ("idempotency_in_progress", "1")

    # When all have been answered
    answers = await asyncio.gather(*(call() for _ in range(8)))
    # Then they have the same answer, of one run
    assert {answer.content for answer in answers} == {b'{"greeting":"Hello Ada"}'}
    assert len((await owner.get(f"/v1/flow/{flow_id}/logs")).json()["items"]) == 1


async def test_a_refusal_frees_the_key_and_a_failed_run_does_not(owner: httpx2.AsyncClient) -> None:
    # Given a flow that greets, and one that fails
    step = {"id": "get", "type": "http-request", "config": {"url": "http://127.0.0.1:1/"}}
    failing = {"name": "Out", "triggers": [{"type": "api"}], "start": "get", "steps": [step]}
    greeting_id, failing_id = [await make_flow(owner, one, deploy=True) for one in (GREETING, failing)]
    headers = {**await key_headers(owner, None), "Idempotency-Key": "try-1"}
    # When one is called wrongly first, and the other one twice
    wrong = await owner.post(f"/v1/client/flow/{greeting_id}/sync", json={"name": 5}, headers=headers)
    right = await owner.post(f"/v1/client/flow/{greeting_id}/sync", json={"name": "Ada"}, headers=headers)
    failures = [await owner.post(f"/v1/client/flow/{failing_id}/sync", json={}, headers=headers) for _ in range(2)]
    # Then the corrected request is done, and the failed run is told again instead of run again
    assert (wrong.status_code, right.status_code) == (400, 200)
    assert {(answer.status_code, answer.json()["appRunId"]) for answer in failures} == {
        (500, failures[0].json()["appRunId"])
    }
    assert failures[1].headers["content-type"] == "application/problem+json"


async def test_a_request_that_died_goes_on_under_its_claim(owner: httpx2.AsyncClient, server: LiveServer) -> None:
    # Given a request whose process died after it had started its run
    flow_id = await make_flow(owner, APPROVAL, deploy=True)
    headers = {**await key_headers(owner, flow_id), "Idempotency-Key": "half-done"}
    url = f"/v1/client/flow/{flow_id}/sync"
    first = (await owner.post(url, json={"amount": 5}, headers=headers)).json()["appRunId"]
    server.run(server.services.store.write(forget_answers))
    # When it is sent again at once, and after its claim has lapsed
    early = await owner.post(url, json={"amount": 5}, headers=headers)
    server.run(server.services.store.write(lapse))
    late = await owner.post(url, json={"amount": 5}, headers=headers)
    # Then it finds the run that it had started
    assert early.json()["code"] == "idempotency_in_progress"
    assert late.json()["appRunId"] == first


async def test_kept_answers_hold_no_key_in_clear(owner: httpx2.AsyncClient, data_dir: Path) -> None:
    flow_id = await make_flow(owner, GREETING)
    made = [
        await owner.post(f"/v1/flow/{flow_id}/api-key", json={"name": "K"}, headers={"Idempotency-Key": "key-1"})
        for _ in range(2)
    ]
    keys = {answer.json()["key"] for answer in made}
    assert len(keys) == 1
    assert keys.pop().encode() not in stored_bytes(data_dir)
    assert len((await owner.get(f"/v1/flow/{flow_id}/api-key")).json()["items"]) == 1


async def test_a_withdrawn_key_gets_no_kept_answer(owner: httpx2.AsyncClient) -> None:
    flow_id = await make_flow(owner, GREETING, deploy=True)
    headers = {"x-api-key": await make_key(owner, flow_id), "Authorization": "", "Idempotency-Key": "k"}
    url = f"/v1/client/flow/{flow_id}/sync"
    assert (await owner.post(url, json={"name": "Ada"}, headers=headers)).status_code == 200
    [made] = (await owner.get(f"/v1/flow/{flow_id}/api-key")).json()["items"]
    await owner.delete(f"/v1/flow/{flow_id}/api-key/{made['id']}")
    assert (await owner.post(url, json={"name": "Ada"}, headers=headers)).status_code == 401


async def test_visitors_and_uploads_have_keys_too(owner: httpx2.AsyncClient, nobody: httpx2.AsyncClient) -> None:
    flow_id = await make_flow(owner, GREETING, deploy=True)
    token = (await owner.post(f"/v1/flow/{flow_id}/share")).json()["token"]
    key = {"Idempotency-Key": "visit"}
    runs = [await nobody.post(f"/v1/flow/share/execute/{token}", json={"name": "Ada"}, headers=key) for _ in range(2)]
    uploads = [
        await nobody.post(f"/v1/flow/share/file/{token}", files={"file": ("a.txt", text)}, headers=key)
        for text in (b"hello", b"hello", b"longer")
    ]
    assert [answer.status_code for answer in (*runs, *uploads)] == [200, 200, 201, 201, 422]
    assert uploads[0].json()["id"] == uploads[1].json()["id"]
    assert len((await owner.get(f"/v1/flow/{flow_id}/logs")).json()["items"]) == 1


def forget_answers(tx: Json) -> None:
    """Leave every claim as a request that is at work has it."""
    tx.conn.execute(kept_answers.update().values(status=None, body=None))


def lapse(tx: Json) -> None:
    """Let every claim be a minute old."""
    rows = tx.conn.execute(kept_answers.select()).mappings().all()
    for row in rows:
        is_it = kept_answers.c.claim == row["claim"]
        tx.conn.execute(kept_answers.update().where(is_it).values(expires_at=row["expires_at"] - timedelta(days=2)))
