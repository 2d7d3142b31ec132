"""Files through the door: who may read them, what they may be, and where they may be named."""

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx2
import pytest

from flow_runtime.clock import ManualClock
from peer_server.services.files.file_links import FileLinks
from tests.fakes.flows import APPROVAL, GREETING, key_headers, make_flow, make_key, make_peer
from tests.fakes.live_server import Json, LiveServer
from tests.fakes.members import Member

pytestmark = pytest.mark.anyio
TAKES_A_FILE: dict[str, Json] = {
    **GREETING,
    "name": "Reads a file",
    "inputs": {"type": "object", "properties": {"file": {"type": "string"}, "more": {"type": "array"}}},
    "steps": [{"id": "done", "type": "final", "config": {"output": "{{ file }}"}}],
}


async def upload(client: httpx2.AsyncClient, content: bytes = b"hello", *, path: str = "/v1/file") -> str:
    made = await client.post(path, files={"file": ("report.txt", content, "text/plain")})
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def statuses(file_id: str, *clients: httpx2.AsyncClient, **headers: str) -> list[int]:
    """What reading the record and the bytes comes to."""
    answers = [await one.get(f"/v1/file/{file_id}{end}", headers=headers) for one in clients for end in ("", "/info")]
    return [answer.status_code for answer in answers]


@pytest.mark.row("B-36")
async def test_a_file_belongs_to_whoever_uploaded_it(
    server: LiveServer, owner: httpx2.AsyncClient, nobody: httpx2.AsyncClient
) -> None:
    # Given a file of Ada's
    ada, bo = Member(server, "Ada"), Member(server, "Bo")
    async with ada.client() as hers, bo.client() as his:
        file_id = await upload(hers, path="/v1/flow/file")
        # When she, others of the workspace and nobody ask for it
        # Then she alone gets it, and for the others there is none
        assert await statuses(file_id, hers) == [200, 200]
        assert await statuses(file_id, his, owner) == [404] * 4
        assert await statuses(file_id, nobody) == [401, 401]
        nothing = "0" * 25
        unknown = (await his.get(f"/v1/file/{nothing}")).text
        assert (await his.get(f"/v1/file/{file_id}")).text == unknown.replace(nothing, file_id)


async def test_a_run_shares_its_files_with_those_who_may_see_it(server: LiveServer, owner: httpx2.AsyncClient) -> None:
    # Given a flow that Ada may run and Bo may see
    ada, bo, cy = [Member(server, name) for name in ("Ada", "Bo", "Cy")]
    flow_id = await make_flow(owner, TAKES_A_FILE, deploy=True)
    ada.gets("runner", flow_id)
    bo.gets("viewer", flow_id)
    async with ada.client() as hers, bo.client() as his, cy.client() as foreign:
        file_id = await upload(hers)
        assert await statuses(file_id, his) == [404, 404]
        # When Ada runs it with her file
        ran = await hers.post(f"/v1/flow/execute/{flow_id}", json={"inputs": {"file": file_id}})
        # Then those who may see the run may read it, and nobody else
        assert ran.json() == file_id
        assert await statuses(file_id, hers, his, owner) == [200] * 6
        assert await statuses(file_id, foreign) == [404, 404]


async def test_a_file_that_one_may_not_read_cannot_be_named(server: LiveServer, owner: httpx2.AsyncClient) -> None:
    # Given a file of the owner, and a flow that Ada may run
    ada = Member(server, "Ada")
    flow_id = await make_flow(owner, TAKES_A_FILE, deploy=True)
    ada.gets("runner", flow_id)
    secret = await upload(owner, b"secret")
    async with ada.client() as hers:
        own = await upload(hers)
        # When she names it as an input
        refused = await hers.post(
            f"/v1/flow/execute/{flow_id}",
            json={"inputs": {"file": own, "more": [{"fileId": own}, {"fileId": secret}]}},
        )
        # Then nothing starts, and the place is named
        assert (refused.status_code, refused.json()["code"]) == (400, "invalid_inputs")
        assert [(one["code"], one["path"]) for one in refused.json()["errors"]] == [
            ("unknown_file", "/inputs/more/1/fileId")
        ]
        assert (await hers.get(f"/v1/flow/{flow_id}/logs")).json()["items"] == []
        assert await statuses(secret, hers) == [404, 404]


async def test_a_conversation_holds_what_is_sent_in_it(server: LiveServer, owner: httpx2.AsyncClient) -> None:
    # Given Ada and Bo, who both talk to a Peer
    ada, bo = Member(server, "Ada"), Member(server, "Bo")
    peer_id = await make_peer(owner)
    for person in (ada, bo):
        person.gets("runner", peer_id, kind="peer")
    async with ada.client() as hers, bo.client() as his:
        talks = [(await one.post("/v1/conversation", json={"peerId": peer_id})).json()["id"] for one in (hers, his)]
        file_id = await upload(hers)
        part = [{"type": "file", "fileId": file_id}]
        # When each sends Ada's file in their own conversation
        sent = [
            await one.post(f"/v1/conversation/{talk}/message", json={"content": part})
            for one, talk in zip((hers, his), talks, strict=True)
        ]
        # Then only she can, and he learns nothing of it
        assert [answer.status_code for answer in sent] == [201, 404]
        assert await statuses(file_id, his) == [404, 404]


async def test_an_answer_may_name_only_ones_own_files(server: LiveServer, owner: httpx2.AsyncClient) -> None:
    # Given a flow that asks Ada for a document
    ada = Member(server, "Ada")
    ask, *rest = APPROVAL["steps"]
    form = {"schema": {"type": "object", "properties": {"document": {"type": "string"}}}}
    definition = {**APPROVAL, "steps": [{**ask, "config": {**ask["config"], "form": form}}, *rest]}
    flow_id = await make_flow(owner, definition, deploy=True)
    ada.gets("runner", flow_id)
    secret = await upload(owner, b"secret")
    async with ada.client() as hers:
        run_id = (await hers.post(f"/v1/flow/execute/{flow_id}", json={"inputs": {"amount": 5}})).json()["appRunId"]
        url, own = f"/v1/flowrun/resume/{run_id}", await upload(hers)
        # When she answers with the owner's file, then with hers
        answers = [
            await hers.post(url, json={"decision": "approve", "formData": {"document": file}}) for file in (secret, own)
        ]
        # Then the first is refused at its place, and hers is seen by those who see the run
        assert [answer.status_code for answer in answers] == [422, 200], [answer.text for answer in answers]
        assert answers[0].json()["errors"][0]["path"] == "/formData/document"
        assert await statuses(own, owner) == [200, 200]


async def test_keys_read_only_what_is_theirs(owner: httpx2.AsyncClient, nobody: httpx2.AsyncClient) -> None:
    # Given two keys of a flow, each with a file
    flow_id = await make_flow(owner, TAKES_A_FILE, deploy=True)
    one, other = [await key_headers(owner, flow_id) for _ in range(2)]
    made = await nobody.post("/v1/client/file", files={"file": ("a.txt", b"hello")}, headers=one)
    file_id = made.json()["id"]
    # When each asks for it
    assert await statuses(file_id, nobody, **one) == [200, 200]
    assert await statuses(file_id, nobody, **other) == [404, 404]
    assert (await owner.get(f"/v1/file/{file_id}")).status_code == 404
    # And a run of the other key that names it is refused
    url = f"/v1/client/flow/{flow_id}/execute"
    refused = await nobody.post(url, json={"file": file_id}, headers=other)
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_inputs")


async def test_visitors_read_what_their_own_run_was_given(
    owner: httpx2.AsyncClient, nobody: httpx2.AsyncClient
) -> None:
    # Given two visitors of one link, each with a file and a run that waits
    ask, *rest = APPROVAL["steps"]
    inputs = {"type": "object", "properties": {"amount": {}, "file": {"type": "string"}}}
    flow_id = await make_flow(owner, {**APPROVAL, "inputs": inputs, "steps": [ask, *rest]}, deploy=True)
    token = (await owner.post(f"/v1/flow/{flow_id}/share", json={})).json()["token"]
    files, secrets = [], []
    for _ in range(2):
        made = await nobody.post(f"/v1/flow/share/file/{token}", files={"file": ("a.txt", b"hello")})
        files.append(made.json()["id"])
        body = {"amount": 5, "file": files[-1]}
        ran = await nobody.post(f"/v1/flow/share/execute/{token}", json=body)
        secrets.append(ran.json()["resumeSecret"])
    # When the first one asks for both with the secret of their run
    first = {"x-resume-secret": secrets[0]}
    # Then they get theirs
    assert await statuses(files[0], nobody, **first) == [200, 200]
    assert await statuses(files[1], nobody, **first) == [404, 404]
    assert await statuses(files[0], owner) == [200, 200]


@pytest.mark.parametrize(
    ("content", "mime", "status"),
    [
        (b"MZ\x90\x00", "image/png", 400),
        (b"\x7fELF\x02", "application/pdf", 400),
        (b"MZ\x90\x00", "application/octet-stream", 201),
        (b"#!/bin/sh\nrm", "image/jpeg", 400),
        (b"#!/bin/sh\nrm", "text/plain", 201),
        (b"\xef\xbb\xbf \n<!DOCTYPE html><p>", "image/png", 400),
        (b"<svg onload=alert(1)>", "application/pdf", 400),
        (b'<?xml version="1.0"?>\n<svg onload=alert(1)>', "image/png", 400),
        (b"<svg onload=alert(1)>", "image/svg+xml", 201),
        (b"<script>alert(1)</script>", "text/html; charset=utf-8", 201),
        (b"", "image/png", 201),
    ],
)
async def test_programs_and_pages_say_what_they_are(
    owner: httpx2.AsyncClient, content: bytes, mime: str, status: int
) -> None:
    answer = await owner.post("/v1/file", files={"file": ("x", content, mime)})
    assert answer.status_code == status
    if status == 400:
        assert (answer.json()["code"], answer.json()["path"]) == ("file_type_mismatch", "/file")
        assert answer.json()["remedy"]
    else:
        assert (await owner.get(answer.json()["url"])).content == content


@pytest.mark.row("B-18")
async def test_an_upload_is_cut_off_where_it_becomes_too_large(server: LiveServer, owner: httpx2.AsyncClient) -> None:
    # Given a form whose end never comes
    async def endless() -> AsyncIterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n'
        for _ in range(40):
            yield b"x" * (1 << 20)

    # When it is uploaded
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = await owner.post("/v1/file", content=endless(), headers=headers)
    # Then the server does not wait for the end of the form, and keeps nothing
    assert (answer.status_code, answer.json()["code"]) == (413, "file_too_large")
    assert answer.json()["details"] == {"limit": server.settings.max_file_bytes}


async def test_deleting_is_for_whoever_uploaded_and_for_the_owner(
    server: LiveServer, owner: httpx2.AsyncClient
) -> None:
    # Given two files of Ada's in runs that Bo may see
    ada, bo = Member(server, "Ada"), Member(server, "Bo")
    flow_id = await make_flow(owner, TAKES_A_FILE, deploy=True)
    ada.gets("runner", flow_id)
    bo.gets("admin", flow_id)
    async with ada.client() as hers, bo.client() as his:
        files = [await upload(hers) for _ in range(2)]
        for file_id in files:
            await hers.post(f"/v1/flow/execute/{flow_id}", json={"inputs": {"file": file_id}})
        # When each deletes
        answers = [
            await his.delete(f"/v1/file/{files[0]}"),
            await hers.delete(f"/v1/file/{files[0]}"),
            await hers.delete(f"/v1/file/{files[0]}"),
            await owner.delete(f"/v1/file/{files[1]}"),
        ]
        # Then it is gone with its bytes, and recorded
        assert [answer.status_code for answer in answers] == [403, 204, 404, 204]
        assert await statuses(files[0], hers, his) == [404] * 4
    assert not any((server.settings.data_dir / "files" / file_id).exists() for file_id in files)
    deleted = (await owner.get("/v1/workspace/audit", params={"filter": "event:is:file.deleted"})).json()["items"]
    assert {one["objectId"] for one in deleted} == set(files)


async def test_a_key_of_another_flow_is_no_way_to_a_file(owner: httpx2.AsyncClient, nobody: httpx2.AsyncClient) -> None:
    flow_id, other_id = [await make_flow(owner, TAKES_A_FILE, deploy=True) for _ in range(2)]
    file_id = await upload(owner)
    await owner.post(f"/v1/flow/execute/{flow_id}", json={"inputs": {"file": file_id}})
    for place in (flow_id, other_id, None):
        headers = {"x-api-key": await make_key(owner, place, scopes=["run", "read"])}
        assert await statuses(file_id, nobody, **headers) == [404, 404]


async def test_a_link_opens_one_file_for_a_while(
    server: LiveServer, owner: httpx2.AsyncClient, nobody: httpx2.AsyncClient
) -> None:
    # Given a link to a file, and one that is over
    file_id, other_id = [await upload(owner) for _ in range(2)]
    made = await owner.post(f"/v1/file/{file_id}/link", json={"expiresInS": 300})
    url = made.json()["url"].removeprefix(server.settings.base_url)
    links = FileLinks(server.keyring, clock=ManualClock())
    over, _ = links.make(file_id, lasts=timedelta(minutes=5))
    # When anybody follows it
    found = await nobody.get(url)
    # Then they get that file, as an attachment, and by no other token
    assert (made.status_code, found.status_code, found.content) == (201, 200, b"hello")
    assert found.headers["content-disposition"].startswith("attachment;")
    assert "sandbox" in found.headers["content-security-policy"]
    assert found.headers["x-content-type-options"] == "nosniff"
    token = url.rpartition("/")[2]
    wrong = [over, token[-20:], "x", "a.b.c", token.replace(file_id, other_id), token[:-1] + "ä"]
    refused = [await nobody.get(f"/v1/file/link/{guess}") for guess in wrong]
    assert {(answer.status_code, answer.text) for answer in refused} == {(404, refused[0].text)}
    # And it ends with the file; strangers and odd times get none
    stranger = Member(server, "Stranger")
    async with stranger.client() as client:
        assert (await client.post(f"/v1/file/{file_id}/link")).status_code == 404
    for seconds in (299, 7 * 86400 + 1):
        answer = await owner.post(f"/v1/file/{file_id}/link", json={"expiresInS": seconds})
        assert answer.status_code == 400
    await owner.delete(f"/v1/file/{file_id}")
    assert (await nobody.get(url)).status_code == 404
