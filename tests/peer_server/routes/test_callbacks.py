"""Callback URLs: another system answers a request when it is done, in whatever it speaks."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx2
import pytest

from tests.fakes.flows import make_flow
from tests.fakes.live_server import Json, LiveServer

pytestmark = pytest.mark.anyio


class Receiver:
    """A system that takes requests, and remembers where it shall call back."""

    def __init__(self) -> None:
        self.callback_urls: list[str] = []
        urls = self.callback_urls

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                urls.append(self.headers["X-Callback-Url"])
                self.send_response(202)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self.server.server_port}"


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    thread = threading.Thread(target=made.server.serve_forever)
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver) -> Iterator[LiveServer]:
    with LiveServer(tmp_path_factory.mktemp("callbacks"), http_allow=(receiver.address,)) as live:
        yield live


async def parked(owner: httpx2.AsyncClient, receiver: Receiver) -> tuple[str, str]:
    """A run that waits to be called back, and the URL for it."""
    config = {"method": "POST", "url": f"http://{receiver.address}/", "mode": "callback"}
    step = {"id": "call", "type": "http-request", "config": config, "output": "answer", "next": "done"}
    done = {"id": "done", "type": "final", "config": {"output": {"got": "{{ answer.body }}"}}}
    flow_id = await make_flow(owner, {"name": "Call", "start": "call", "steps": [step, done]})
    waiting = (await owner.post(f"/v1/flow/execute/{flow_id}", json={})).json()
    assert waiting["waitState"]["type"] == "http-callback"
    return waiting["appRunId"], receiver.callback_urls[-1]


async def output(owner: httpx2.AsyncClient, server: LiveServer, run_id: str) -> Json:
    """What the run gave in the end."""
    workspace_id = (await owner.get("/v1/me")).json()["workspaceId"]
    client = server.services.runtime.client
    server.run(client.wait(run_id, workspace_id=workspace_id, timeout_s=20, until="ended"))
    return (await owner.get(f"/v1/flowrun/outputs/{run_id}")).json()


@pytest.mark.parametrize(
    ("body", "content_type", "got"),
    [
        (b'{"ok":true}', "application/json", {"ok": True}),
        (b'{"ok":true}', "application/x-www-form-urlencoded", {"ok": True}),
        (b"done, all of it", "text/plain", "done, all of it"),
        (b"", "", None),
    ],
)
async def test_any_answer_reaches_the_next_step(
    owner: httpx2.AsyncClient,
    nobody: httpx2.AsyncClient,
    server: LiveServer,
    receiver: Receiver,
    *,
    body: bytes,
    content_type: str,
    got: Json,
) -> None:
    run_id, url = await parked(owner, receiver)
    accepted = await nobody.post(url, content=body, headers={"Content-Type": content_type} if content_type else {})
    assert accepted.status_code == 202
    assert await output(owner, server, run_id) == {"got": got}


async def test_the_same_answer_again_is_told_so_and_another_one_refused(
    owner: httpx2.AsyncClient, nobody: httpx2.AsyncClient, receiver: Receiver
) -> None:
    _, url = await parked(owner, receiver)
    first = await nobody.post(url, json={"paid": 5})
    again = await nobody.post(url, json={"paid": 5})
    other = await nobody.post(url, json={"paid": 6})
    assert (first.status_code, again.status_code, other.status_code) == (202, 200, 409)
    assert (again.json()["repeated"], other.json()["code"]) == (True, "already_settled")


async def test_looking_at_the_url_and_bad_json_change_nothing(
    owner: httpx2.AsyncClient, nobody: httpx2.AsyncClient, receiver: Receiver
) -> None:
    run_id, url = await parked(owner, receiver)
    broken = await nobody.post(url, content=b"{", headers={"Content-Type": "application/json"})
    assert [(await nobody.get(url)).status_code, broken.status_code] == [405, 400]
    assert (await owner.get(f"/v1/flowrun/poll/{run_id}")).json()["status"] == "waiting"
