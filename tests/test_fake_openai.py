"""The fake provider as a process of its own, as Chromium and kill tests use it."""

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from flow_runtime.errors import Json


@pytest.fixture
def base_url() -> Iterator[str]:
    command = [sys.executable, "-m", "tests.fakes.openai_server"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip().removesuffix("/v1")
        process.terminate()


def call(url: str, body: Json = None) -> Json:
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data)) as response:
        return json.load(response)


def test_it_is_programmed_and_asked_over_http(base_url: str) -> None:
    # Given
    call(f"{base_url}/_fake/replies", [{"text": "queued"}, {"calls": [{"name": "t", "arguments": {"a": 1}}]}])
    ask = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
    # When
    answers = [call(f"{base_url}/v1/chat/completions", ask) for _ in range(3)]
    # Then
    messages = [answer["choices"][0]["message"] for answer in answers]
    assert messages[0]["content"] == "queued"
    assert messages[1]["tool_calls"][0]["function"] == {"name": "t", "arguments": '{"a": 1}'}
    assert messages[2]["content"] == "You said: Hi"
    assert call(f"{base_url}/v1/models")["data"][0]["id"] == "fake-1"


def test_it_remembers_requests_and_violations_until_it_is_reset(base_url: str) -> None:
    # Given
    orphan = {"model": "m", "messages": [{"role": "tool", "tool_call_id": "x", "content": "1"}]}
    # When
    with pytest.raises(urllib.error.HTTPError) as refused:
        call(f"{base_url}/v1/chat/completions", orphan)
    # Then
    assert refused.value.code == 400
    refused.value.close()
    state = call(f"{base_url}/_fake/state")
    assert state["requests"] == [orphan]
    assert "orphan" in state["violations"][0]
    call(f"{base_url}/_fake/reset", {})
    assert call(f"{base_url}/_fake/state") == {"requests": [], "violations": []}
