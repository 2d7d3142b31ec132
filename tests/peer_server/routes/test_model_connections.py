"""Connections to providers of models: used by their name, sealed, tried, named when they are gone."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from flow_runtime.errors import Json
from tests.fakes.flows import make_flow
from tests.fakes.live_server import LiveServer, stored_bytes
from tests.fakes.openai_server import FakeOpenAI

pytestmark = pytest.mark.anyio
KEY = "sk-canary-7f3a9b51c2"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Any:  # noqa: ANN401 - a generator of one
    with LiveServer(tmp_path_factory.mktemp("data"), http_allow="127.0.0.1:*") as running:
        yield running


@pytest.fixture
async def provider() -> AsyncIterator[FakeOpenAI]:
    async with FakeOpenAI(api_key=KEY) as fake:
        yield fake


async def connect(owner: httpx2.AsyncClient, provider: FakeOpenAI, name: str) -> dict[str, Json]:
    body = {"name": name, "baseUrl": provider.base_url, "key": KEY}
    made = await owner.post("/v1/connection", json=body)
    assert made.status_code == 201, made.text
    assert KEY not in made.text
    answer: dict[str, Json] = made.json()
    return answer


def asking(**config: Json) -> dict[str, Json]:
    step = {"id": "ask", "type": "ask-to-llm", "config": {"prompt": "Hello there", **config}, "output": "answer"}
    done = {"id": "done", "type": "final", "config": {"output": "{{ answer.response }}"}}
    return {"name": "Asks", "triggers": [{"type": "api"}], "start": "ask", "steps": [{**step, "next": "done"}, done]}


@pytest.mark.row("A-17", "A-30")
async def test_models_are_reached_through_a_connection_until_it_is_gone(
    owner: httpx2.AsyncClient, provider: FakeOpenAI, server: LiveServer
) -> None:
    # Given a connection, and flows that name it in either way
    connection = await connect(owner, provider, "ours")
    flows = [
        await make_flow(owner, asking(model="ours:fake-model"), deploy=True),
        await make_flow(owner, asking(connection="ours", model="fake-model"), deploy=True),
    ]
    # When they run, then the provider is asked, with its key
    for flow_id in flows:
        ran = await owner.post(f"/v1/flow/execute/{flow_id}", json={})
        assert ran.status_code == 200, ran.text
    assert [request["model"] for request in provider.requests] == ["fake-model", "fake-model"]
    # When it is removed, then the checks name it, and so does a run, as a fault of the connection
    assert (await owner.delete(f"/v1/connection/{connection['id']}")).status_code == 204
    for flow_id, path in zip(flows, ("model", "connection"), strict=True):
        findings = (await owner.post(f"/v1/flow/{flow_id}/check")).json()
        assert [fault["path"] for fault in findings["errors"]] == [f"/steps/0/config/{path}"]
        assert "ours" in findings["errors"][0]["message"]
        failed = (await owner.post(f"/v1/flow/execute/{flow_id}", json={"version": "deployed"})).json()
        assert (failed["category"], failed["stepId"]) == ("connection", "ask")
        assert failed["error"]["code"] == "connection_not_found"
        assert "ours" in failed["error"]["message"]


async def test_a_connection_is_tried_and_its_key_is_never_shown(
    owner: httpx2.AsyncClient, provider: FakeOpenAI, server: LiveServer
) -> None:
    connection = await connect(owner, provider, "tried")
    address = f"/v1/connection/{connection['id']}"
    assert (await owner.post(f"{address}/test", json={"model": "fake-1"})).json()["status"] == "ok"
    changed = await owner.patch(address, json={"key": "sk-wrong"})
    assert changed.json()["status"] == "untested"
    refused = await owner.post(f"{address}/test", json={"model": "other"})
    assert (refused.json()["status"], refused.json()["error"]["code"]) == ("failing", "authentication")
    assert "Check the provider's API key." in refused.json()["error"]["message"]
    for answer in (refused, await owner.get(address), await owner.get("/v1/connection"), changed):
        assert KEY not in answer.text
        assert "sk-wrong" not in answer.text
    assert KEY.encode() not in stored_bytes(server.settings.data_dir)
    # A key goes to no address that it was not entrusted to
    moved = await owner.patch(address, json={"baseUrl": "https://elsewhere.example/v1"})
    assert (moved.status_code, moved.json()["code"]) == (400, "key_needed")


async def test_names_are_one_of_a_kind_and_not_those_of_the_installation(
    owner: httpx2.AsyncClient, provider: FakeOpenAI
) -> None:
    await connect(owner, provider, "twice")
    again = await owner.post("/v1/connection", json={"name": "twice", "baseUrl": provider.base_url, "key": KEY})
    assert (again.status_code, again.json()["code"]) == (409, "name_taken")
    taken = await owner.post("/v1/connection", json={"name": "openai", "baseUrl": provider.base_url, "key": KEY})
    assert (taken.status_code, taken.json()["code"]) == (400, "reserved_name")
    assert (await owner.get("/v1/connection/unknown")).status_code == 404


async def test_no_connection_leads_to_a_private_address(owner: httpx2.AsyncClient) -> None:
    body = {"name": "inside", "baseUrl": "http://10.0.0.1/v1", "key": KEY}
    made = (await owner.post("/v1/connection", json=body)).json()
    tried = (await owner.post(f"/v1/connection/{made['id']}/test", json={"model": "x"})).json()
    assert (tried["status"], tried["error"]["code"]) == ("failing", "bad_request")
    assert "PEER_SERVER_HTTP_ALLOW" in tried["error"]["message"]


async def test_a_provider_of_langchain_takes_a_key_and_says_what_is_not_installed(owner: httpx2.AsyncClient) -> None:
    # Given a connection to a provider whose package is not here
    body = {"name": "claude", "provider": "anthropic", "key": KEY}
    elsewhere = await owner.post("/v1/connection", json={**body, "baseUrl": "http://10.0.0.1/v1"})
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (400, "invalid_url")
    nowhere = await owner.post("/v1/connection", json={"name": "none", "key": KEY})
    assert (nowhere.status_code, nowhere.json()["code"]) == (400, "invalid_url")
    made = (await owner.post("/v1/connection", json=body)).json()
    assert (made["provider"], made["baseUrl"]) == ("anthropic", None)
    # When it is tried, or a flow that names it is checked, then the package is named
    tried = (await owner.post(f"/v1/connection/{made['id']}/test", json={"model": "x"})).json()
    assert (tried["status"], tried["error"]["code"]) == ("failing", "not_installed")
    assert "langchain-anthropic" in tried["error"]["message"]
    for model in ("claude:x", "anthropic:x"):
        flow_id = await make_flow(owner, asking(model=model))
        [fault] = (await owner.post(f"/v1/flow/{flow_id}/check")).json()["errors"]
        assert (fault["code"], fault["path"]) == ("not_installed", "/steps/0/config/model")
        assert "langchain-anthropic" in fault["remedy"]


async def test_a_provider_of_langchain_is_called_with_the_key_of_the_connection(
    owner: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a provider that is installed, and a connection to it
    import langchain.chat_models  # noqa: PLC0415 - it takes a second, and only this test needs it
    from langchain_core.language_models import FakeListChatModel  # noqa: PLC0415 - as above

    calls: list[tuple[str, str]] = []

    def init_chat_model(name: str, *, api_key: str, **_more: Json) -> FakeListChatModel:
        calls.append((name, api_key))
        return FakeListChatModel(responses=["Hello from Groq"])

    monkeypatch.setattr(langchain.chat_models, "init_chat_model", init_chat_model)
    made = await owner.post("/v1/connection", json={"name": "fast", "provider": "groq", "key": KEY})
    assert made.status_code == 201, made.text
    # When one of its models is asked
    tried = await owner.post(f"/v1/connection/{made.json()['id']}/test", json={"model": "llama"})
    # Then it is given the key
    assert tried.json()["status"] == "ok"
    assert set(calls) == {("groq:llama", KEY)}
