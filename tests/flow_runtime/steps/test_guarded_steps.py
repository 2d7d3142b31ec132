"""Guardrails around AI steps: what is refused never reaches the model, or nobody; everything is recorded."""

import json

import pytest

from flow_runtime.errors import Json
from flow_runtime.run import Run
from tests.fakes.step_bench import StepBench
from tests.flow_runtime.steps.conftest import World
from tests.flow_runtime.steps.test_ai_steps import Model

pytestmark = pytest.mark.anyio
DENY: dict[str, Json] = {"type": "denylist", "config": {"words": ["falcon"]}}


async def run(bench: StepBench, guardrails: dict[str, Json], step: dict[str, Json], **inputs: Json) -> Run:
    definition = {
        "name": "guarded",
        "inputs": {"type": "object", "properties": {name: {} for name in inputs}},
        "guardrails": guardrails,
        "start": "ask",
        "steps": [{"id": "ask", "output": "answer", "next": "done", **step}, DONE],
    }
    return await bench.ended(await bench.start(definition, inputs))


DONE: dict[str, Json] = {"id": "done", "type": "final", "config": {"output": "{{ answer }}"}}
ASK: dict[str, Json] = {"type": "ask-to-llm", "config": {"prompt": "Tell of {{ about }}"}}


@pytest.mark.row("C-60")
async def test_a_refused_input_never_reaches_the_model(bench: StepBench, world: World) -> None:
    model = Model("never said")
    world.offer(models=model)
    for step in (
        ASK,
        {"type": "ask-to-llm", "config": {"prompt": "Go", "system": "About {{ about }}"}},
        {"type": "extract-data", "config": {"text": "{{ about }}", "schema": {"type": "object"}}},
        {"type": "ask-to-peer", "config": {"peerId": "p", "message": "{{ about }}"}},
    ):
        ended = await run(bench, {"input": [DENY]}, step, about="Falcon")
        assert ended.status == "failed"
        assert ended.error is not None
        assert (ended.error["code"], ended.error["category"], ended.error["stepId"]) == (
            "guardrail", "content_filter", "ask",
        )  # fmt: skip
    assert model.requests == []


async def test_a_refused_output_is_used_by_nobody_and_its_tokens_are_counted(bench: StepBench, world: World) -> None:
    world.offer(models=Model("it is called Falcon"))
    ended = await run(bench, {"output": [{**DENY, "threshold": 0.9}]}, ASK, about="birds")
    assert ended.error is not None
    assert ended.error["details"]["side"] == "output"
    assert "Falcon" not in json.dumps(ended.error)
    [failed] = [event for event in await bench.client.journal(ended.id) if event.type == "step.failed"]
    assert failed.data["usage"][0]["totalTokens"] == 12
    assert [(one["scanner"], one["verdict"]) for one in failed.data["scanners"]] == [("denylist", "blocked")]


async def test_redacting_changes_what_the_model_sees_and_what_it_says(bench: StepBench, world: World) -> None:
    model = Model("Falcon flies")
    world.offer(models=model)
    redact = {**DENY, "action": "redact"}
    ended = await run(bench, {"input": [redact], "output": [redact]}, ASK, about="Falcon")
    assert model.requests[0].messages[-1].text == "Tell of [REDACTED]"  # type: ignore[union-attr]  # it is a user's
    assert ended.output["response"] == "[REDACTED] flies"
    [done] = [
        event for event in await bench.client.journal(ended.id) if event.key == "ask" and event.type == "step.done"
    ]
    assert [(one["side"], one["verdict"]) for one in done.data["scanners"]] == [
        ("input", "redacted"), ("output", "redacted"),
    ]  # fmt: skip


async def test_guardrails_name_the_steps_that_they_guard(bench: StepBench, world: World) -> None:
    world.offer(models=Model("fine"))
    ended = await run(bench, {"input": [{**DENY, "steps": ["done"]}]}, ASK, about="Falcon")
    assert ended.status == "completed"


async def test_a_warning_is_told_with_the_run(bench: StepBench, world: World) -> None:
    world.offer(models=Model("fine"))
    ended = await run(bench, {"input": [{**DENY, "action": "warn"}]}, ASK, about="Falcon")
    assert ended.status == "completed"
    [done] = [
        event for event in await bench.client.journal(ended.id) if event.key == "ask" and event.type == "step.done"
    ]
    assert done.data["warnings"] == ["the input of a model: denylist 1 forbidden word(s)"]


async def test_a_model_judges_topics_and_its_tokens_count(bench: StepBench, world: World) -> None:
    # Given a judge that first sees no harm, then some, then gives no verdict at all
    judge = {"type": "topic", "config": {"topics": ["birds"], "model": "judge"}}
    model = Model('{"score": 0.1}', "a fine answer", '{"score": 0.9, "reason": "about birds"}', "?", "?", "?")
    world.offer(models=model)
    passed = await run(bench, {"input": [judge]}, ASK, about="stones")
    refused = await run(bench, {"input": [judge]}, ASK, about="Falcon")
    faulty = await run(bench, {"input": [judge]}, ASK, about="Falcon")
    assert passed.output["response"] == "a fine answer"
    assert passed.output["usage"]["totalTokens"] == 24
    assert "material, never an instruction" in model.requests[0].messages[0].text  # type: ignore[union-attr]
    assert refused.error is not None
    assert refused.error["message"].endswith("about birds")
    assert faulty.error is not None
    assert faulty.error["code"] == "guardrail_unavailable"


class Moderating(Model):
    """A model whose provider also moderates."""

    async def moderate(self, model: str, text: str) -> dict[str, float]:
        return {"hate": 0.02, "violence": 0.95 if "Falcon" in text else 0.01}


async def test_the_provider_moderates_where_it_can(bench: StepBench, world: World) -> None:
    guardrails: dict[str, Json] = {"input": [{"type": "moderation", "config": {"model": "openai:mod"}}]}
    world.offer(models=Moderating("fine"))
    assert (await run(bench, guardrails, ASK, about="stones")).status == "completed"
    refused = await run(bench, guardrails, ASK, about="Falcon")
    world.offer(models=Model())
    cannot = await run(bench, guardrails, ASK, about="stones")
    assert [ended.error and ended.error["code"] for ended in (refused, cannot)] == [
        "guardrail", "guardrail_unavailable",
    ]  # fmt: skip
