"""`ask-to-llm`, `extract-data` and `ask-to-peer`."""

import json
from collections.abc import AsyncGenerator, Callable, Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from flow_runtime.errors import Conflict, InvalidDefinition, Json
from flow_runtime.model import (
    Delta,
    FinishDelta,
    ModelError,
    ModelRequest,
    SystemMessage,
    TextDelta,
    ToolCallDelta,
    ToolMessage,
    ToolSpec,
    UsageDelta,
    UserMessage,
)
from flow_runtime.model_history import check_history
from flow_runtime.run import Run
from tests.fakes.step_bench import Left, StepBench
from tests.flow_runtime.steps.conftest import World

pytestmark = pytest.mark.anyio
Reply = str | tuple[str, dict[str, Json]] | ModelError
ORDER: dict[str, Json] = {"type": "object", "properties": {"orderId": {"type": "string"}}, "required": ["orderId"]}


class Model:
    """Gives its replies one after the other: a text, a tool call as (name, arguments), or an error."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)
        self.requests: list[ModelRequest] = []

    def resolve(self, model: str, workspace_id: str = "") -> SimpleNamespace:
        if model == "unknown":
            raise InvalidDefinition("unknown_model", "there is no such model")
        return SimpleNamespace(chat=self, name=model.partition(":")[2] or model, full_name=model)

    def for_run(self, run: Run) -> "Model":
        return self

    async def stream(self, request: ModelRequest) -> AsyncGenerator[list[Delta], None]:
        check_history(request.messages)
        self.requests.append(request)
        reply = self.replies.pop(0)
        if isinstance(reply, ModelError):
            raise reply
        if isinstance(reply, tuple):
            name, arguments = reply
            yield [ToolCallDelta(0, f"call{len(self.requests)}", name, json.dumps(arguments))]
        else:
            yield [TextDelta(reply[:3])]
            yield [TextDelta(reply[3:])]
        yield [UsageDelta(10, 2, 12), FinishDelta("stop")]


USAGE = {"promptTokens": 10, "completionTokens": 2, "totalTokens": 12}


def answering(world: World, *replies: Reply) -> Model:
    model = Model(*replies)
    world.offer(models=model)
    return model


async def test_question_reaches_the_model_with_its_settings(bench: StepBench, world: World) -> None:
    model = answering(world, "Hello Ada")
    config: dict[str, Json] = {
        "model": "openai:some-model",
        "system": "Be {{ mood }}.",
        "prompt": "Greet {{ who }}",
        "temperature": 0.3,
        "topP": 0.9,
        "maxTokens": 100,
        "modelTimeoutS": 9,
    }
    run = await bench.begin("ask-to-llm", config, {"mood": "brief", "who": "Ada"})
    assert await bench.left(run) == Left("next", {"response": "Hello Ada", "usage": USAGE})
    (request,) = model.requests
    assert request.model == "some-model"
    assert list(request.messages) == [SystemMessage("Be brief."), UserMessage("Greet Ada")]
    assert (request.temperature, request.top_p, request.max_tokens, request.timeout_s) == (0.3, 0.9, 100, 9)
    done = next(event for event in await bench.client.journal(run.id) if event.key == "step")
    assert done.data["usage"] == [{"model": "openai:some-model", **USAGE}]


async def test_connection_and_model_may_be_written_apart(bench: StepBench, world: World) -> None:
    model = answering(world, "x")
    await bench.perform("ask-to-llm", {"connection": "openai", "model": "small", "prompt": "?"})
    assert model.requests[0].model == "small"


@pytest.mark.parametrize("text", ['{"orderId": "7"}', '```json\n{"orderId": "7"}\n```', ' {"orderId":"7"}\n'])
async def test_with_a_schema_the_answer_is_data(bench: StepBench, world: World, text: str) -> None:
    model = answering(world, text)
    left = await bench.perform("ask-to-llm", {"prompt": "?", "schema": ORDER})
    assert left.output["data"] == {"orderId": "7"}
    assert left.output["response"] == text
    assert model.requests[0].response_schema == ORDER


async def test_answer_that_does_not_fit_is_asked_for_again(bench: StepBench, world: World) -> None:
    model = answering(world, "Sure!", '{"orderId": 7}', '{"orderId": "7"}')
    left = await bench.perform("ask-to-llm", {"prompt": "?", "schema": ORDER})
    assert left.output["data"] == {"orderId": "7"}
    assert left.output["usage"]["totalTokens"] == 36
    assert "is no JSON" in model.requests[1].messages[-1].text  # type: ignore[union-attr]  # a user message
    assert "/orderId must be text" in model.requests[2].messages[-1].text  # type: ignore[union-attr]  # as above


async def test_model_that_never_fits_takes_the_error_port(bench: StepBench, world: World) -> None:
    answering(world, "a", "b", "c", "d")
    left = await bench.perform("ask-to-llm", {"prompt": "?", "schema": ORDER})
    assert left.error is not None
    assert left.error["code"] == "invalid_model_output"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ModelError("rate_limited", "slow down", is_retryable=True), "model_rate_limited"),
        (ModelError("authentication", "no key"), "model_authentication"),
        (ModelError("timeout", "too slow"), "model_timeout"),
    ],
    ids=str,
)
async def test_failing_model_takes_the_error_port(bench: StepBench, world: World, error: ModelError, code: str) -> None:
    answering(world, error)
    left = await bench.perform("ask-to-llm", {"prompt": "?"})
    assert left.error is not None
    assert left.error["code"] == code


async def test_what_may_work_later_is_tried_again(bench: StepBench, world: World) -> None:
    answering(world, ModelError("rate_limited", "slow down", is_retryable=True), "now")
    left = await bench.perform("ask-to-llm", {"prompt": "?"}, retry={"maxAttempts": 2, "delayS": 0})
    assert left.output["response"] == "now"


async def test_unknown_and_missing_models_are_named(bench: StepBench, world: World) -> None:
    left = await bench.perform("ask-to-llm", {"prompt": "?"})
    assert left.error is not None
    assert left.error["code"] == "model_unavailable"
    answering(world)
    left = await bench.perform("ask-to-llm", {"prompt": "?", "model": "unknown"})
    assert left.error is not None
    assert left.error["code"] == "unknown_model"


DOUBLE: dict[str, Json] = {
    "name": "double",
    "inputs": {"type": "object", "properties": {"n": {"type": "number"}}, "required": ["n"]},
    "start": "end",
    "steps": [{"id": "end", "type": "final", "config": {"output": {"twice": "{{ n * 2 }}"}}}],
}
CAREFUL: dict[str, Json] = {
    **DOUBLE,
    "start": "ask",
    "steps": [
        {"id": "ask", "type": "user-approval", "config": {"title": "Really?"}, "next": "end"},
        DOUBLE["steps"][0],
    ],
}
TOOL: dict[str, Json] = {
    "name": "double",
    "description": "Doubles a number.",
    "flowId": "double",
    "parameters": DOUBLE["inputs"],
}


async def test_model_runs_flows_as_tools(bench: StepBench, world: World) -> None:
    # Given a model that calls a tool wrongly, then an unknown one, then rightly, twice
    await bench.define("double", DOUBLE)
    calls: list[Reply] = [("double", {"n": "a"}), ("triple", {}), ("double", {"n": 4}), ("double", {"n": 8})]
    model = answering(world, *calls, "It is 16.")
    # When it is asked
    left = await bench.perform("ask-to-llm", {"prompt": "Double 4 twice", "tools": [TOOL]})
    # Then each call got its result, and the answer came at the end
    assert left.output["response"] == "It is 16."
    assert left.output["usage"]["totalTokens"] == 60
    assert model.requests[0].tools[0].name == "double"
    results = [message.content for message in model.requests[-1].messages if isinstance(message, ToolMessage)]
    assert "invalid_arguments" in results[0]
    assert "unknown_tool" in results[1]
    assert results[2:] == ['{"twice":8}', '{"twice":16}']


async def test_tool_that_asks_people_parks_the_question(bench: StepBench, world: World) -> None:
    await bench.define("double", CAREFUL)
    answering(world, ("double", {"n": 4}), "It is 8.")
    run = await bench.parked(await bench.begin("ask-to-llm", {"prompt": "?", "tools": [TOOL]}))
    (card,) = [found for found in await bench.open(run) if found.kind == "approval"]
    await bench.answer(card)
    assert (await bench.left(run)).output["response"] == "It is 8."


async def test_tools_and_schema_go_together(bench: StepBench, world: World) -> None:
    await bench.define("double", DOUBLE)
    model = answering(world, ("double", {"n": 4}), "I know now.", '{"orderId": "8"}')
    left = await bench.perform("ask-to-llm", {"prompt": "?", "tools": [TOOL], "schema": ORDER})
    assert left.output["data"] == {"orderId": "8"}
    assert model.requests[-1].tools == ()


async def test_model_that_never_stops_calling_has_to_answer(bench: StepBench, world: World) -> None:
    await bench.define("double", DOUBLE)
    calls: list[Reply] = [("double", {"n": 1})] * 10
    model = answering(world, *calls, "Enough.")
    left = await bench.perform("ask-to-llm", {"prompt": "?", "tools": [TOOL]})
    assert left.output["response"] == "Enough."
    assert model.requests[-1].tools == ()


@pytest.mark.parametrize(
    ("config", "code"),
    [
        ({"prompt": "?", "schema": {"type": "nonsense"}}, "invalid_schema"),
        ({"prompt": "?", "tools": [TOOL, TOOL]}, "duplicate_tool"),
        ({"prompt": "?", "tools": [{**TOOL, "parameters": {"type": "nonsense"}}]}, "invalid_schema"),
        ({"prompt": "?", "temperature": 3}, "config"),
    ],
    ids=["schema", "names", "parameters", "temperature"],
)
def test_mistakes_are_found_before_it_runs(
    bench_check: Callable[..., set[str]], config: dict[str, Json], code: str
) -> None:
    assert code in bench_check("ask-to-llm", config)


async def test_extracted_data_fits_the_schema(bench: StepBench, world: World) -> None:
    model = answering(world, "no", '{"orderId": "1001"}')
    left = await bench.perform("extract-data", {"text": "{{ mail }}", "schema": ORDER}, {"mail": "Order 1001 is late"})
    assert left == Left("next", {"orderId": "1001"})
    system, text, *_ = model.requests[0].messages
    assert isinstance(system, SystemMessage)
    assert text == UserMessage("Order 1001 is late")
    assert model.requests[0].temperature == 0


async def test_peer_is_asked_once_with_a_stable_key(bench: StepBench, world: World) -> None:
    asked: list[dict[str, Any]] = []

    async def ask(run: Run, **request: Json) -> Mapping[str, Json]:
        asked.append({"run": run.id, **request})
        return {"reply": "Hallo", "usage": [{"model": "m", **USAGE}]}

    world.offer(ask_peer=ask)
    run = await bench.begin("ask-to-peer", {"peerId": "p1", "message": "Translate {{ word }}"}, {"word": "hello"})
    assert await bench.left(run) == Left("next", {"reply": "Hallo"})
    assert asked == [{"run": run.id, "peer_id": "p1", "message": "Translate hello", "key": f"{run.id}:step"}]


async def test_peer_that_cannot_answer_takes_the_error_port(bench: StepBench, world: World) -> None:
    left = await bench.perform("ask-to-peer", {"peerId": "p1", "message": "?"})
    assert left.error is not None
    assert left.error["code"] == "peer_unavailable"

    async def ask(run: Run, **request: Json) -> Mapping[str, Json]:
        raise Conflict("not_published", "the Peer has no version")

    world.offer(ask_peer=ask)
    left = await bench.perform("ask-to-peer", {"peerId": "p1", "message": "?"})
    assert left.error is not None
    assert left.error["code"] == "not_published"


@pytest.mark.parametrize("tool", ["double", {"flowId": "double"}, {"flowId": "double", "toolName": "double"}])
async def test_a_tool_is_named_and_described_by_its_flow(bench: StepBench, world: World, tool: Json) -> None:
    # Given a tool that is little more than a flow's id
    async def describe(workspace_id: str, flow_id: str, version: str) -> ToolSpec:
        assert (flow_id, version) == ("double", "deployed")
        return ToolSpec("double", "Doubles a number", DOUBLE["inputs"])

    await bench.define("double", DOUBLE)
    world.offer(describe_flow=describe)
    model = answering(world, ("double", {"n": 4}), "It is 8.")
    # When the model uses it
    left = await bench.perform("ask-to-llm", {"prompt": "Double 4", "tools": [tool]})
    # Then it saw what the flow says of itself
    assert left.output["response"] == "It is 8."
    assert model.requests[0].tools == [ToolSpec("double", "Doubles a number", DOUBLE["inputs"])]


async def test_two_flows_of_one_name_are_told_apart(bench: StepBench, world: World) -> None:
    async def describe(*_: object) -> ToolSpec:
        return ToolSpec("double", "Doubles a number", DOUBLE["inputs"])

    world.offer(describe_flow=describe)
    model = answering(world, "Hello.")
    await bench.perform("ask-to-llm", {"prompt": "?", "tools": ["one", "other"]})
    assert [spec.name for spec in model.requests[0].tools] == ["double", "double_2"]


async def test_a_flow_that_cannot_be_looked_up_fails_the_step(bench: StepBench, world: World) -> None:
    answering(world, "Hello.")
    left = await bench.perform("ask-to-llm", {"prompt": "?", "tools": ["gone"]})
    assert (left.error or {})["code"] == "flow_unavailable"
