"""Hostile bodies on every route that takes one: a clear refusal, never a fault of the server (E11)."""

import itertools
import json
import re
from collections.abc import Iterator

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.faults.server_process import ServerProcess
from tests.security.corpus import cases
from tests.security.memory import resident_bytes

ROUTES = (
    ("POST", "/v1/flow"),
    ("PATCH", "/v1/flow/x"),
    ("POST", "/v1/flow/execute/x"),
    ("POST", "/v1/client/flow/x/execute"),
    ("POST", "/v1/client/flow/x/push"),
    ("POST", "/v1/flow/x/api-key"),
    ("PUT", "/v1/flow/x/push"),
    ("PUT", "/v1/flow/x/variable/NAME"),
    ("POST", "/v1/flowrun/resume/x"),
    ("POST", "/v1/peer"),
    ("PATCH", "/v1/peer/x"),
    ("POST", "/v1/conversation"),
    ("PATCH", "/v1/conversation/x"),
    ("POST", "/v1/conversation/x/message"),
    ("POST", "/v1/conversation/x/action"),
    ("POST", "/v1/message-widget/x/action"),
    ("POST", "/v1/auth/sign-in"),
)
CORPUS = cases("json")
MOST_BYTES = 1 << 20
JSON_BODY = {"Content-Type": "application/json"}


@pytest.mark.promise("E11")
@pytest.mark.parametrize(("method", "path"), ROUTES, ids=[path for _, path in ROUTES])
def test_every_route_refuses_hostile_json(client: httpx2.Client, method: str, path: str) -> None:
    headers = {**JSON_BODY, **(key_of(client) if path.startswith("/v1/client/") else {})}
    for case in CORPUS:
        body = case["text"].encode(errors="surrogatepass")
        response = client.request(method, path, content=body, headers=headers)
        assert 400 <= response.status_code < 500, (case["why"], response.text)
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json()["code"], case["why"]
        if case.get("code") == "payload_too_large":
            assert response.status_code == 413, case["why"]


def key_of(client: httpx2.Client) -> dict[str, str]:
    """Headers that act by a key for every flow."""
    return {"Authorization": f"Bearer {client.post('/v1/workspace/api-key', json={'name': 'Test'}).json()['key']}"}


def test_callbacks_refuse_hostile_json(client: httpx2.Client) -> None:
    # Not the harmless ones: an unknown callback is looked for again for a second, since answers may come early.
    for case in [case for case in CORPUS if "code" in case and case["text"].strip()]:
        body = case["text"].encode(errors="surrogatepass")
        response = client.post("/v1/flowrun/callback/x", content=body, headers=JSON_BODY)
        assert response.json()["code"] == case["code"], case["why"]


@pytest.mark.promise("E11")
@pytest.mark.parametrize("depth", [64, 65, 1000, 100_000])
def test_the_depth_of_a_body_is_limited_before_anything_reads_it(client: httpx2.Client, depth: int) -> None:
    body = '{"inputs":{"x":' + "[" * (depth - 2) + "]" * (depth - 2) + "}}"
    response = client.post("/v1/flow/execute/x", content=body, headers=JSON_BODY)
    refusal = (404, "not_found") if depth == 64 else (400, "json_too_deep")
    assert (response.status_code, response.json()["code"]) == refusal


@pytest.mark.promise("E11")
@pytest.mark.parametrize("extra", [0, 1, MOST_BYTES])
def test_the_size_of_a_body_is_limited(client: httpx2.Client, extra: int) -> None:
    frame = '{"inputs":{"x":""}}'
    body = frame.replace('""', '"' + "a" * (MOST_BYTES - len(frame) + extra) + '"')
    response = client.post("/v1/flow/execute/x", content=body, headers=JSON_BODY)
    refusal = (413, "payload_too_large") if extra else (404, "not_found")
    assert (response.status_code, response.json()["code"]) == refusal


def test_a_body_without_end_is_not_kept(server: ServerProcess, client: httpx2.Client) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(1024):
            yield b" " * (1 << 16)

    memory = resident_bytes(server)
    response = client.post("/v1/flow/execute/x", content=endless(), headers=JSON_BODY)
    assert response.status_code == 413
    assert resident_bytes(server) < memory + 16 * MOST_BYTES


@pytest.mark.parametrize("type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_a_body_of_another_type_is_no_json(client: httpx2.Client, type: str) -> None:
    response = client.post("/v1/peer", content=b'{"name":"x"}', headers={"Content-Type": type})
    assert 400 <= response.status_code < 500


def documented(client: httpx2.Client) -> list[tuple[str, str]]:
    """Every route that takes a JSON body, as the server itself describes them."""
    return [
        (method.upper(), re.sub(r"\{\w+\}", "x", path))
        for path, operations in client.get("/openapi.json").json()["paths"].items()
        for method, operation in operations.items()
        if "application/json" in operation.get("requestBody", {}).get("content", {})
    ]


@pytest.mark.promise("E11")
@pytest.mark.soak
def test_every_documented_route_refuses_hostile_json(client: httpx2.Client) -> None:
    key, routes = key_of(client), documented(client)
    assert len(routes) > len(ROUTES)
    for (method, path), case in itertools.product(routes, CORPUS):
        body = case["text"].encode(errors="surrogatepass")
        headers = {**JSON_BODY, **(key if path.startswith("/v1/client/") else {})}
        response = client.request(method, path, content=body, headers=headers)
        assert response.status_code < 500, (method, path, case["why"], response.text)
        if "code" in case:  # The others are harmless where every field may be left out.
            assert response.status_code >= 400, (method, path, case["why"], response.text)
            assert response.json()["code"], (method, path, case["why"])


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)
FIELDS = ["definition", "inputs", "name", "peerId", "content", "attachments", "steps", "decision", "formData", "value"]
BODIES = st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=4) | VALUES


def send_anything(client: httpx2.Client, *, examples: int) -> None:
    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(st.sampled_from(ROUTES), BODIES)
    def send(route: tuple[str, str], body: object) -> None:
        text = json.dumps(body).encode(errors="surrogatepass")
        response = client.request(*route, content=text, headers=JSON_BODY)
        assert response.status_code < 500, response.text

    send()


def test_any_body_is_answered(client: httpx2.Client) -> None:
    send_anything(client, examples=150)


@pytest.mark.soak
def test_much_of_any_body_is_answered(client: httpx2.Client) -> None:
    send_anything(client, examples=10_000)


def test_the_server_is_well_afterwards(server: ServerProcess, client: httpx2.Client) -> None:
    assert client.get("/readyz").status_code == 200
