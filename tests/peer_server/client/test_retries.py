"""What is sent again, and what never is."""

import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from peer_server.client import AsyncPeerServer, PeerServer, ServerFault, TooManyRequests, Unreachable
from peer_server.client.retries import Retries

Answer = httpx2.Response | type[httpx2.TransportError]
RETRIES = Retries(attempts=3, first_s=0)
DONE = {"status": "completed", "appRunId": "r1", "output": 1}


class Server:
    """Answers as it is told, and remembers what it was asked."""

    def __init__(self, *answers: Answer) -> None:
        self.requests: list[httpx2.Request] = []
        self._answers = list(answers)

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        answer = self._answers.pop(0) if self._answers else httpx2.Response(200, json=DONE)
        if isinstance(answer, httpx2.Response):
            return answer
        raise answer("broken")

    def client(self) -> PeerServer:
        return PeerServer(token="t", retries=RETRIES, transport=httpx2.MockTransport(self))


def refused(status: int, code: str = "busy", **headers: str) -> httpx2.Response:
    return httpx2.Response(status, json={"code": code, "detail": "busy"}, headers=headers)


STILL_AT_WORK = refused(409, "idempotency_in_progress")


@pytest.mark.parametrize("trouble", [refused(503), refused(429), STILL_AT_WORK, httpx2.ReadError, httpx2.ConnectError])
def test_a_start_is_repeated_under_its_key(trouble: Answer) -> None:
    server = Server(trouble, trouble)
    assert server.client().flows.execute("f").output == 1
    keys = {request.headers["Idempotency-Key"] for request in server.requests}
    assert (len(server.requests), len(keys)) == (3, 1)


@pytest.mark.parametrize(
    ("trouble", "times", "error"),
    [
        (refused(503), 1, ServerFault),
        (refused(429), 3, TooManyRequests),
        (httpx2.ReadError, 1, Unreachable),
        (httpx2.ConnectError, 3, Unreachable),
    ],
)
def test_what_could_happen_twice_is_not_repeated(trouble: Answer, times: int, error: type[Exception]) -> None:
    server = Server(*[trouble] * 3)
    with pytest.raises(error):
        server.client().flows.create({})
    assert len(server.requests) == times


@pytest.mark.parametrize("status", [400, 404, 409, 500])
def test_an_answer_is_not_asked_for_again(status: int) -> None:
    server = Server(*[refused(status)] * 3)
    with pytest.raises(Exception, match="busy"):
        server.client().flows.get("f")
    assert len(server.requests) == 1


def test_the_server_says_how_long_to_wait() -> None:
    retries = Retries(longest_s=5)
    assert retries.pause_s(1, wanted_s=2, chance=0) == 2
    assert retries.pause_s(1, wanted_s=3600, chance=0) == 5
    assert [retries.pause_s(attempt, wanted_s=None, chance=1) for attempt in (1, 2, 3, 9)] == [0.25, 0.5, 1.0, 5.0]
    server = Server(refused(429, **{"Retry-After": "0"}))
    assert server.client().flows.execute("f").output == 1


def test_an_answer_goes_to_the_question_that_was_open() -> None:
    question = {"type": "user-approval", "kind": "approval", "stepId": "a", "runId": "r1", "interruptId": "i1"}
    waiting = httpx2.Response(200, json={"status": "waiting", "appRunId": "r1", "waitStates": [question]})
    server = Server(waiting, httpx2.ReadError)
    assert server.client().runs.approve("r1").output == 1
    sent = [json.loads(request.content) for request in server.requests[1:]]
    assert [(body["interruptId"], body["decision"]) for body in sent] == [("i1", "approve")] * 2


def test_other_answers_than_a_peer_servers_are_told() -> None:
    server = Server(httpx2.Response(502, text="<html>Bad gateway</html>"))
    with pytest.raises(ServerFault) as failed:
        server.client().flows.get("f")
    assert failed.value.code == "unexpected_answer"


@pytest.mark.anyio
async def test_what_is_awaited_is_repeated_as_well() -> None:
    server = Server(refused(503), httpx2.ReadError)

    async def answer(request: httpx2.Request) -> httpx2.Response:
        return server(request)

    transport: Callable[..., Any] = httpx2.MockTransport
    async with AsyncPeerServer(token="t", retries=RETRIES, transport=transport(answer)) as client:
        assert (await client.flows.execute("f")).output == 1
    assert len(server.requests) == 3
