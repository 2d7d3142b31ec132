"""A Peer's tools in a LangChain agent."""

import json
from collections.abc import AsyncIterator

import httpx2
import pytest
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from flow_runtime.errors import Conflict, Json
from flow_runtime.model import ToolSpec
from flow_runtime.models.langchain_tools import langchain_tool
from tests.fakes.openai_replies import Call, Reply
from tests.fakes.openai_server import FakeOpenAI

pytestmark = pytest.mark.anyio

REFUND = ToolSpec(
    "refund",
    "Refund an order.",
    {"type": "object", "properties": {"orderId": {"type": "string"}}, "required": ["orderId"]},
)


@pytest.fixture
async def http() -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient() as client:
        yield client


async def test_a_langchain_model_calls_the_tool_with_valid_arguments_only(http: httpx2.AsyncClient) -> None:
    # Given
    executed: list[Json] = []

    async def execute(name: str, arguments: dict[str, Json]) -> Json:
        executed.append((name, arguments))
        return {"status": "completed"}

    tool = langchain_tool(REFUND, execute)
    async with FakeOpenAI() as provider:
        provider.reply(Reply(calls=(Call("refund", {}), Call("refund", {"orderId": "A-1"}))))
        model = ChatOpenAI(
            openai_api_base=provider.base_url, openai_api_key=SecretStr("x"), model_name="m", http_async_client=http
        )
        # When
        answer = await model.bind_tools([tool]).ainvoke([HumanMessage("refund")])
        results = [await tool.ainvoke(call) for call in answer.tool_calls]
        # Then
        assert provider.requests[0]["tools"][0]["function"]["parameters"]["required"] == ["orderId"]
        assert provider.violations == []
    assert executed == [("refund", {"orderId": "A-1"})]
    assert all(isinstance(result, ToolMessage) for result in results)
    assert json.loads(results[0].content)["error"]["code"] == "invalid_arguments"
    assert json.loads(results[1].content) == {"status": "completed"}


async def test_a_failed_execution_is_told_to_the_model() -> None:
    async def execute(_name: str, _arguments: dict[str, Json]) -> Json:
        raise Conflict("already_refunded", "it was refunded before")

    told = await langchain_tool(REFUND, execute).ainvoke({"orderId": "A-1"})
    assert json.loads(told)["error"]["code"] == "already_refunded"
