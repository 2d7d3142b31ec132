"""Sizes, depths and kinds of bodies, variables and files: refused clearly, never a crash."""

from pathlib import Path

import httpx2
import pytest

from tests.fakes.flows import GREETING, make_flow
from tests.fakes.live_server import LiveServer, stored_bytes

pytestmark = pytest.mark.anyio
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"definition":' + b"[" * 100_000, 400, "json_too_deep"),
        (b'{"definition":{"a":' + b'{"a":' * 70 + b"1" + b"}" * 72, 400, "json_too_deep"),
        (b'{"definition":{"a":NaN}}', 400, "invalid_json"),
        (b'{"definition":{"a":1e999}}', 400, "invalid_json"),
        (rb'{"definition":{"a":"\ud800"}}', 400, "invalid_json"),
        (b'{"definition":"\xff"}', 400, "invalid_json"),
        (b'{"definition":', 400, "invalid_json"),
        (b'{"definition":"' + b"a" * (1 << 20) + b'"}', 413, "payload_too_large"),
    ],
)
async def test_hostile_json_is_refused(owner: httpx2.AsyncClient, body: bytes, status: int, code: str) -> None:
    answer = await owner.post("/v1/flow", content=body, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (await owner.get("/readyz")).status_code == 200


@pytest.mark.row("C-84", "C-85")
async def test_a_secure_variable_is_never_shown_again(owner: httpx2.AsyncClient, data_dir: Path) -> None:
    # Given a secure variable and a flow that gives it away
    secret = "hunter2-canary-6f1d"
    steps = [{"id": "done", "type": "final", "config": {"output": {"key": "{{ env.KEY }}", "n": "{{ env.N }}"}}}]
    flow_id = await make_flow(owner, {"name": "Keys", "start": "done", "steps": steps})
    url = f"/v1/flow/{flow_id}/variable"
    put = await owner.put(f"{url}/KEY", json={"value": secret, "secure": True, "notes": "mine"})
    await owner.put(f"{url}/N", json={"value": 3})
    # When it is read, run, and looked for on disk
    body = {"returnExecutionMetadata": True}
    run_id = (await owner.post(f"/v1/flow/execute/{flow_id}", json=body)).json()["appRunId"]
    told = [put.text, (await owner.get(url)).text]
    routes = [f"/v1/flowrun/{what}/{run_id}" for what in ("details", "context", "steps", "outputs", "poll")]
    told += [(await owner.get(route)).text for route in routes]
    # Then it is nowhere
    assert not any(secret in text for text in told)
    assert secret.encode() not in stored_bytes(data_dir)
    assert (await owner.get(f"{url}/N")).json()["value"] == 3


async def test_every_text_inside_a_secure_variable_is_hidden(owner: httpx2.AsyncClient, data_dir: Path) -> None:
    # Given a secure variable that is an object, a plain one that is a list, and a flow that gives both away
    secret = "hunter3-canary-8c2e"
    output = {"key": "{{ env.LOGIN.keys[0].value }}", "all": "{{ env.LOGIN }}", "plain": "{{ env.PLAIN }}"}
    definition = {
        "name": "Login",
        "start": "done",
        "steps": [{"id": "done", "type": "final", "config": {"output": output}}],
    }
    flow_id = await make_flow(owner, definition)
    url = f"/v1/flow/{flow_id}/variable"
    await owner.put(f"{url}/LOGIN", json={"value": {"user": "ada", "keys": [{"value": secret}]}, "secure": True})
    await owner.put(f"{url}/PLAIN", json={"value": ["a", "b"]})
    # When it is run and looked at
    body = {"returnExecutionMetadata": True}
    run_id = (await owner.post(f"/v1/flow/execute/{flow_id}", json=body)).json()["appRunId"]
    answers = [await owner.get(f"/v1/flowrun/{what}/{run_id}") for what in ("context", "steps", "outputs", "poll")]
    # Then the secret is nowhere, and the plain value is shown
    assert [answer.status_code for answer in answers] == [200] * 4
    assert not any(secret in answer.text for answer in answers)
    assert secret.encode() not in stored_bytes(data_dir)
    assert answers[0].json()["env"] == {"LOGIN": "•••", "PLAIN": ["a", "b"]}


@pytest.mark.parametrize("name", ["1st", "a-b", "a b", "ä", "a" * 65])
async def test_variables_have_names_that_expressions_can_say(owner: httpx2.AsyncClient, name: str) -> None:
    flow_id = await make_flow(owner, GREETING)
    answer = await owner.put(f"/v1/flow/{flow_id}/variable/{name}", json={"value": 1})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_name")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("report.txt", "report.txt"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("/etc/shadow", "shadow"),
        ("a\u202egnp.exe", "agnp.exe"),
        ("..", "file"),
        ("çay 茶.txt", "çay 茶.txt"),
    ],
)
async def test_file_names_are_only_shown(owner: httpx2.AsyncClient, data_dir: Path, name: str, shown: str) -> None:
    # When a file with that name is uploaded
    made = await owner.post("/v1/flow/file", files={"file": (name, b"content", "text/html")})
    # Then its bytes lie under a random id, and it is never rendered
    assert made.status_code == 201
    assert made.json()["name"] == shown
    fetched = await owner.get(made.json()["url"])
    assert fetched.content == b"content"
    assert fetched.headers["content-disposition"].startswith("attachment;")
    assert fetched.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in fetched.headers["content-security-policy"]
    assert (data_dir / "files" / made.json()["id"]).read_bytes() == b"content"


async def test_files_have_a_limit(tmp_path_factory: pytest.TempPathFactory) -> None:
    with LiveServer(tmp_path_factory.mktemp("small"), max_file_bytes=1024) as server:
        async with server.client() as client:
            fits = await client.post("/v1/file", files={"file": ("a", b"x" * 1024)})
            over = await client.post("/v1/file", files={"file": ("a", b"x" * 1025)})
    assert fits.status_code == 201
    assert (over.status_code, over.json()["code"]) == (413, "file_too_large")


async def test_a_json_body_is_no_upload(owner: httpx2.AsyncClient) -> None:
    answer = await owner.post("/v1/file", json={"file": {"filepath": "/etc/passwd"}})
    assert answer.status_code == 400


@pytest.mark.parametrize("file_id", ["nope", "..%2f..%2fsecret.key", "%2e%2e", "secret.key"])
async def test_unknown_files_are_not_found(owner: httpx2.AsyncClient, file_id: str) -> None:
    assert (await owner.get(f"/v1/file/{file_id}")).status_code == 404


async def test_the_page_and_the_reference_load_nothing_from_elsewhere(nobody: httpx2.AsyncClient) -> None:
    for path in ("/", "/docs", "/docs/docs.js", "/docs/docs.css"):
        answer = await nobody.get(path)
        assert answer.status_code == 200
        assert "https://" not in answer.text
        assert answer.headers["content-security-policy"].startswith("default-src 'self'; img-src 'self' blob: data:")
    paths = (await nobody.get("/openapi.json")).json()["paths"]
    assert {"/v1/flow/{flow_id}", "/v1/flowrun/credit-details/{run_id}", "/v1/auth/ticket"} <= set(paths)
