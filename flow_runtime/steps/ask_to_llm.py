"""`ask-to-llm`: asks a language model, which may run flows as tools and may have to answer in JSON."""

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar

from pydantic import Field

from flow_runtime.errors import FlowError, Json, StepFailed
from flow_runtime.fields import schema_faults
from flow_runtime.flow import StepDefinition
from flow_runtime.model import Message, ModelRequest, SystemMessage, UserMessage
from flow_runtime.run import InterruptStatus, Settlement
from flow_runtime.step import (
    CallFlow,
    Done,
    Effect,
    Fault,
    Outcome,
    StepConfig,
    StepContext,
    StepType,
    TemplatedText,
)
from flow_runtime.structured_reply import ModelCalls, total_usage
from flow_runtime.tool_rounds import MAX_ROUNDS, FlowTool, Rounds, rounds_from_json


class AskToLlmConfig(StepConfig):
    """What is asked, of which model, and how it may answer."""

    model: Annotated[str, Field(description="default, scripted, openai:<name> or <provider>:<name>.")] = "default"
    connection: Annotated[str | None, Field(description="The provider, where `model` is only a name.")] = None
    system: Annotated[TemplatedText | None, Field(description="Instructions.")] = None
    prompt: Annotated[TemplatedText, Field(min_length=1)]
    answer_schema: Annotated[
        Mapping[str, Json] | None,
        Field(alias="schema", title="Schema", description="JSON Schema that the answer must fit; gives `data`."),
    ] = None
    tools: Annotated[tuple[FlowTool, ...], Field(max_length=20, description="Flows that the model may run.")] = ()
    temperature: Annotated[float | None, Field(ge=0, le=2)] = None
    top_p: Annotated[float | None, Field(gt=0, le=1)] = None
    max_tokens: Annotated[int | None, Field(ge=1)] = None
    model_timeout_s: Annotated[float, Field(gt=0, le=600, description="Seconds for one call of the model.")] = 60.0


class AskToLlm(StepType[AskToLlmConfig]):
    """Output: `{response, data?, usage}`. With a schema, an answer that does not fit is asked for again twice.

    A flow that the model runs as a tool may wait for people; the question goes on when it has ended.
    """

    type_name = "ask-to-llm"
    title = "Ask LLM"
    summary = "Let a language model answer"
    category = "ai"
    effect = Effect.IDEMPOTENT
    config_model = AskToLlmConfig
    example: ClassVar[dict[str, Json]] = {
        "system": "You are brief.",
        "prompt": "Summarise: {{ inputs.text }}",
        "temperature": 0.2,
    }

    def timeout_s(self, config: AskToLlmConfig) -> float:
        """Three calls of the model, which is what an answer in JSON may take."""
        return 3 * config.model_timeout_s

    def check(self, config: AskToLlmConfig, step: StepDefinition) -> Sequence[Fault]:
        """Schemas must be schemas, and tools need names of their own."""
        faults = schema_faults(config.answer_schema and dict(config.answer_schema), "/schema")
        names = [tool.name for tool in config.tools]
        for at, tool in enumerate(config.tools):
            faults += schema_faults(tool.parameters and dict(tool.parameters), f"/tools/{at}/parameters")
            if tool.name and tool.name in names[:at]:
                message = f"two tools are called {tool.name!r}"
                faults.append(Fault("duplicate_tool", message, f"/tools/{at}/name", "choose another name"))
        return faults

    async def run(self, config: AskToLlmConfig, context: StepContext) -> Outcome:
        """Ask. Raises `StepFailed` with the codes of `ModelCalls`."""
        messages: list[Message] = [SystemMessage(context.text("system"))] if config.system else []
        return await _ask(config, context, Rounds([*messages, UserMessage(context.text("prompt"))]))

    async def resume(self, config: AskToLlmConfig, context: StepContext, settlement: Settlement) -> Outcome:
        """Give the model what the flow gave, and go on."""
        rounds = rounds_from_json(context.carried)
        ending = settlement.resolution if settlement.status is InterruptStatus.SETTLED else {"status": "cancelled"}
        rounds.answer_with(ending)
        return await _ask(config, context, rounds)


async def _ask(config: AskToLlmConfig, context: StepContext, rounds: Rounds) -> Outcome:
    """Let the model reply until it needs a flow or has answered."""
    model = f"{config.connection}:{config.model}" if config.connection else config.model
    tools = await _whole(config.tools, context)
    calls = ModelCalls(context.services.models, model, rounds.usage, guard=context.guard)
    calls.with_system, calls.workspace_id = "{{" in (config.system or ""), context.run.workspace_id
    context.guard.results[:0] = rounds.scanners
    while True:
        wanted = rounds.next_call(tools)
        if wanted is not None:
            tool, inputs = wanted
            rounds.usage, rounds.scanners = calls.all_usage, context.guard.results
            return CallFlow(tool.flow_id, tool.version, inputs, carry=rounds.as_json())
        request = ModelRequest(
            "",
            rounds.messages,
            tools=[tool.spec for tool in tools] if rounds.rounds < MAX_ROUNDS else (),
            temperature=config.temperature,
            top_p=config.top_p,
            max_tokens=config.max_tokens,
            timeout_s=config.model_timeout_s,
        )
        if config.answer_schema is not None and not request.tools:
            text, data = await calls.data(request, config.answer_schema)
            return _done(text, calls, context, data=data)
        reply = await calls.reply(request)
        if reply.tool_calls and request.tools:
            rounds.take(reply.message)
        elif config.answer_schema is None:
            return _done(reply.text, calls, context)
        else:
            rounds.rounds = MAX_ROUNDS  # It has all that it wanted to know: now in JSON.


async def _whole(tools: Sequence[FlowTool], context: StepContext) -> list[FlowTool]:
    """The tools with everything that the model sees. Raises `StepFailed` if a flow cannot be found."""
    found: list[FlowTool] = []
    for tool in tools:
        if tool.is_whole:
            found.append(tool)
            continue
        if context.services.describe_flow is None:
            message = f"this runtime cannot look up the flow {tool.flow_id!r}"
            raise StepFailed("flow_unavailable", message, remedy="give the tool a name, description and parameters")
        try:
            spec = await context.services.describe_flow(context.run.workspace_id, tool.flow_id, tool.version)
        except FlowError as error:
            raise StepFailed(error.code, error.message, category="data_validation", remedy=error.remedy) from error
        found.append(tool.completed(spec, taken={one.spec.name for one in found} | {one.name or "" for one in tools}))
    return found


def _done(text: str, calls: ModelCalls, context: StepContext, **data: Json) -> Done:
    output = {"response": text, **data, "usage": total_usage(calls.all_usage)}
    return Done(output, warnings=context.guard.warnings, **calls.recorded)
