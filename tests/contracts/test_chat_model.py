"""What every chat model that talks to a provider must do, proven over real HTTP against the fake provider.

The adapters `openai` and `langchain` (over `ChatOpenAI`) run the same tests; `scripted` joins where no provider is
involved. After each test the fake's judge must have found nothing wrong with any history.
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

import httpx2
import pytest
from pydantic import SecretStr

from flow_runtime.errors import Json
from flow_runtime.model import (
    AssistantMessage,
    ChatModel,
    FilePart,
    ImagePart,
    Message,
    ModelError,
    ModelRequest,
    SystemMessage,
    TextDelta,
    TextPart,
    ToolCall,
    ToolMessage,
    ToolSpec,
    UserMessage,
)
from flow_runtime.model_history import check_history
from flow_runtime.model_reply import ModelReply, ReplyBuilder
from flow_runtime.models.langchain import LangChainChat
from flow_runtime.models.openai import OpenAIChat
from flow_runtime.models.retry import RetryPolicy
from flow_runtime.models.scripted import ScriptedChat
from tests.fakes.openai_replies import Call, Reply
from tests.fakes.openai_server import FakeOpenAI

pytestmark = pytest.mark.anyio

HELLO: tuple[Message, ...] = (SystemMessage("Be kind."), UserMessage("Hello"))
REFUND = ToolSpec(
    "refund",
    "Refund an order.",
    {"type": "object", "properties": {"orderId": {"type": "string"}}, "required": ["orderId"]},
)
LOOKUP = ToolSpec("lookup", "Look up an order.", REFUND.parameters)


@dataclass
class Subject:
    """An adapter, the provider behind it, and the waits between attempts, which take no time here."""

    chat: ChatModel
    provider: FakeOpenAI
    waits: list[float] = field(default_factory=list)

    async def ask(self, *messages: Message, **settings: Json) -> ModelReply:
        """One whole answer."""
        builder = ReplyBuilder(messages)
        async with aclosing(self.chat.stream(request(messages, **settings))) as batches:
            async for batch in batches:
                assert batch, "a batch is never empty"
                builder.add(batch)
        return builder.reply()

    async def ask_in_vain(self, *messages: Message, **settings: Json) -> tuple[ModelError, ModelReply]:
        """An answer that ends in an error, and the part that came before it."""
        builder = ReplyBuilder(messages)

        async def listen() -> None:
            async with aclosing(self.chat.stream(request(messages, **settings))) as batches:
                async for batch in batches:
                    builder.add(batch)

        with pytest.raises(ModelError) as failure:
            await listen()
        return failure.value, builder.reply()


def request(messages: Sequence[Message], **settings: Json) -> ModelRequest:
    assert check_history(messages) == []
    return replace(ModelRequest("fake", tuple(messages), timeout_s=20), **settings)


def openai_chat(provider: FakeOpenAI, retry: RetryPolicy, _http: httpx2.AsyncClient) -> ChatModel:
    return OpenAIChat(api_key="secret", base_url=provider.base_url, retry=retry)


def langchain_chat(provider: FakeOpenAI, retry: RetryPolicy, http: httpx2.AsyncClient) -> ChatModel:
    def load() -> Json:
        from langchain_openai import ChatOpenAI  # noqa: PLC0415  slow to import

        return ChatOpenAI(
            openai_api_base=provider.base_url,
            openai_api_key=SecretStr("secret"),
            model_name="fake",
            max_retries=0,
            stream_usage=True,
            http_async_client=http,  # Its own one is shared by the process and never closed.
        )

    return LangChainChat(load, retry=retry)


@pytest.fixture(params=[openai_chat, langchain_chat], ids=["openai", "langchain"])
async def subject(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Subject]:
    monkeypatch.setenv("LANGSMITH_TRACING", "false")
    make: Callable[[FakeOpenAI, RetryPolicy, httpx2.AsyncClient], ChatModel] = request.param
    async with FakeOpenAI(api_key="secret") as provider, httpx2.AsyncClient() as http:
        waits: list[float] = []

        async def note_wait(seconds: float) -> None:
            waits.append(seconds)

        chat = make(provider, RetryPolicy(sleep=note_wait), http)
        await chat.prepare()
        yield Subject(chat, provider, waits)
        await chat.close()
        assert provider.violations == []


async def test_streams_text_with_usage_and_reason(subject: Subject) -> None:
    # Given
    subject.provider.reply(Reply(text="Good day to you"))
    # When
    reply = await subject.ask(*HELLO)
    # Then
    assert reply.text == "Good day to you"
    assert reply.finish_reason == "stop"
    assert reply.usage is not None
    assert reply.usage.completion_tokens == 4
    assert reply.usage.total_tokens == reply.usage.prompt_tokens + 4


async def test_yields_the_first_words_before_the_last_were_sent(subject: Subject) -> None:
    subject.provider.reply(Reply(text="one two three four five", delay_ms=20))
    async with aclosing(subject.chat.stream(request(HELLO))) as batches:
        texts = [delta.text async for batch in batches for delta in batch if isinstance(delta, TextDelta)]
    assert len(texts) > 1
    assert "".join(texts) == "one two three four five"


async def test_text_survives_any_split_of_the_bytes(subject: Subject) -> None:
    subject.provider.reply(Reply(text="Grüße, 你好 🎉 end", fragment=3))
    assert (await subject.ask(*HELLO)).text == "Grüße, 你好 🎉 end"


async def test_parallel_tool_calls_are_put_together_from_pieces(subject: Subject) -> None:
    # Given
    calls = (Call("refund", {"orderId": "A-1", "note": "ünïcode"}), Call("lookup", {"orderId": "B-2"}), Call("refund"))
    subject.provider.reply(Reply(text="One moment.", calls=calls))
    # When
    reply = await subject.ask(*HELLO, tools=(REFUND, LOOKUP))
    # Then
    assert reply.text == "One moment."
    assert reply.finish_reason == "tool_calls"
    assert [call.name for call in reply.tool_calls] == ["refund", "lookup", "refund"]
    assert [json.loads(call.arguments) for call in reply.tool_calls] == [call.arguments for call in calls]
    assert len({call.id for call in reply.tool_calls}) == 3
    assert [tool["function"]["name"] for tool in subject.provider.requests[0]["tools"]] == ["refund", "lookup"]


async def test_tool_results_and_tool_errors_go_back_to_the_model(subject: Subject) -> None:
    # Given
    subject.provider.reply(Reply(calls=(Call("refund", {"orderId": "A-1"}), Call("lookup", '{"orderId": '))))
    first = await subject.ask(*HELLO, tools=(REFUND, LOOKUP))
    results = (
        ToolMessage(first.tool_calls[0].id, '{"status":"completed"}'),
        ToolMessage(first.tool_calls[1].id, '{"error":{"code":"bad_arguments"}}'),
    )
    # When
    second = await subject.ask(*HELLO, first.message, *results, tools=(REFUND, LOOKUP))
    # Then
    assert second.text == 'The tool says: {"error":{"code":"bad_arguments"}}'
    sent = subject.provider.requests[-1]["messages"]
    assert [message["role"] for message in sent] == ["system", "user", "assistant", "tool", "tool"]
    assert sent[3]["tool_call_id"] == first.tool_calls[0].id


async def test_ids_that_a_provider_repeats_are_made_unique(subject: Subject) -> None:
    # Given a provider that calls every call "call_1"
    subject.provider.reply(*[Reply(calls=(Call("refund", {"orderId": "A"}, id="call_1"),))] * 2)
    first = await subject.ask(*HELLO, tools=(REFUND,))
    history = (*HELLO, first.message, ToolMessage(first.tool_calls[0].id, "{}"))
    # When
    second = await subject.ask(*history, tools=(REFUND,))
    # Then
    assert second.tool_calls[0].id != first.tool_calls[0].id
    await subject.ask(*history, second.message, ToolMessage(second.tool_calls[0].id, "{}"))


async def test_settings_and_parts_reach_the_provider(subject: Subject) -> None:
    # Given
    pixel = "data:image/png;base64,iVBORw0KGgo="
    parts = (TextPart("What is this?"), ImagePart(pixel), FilePart("a.pdf", "data:application/pdf;base64,JVBERg=="))
    # When
    await subject.ask(UserMessage(parts), temperature=0.25, top_p=0.5, max_tokens=99)
    # Then
    sent = subject.provider.requests[0]
    assert (sent["temperature"], sent["top_p"]) == (0.25, 0.5)
    assert sent.get("max_tokens", sent.get("max_completion_tokens")) == 99
    content = sent["messages"][0]["content"]
    assert content[0] == {"type": "text", "text": "What is this?"}
    assert content[1]["image_url"]["url"] == pixel
    assert content[2]["file"]["filename"] == "a.pdf"


async def test_an_answer_schema_reaches_the_provider(subject: Subject) -> None:
    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    subject.provider.reply(Reply(text='{"city":"Bonn"}'))
    reply = await subject.ask(*HELLO, response_schema=schema)
    assert json.loads(reply.text) == {"city": "Bonn"}
    assert reply.usage is not None
    form = subject.provider.requests[0]["response_format"]
    assert form["type"] == "json_schema"
    assert form["json_schema"]["schema"]["properties"] == schema["properties"]


async def test_an_answer_schema_and_tools_go_together(subject: Subject) -> None:
    schema = {"type": "object", "properties": {"city": {"type": "string"}}}
    subject.provider.reply(Reply(calls=(Call("lookup", {"orderId": "A"}),)))
    reply = await subject.ask(*HELLO, response_schema=schema, tools=(LOOKUP,))
    assert reply.tool_calls[0].name == "lookup"
    assert '"city"' in json.dumps(subject.provider.requests[0]).replace('\\"', '"')


async def test_429_waits_as_long_as_the_provider_asks(subject: Subject) -> None:
    subject.provider.reply(Reply(status=429, retry_after_s=3), Reply(text="now"))
    assert (await subject.ask(*HELLO)).text == "now"
    assert subject.waits == [3.0]


async def test_500_is_tried_again_with_growing_waits(subject: Subject) -> None:
    subject.provider.reply(Reply(status=500), Reply(status=503), Reply(text="now"))
    assert (await subject.ask(*HELLO)).text == "now"
    assert len(subject.waits) == 2
    assert subject.waits[1] > subject.waits[0]


async def test_a_provider_that_keeps_failing_is_given_up(subject: Subject) -> None:
    subject.provider.reply(*[Reply(status=429, retry_after_s=2)] * 3, Reply(text="too late"))
    error, _ = await subject.ask_in_vain(*HELLO)
    assert (error.code, error.is_retryable, error.retry_after_s) == ("rate_limited", True, 2.0)
    assert len(subject.provider.requests) == 3


async def test_a_longer_wait_than_a_person_would_bear_is_reported_at_once(subject: Subject) -> None:
    subject.provider.reply(Reply(status=429, retry_after_s=3600))
    error, _ = await subject.ask_in_vain(*HELLO)
    assert (error.code, error.retry_after_s, subject.waits) == ("rate_limited", 3600.0, [])


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (Reply(status=400, error={"message": "no such field", "type": "invalid_request_error"}), "bad_request"),
        (Reply(status=400, error={"message": "too long", "code": "context_length_exceeded"}), "context_length"),
        (Reply(status=401, error={"message": "bad key"}), "authentication"),
        (Reply(status=403, error={"message": "not allowed"}), "authentication"),
        (Reply(status=404, error={"message": "no such model"}), "bad_request"),
        (Reply(status=429, error={"message": "pay first", "code": "insufficient_quota"}), "rate_limited"),
    ],
    ids=["unknown-field", "too-long", "bad-key", "forbidden", "no-model", "no-credit"],
)
async def test_what_cannot_succeed_is_not_tried_again(subject: Subject, reply: Reply, code: str) -> None:
    subject.provider.reply(reply)
    error, _ = await subject.ask_in_vain(*HELLO)
    assert (error.code, error.is_retryable) == (code, False)
    assert len(subject.provider.requests) == 1


async def test_a_cut_stream_keeps_what_came_before(subject: Subject) -> None:
    subject.provider.reply(Reply(text="one two three four", cut_after=3), Reply(text="never asked for"))
    error, partial = await subject.ask_in_vain(*HELLO)
    assert error.code == "stream_cut"
    assert partial.text == "one two"
    assert partial.finish_reason is None
    assert len(subject.provider.requests) == 1


async def test_a_stream_that_is_cut_before_the_first_word_is_tried_again(subject: Subject) -> None:
    subject.provider.reply(Reply(text="lost", cut_after=0), Reply(text="here"))
    assert (await subject.ask(*HELLO)).text == "here"
    assert len(subject.waits) == 1


async def test_the_time_limit_covers_the_whole_answer(subject: Subject) -> None:
    subject.provider.reply(Reply(text="one two three four five six seven", delay_ms=60))
    error, partial = await subject.ask_in_vain(*HELLO, timeout_s=0.3)
    assert error.code == "timeout"
    assert partial.text.startswith("one")


async def test_closing_the_stream_frees_the_connection(subject: Subject) -> None:
    subject.provider.reply(Reply(text="word " * 500, delay_ms=10), Reply(text="next"))
    async with aclosing(subject.chat.stream(request(HELLO))) as batches:
        await anext(batches)
    async with asyncio.timeout(5):
        assert (await subject.ask(*HELLO)).text == "next"


async def test_cancelling_stops_the_stream(subject: Subject) -> None:
    subject.provider.reply(Reply(text="word " * 500, delay_ms=10))
    has_begun = asyncio.Event()

    async def listen() -> None:
        async for _ in subject.chat.stream(request(HELLO)):
            has_begun.set()

    task = asyncio.create_task(listen())
    await has_begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_unreachable_provider_is_named_as_such() -> None:
    chat = OpenAIChat(api_key="x", base_url="http://127.0.0.1:1/v1", retry=RetryPolicy(retries=0))
    error, _ = await Subject(chat, FakeOpenAI()).ask_in_vain(*HELLO)
    assert error.code == "provider_error"
    assert "could not be reached" in error.message
    await chat.close()


async def test_many_conversations_share_a_connection_pool(subject: Subject) -> None:
    subject.provider.responder = lambda body: Reply(text=f"for {body['messages'][-1]['content']}", delay_ms=1)
    replies = await asyncio.gather(*(subject.ask(UserMessage(str(number))) for number in range(20)))
    assert [reply.text for reply in replies] == [f"for {number}" for number in range(20)]


async def test_the_scripted_model_keeps_the_same_contract() -> None:
    # Given
    scripted = Subject(ScriptedChat(), FakeOpenAI())
    history: tuple[Message, ...] = (UserMessage('/refund {"orderId": "A-1"}\n/lookup {"orderId": "B-2"}'),)
    # When
    reply = await scripted.ask(*history, tools=(REFUND, LOOKUP))
    again = await scripted.ask(*history, tools=(REFUND, LOOKUP))
    # Then
    assert reply == again
    assert reply.finish_reason == "tool_calls"
    assert reply.tool_calls == (
        ToolCall("call_1", "refund", '{"orderId":"A-1"}'),
        ToolCall("call_2", "lookup", '{"orderId":"B-2"}'),
    )
    assert reply.usage is not None
    results = [ToolMessage(call.id, '{"status":"completed","output":"fine"}') for call in reply.tool_calls]
    told = await scripted.ask(*history, reply.message, *results, tools=(REFUND, LOOKUP))
    assert told.text == "Refund is done: fine. Lookup is done: fine."
    assert check_history([*history, reply.message, *results, AssistantMessage(told.text), UserMessage("Thanks")]) == []


def test_the_provider_libraries_are_not_imported_with_the_adapters() -> None:
    """A model library costs up to two seconds; the server starts without it."""
    import subprocess  # noqa: PLC0415  this test only
    import sys  # noqa: PLC0415

    program = (
        "import sys, flow_runtime.models.catalog\n"
        "slow = {'openai', 'aiohttp', 'langchain_core', 'langchain'} & set(sys.modules)\n"
        "sys.exit(f'imported too early: {slow}' if slow else 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=os.environ, check=False)
    assert done.returncode == 0, done.stderr
