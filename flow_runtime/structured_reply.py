"""Calls of a model by steps: one reply, or one that must be JSON of a schema and is asked for again if it is not."""

import re
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any, Final

from flow_runtime.errors import FlowError, Json, StepFailed
from flow_runtime.guarded_model import guarded_messages, guarded_reply
from flow_runtime.json_limits import JsonError, parse_json
from flow_runtime.model import ModelError, ModelRequest, UserMessage
from flow_runtime.model_reply import ModelReply, ReplyBuilder
from flow_runtime.schema_validation import FieldError, validate
from flow_runtime.step import Guard

MAX_ATTEMPTS: Final = 3
"""How often a model is asked before its answers count as unusable."""
_FENCE: Final = re.compile(r"\A\s*```[a-zA-Z]*\n(.*?)\n?```\s*\Z", re.DOTALL)


@dataclass(slots=True)
class ModelCalls:
    """The calls of one step with one model; `usage` grows with each of them.

    A guard looks at what is new in each request and at each reply; `with_system` says that people's words may stand in
    the system message too.
    """

    catalog: Any
    model: str
    usage: list[dict[str, Json]] = field(default_factory=list)
    guard: Guard | None = None
    with_system: bool = False
    workspace_id: str = ""

    async def reply(self, request: ModelRequest) -> ModelReply:
        """One whole reply; `request.model` is filled in.

        Raises:
            StepFailed: ``model_unavailable``, ``unknown_model``, ``model_<code of ModelError>``, or those of `Guard`.
        """
        try:
            if self.guard is None:
                return await self._reply(request)
            messages = await guarded_messages(self.guard, request.messages, with_system=self.with_system)
            reply = await self._reply(replace(request, messages=messages))
            return await guarded_reply(self.guard, reply)
        except StepFailed as error:
            error.recorded = self.recorded
            raise

    @property
    def recorded(self) -> dict[str, Any]:
        """What the journal keeps of the calls so far: `usage` and `scanners`, as `Done` takes them."""
        found = {"usage": self.all_usage, "scanners": self.guard.results if self.guard else []}
        return {name: list(value) for name, value in found.items() if value}

    @property
    def all_usage(self) -> list[dict[str, Json]]:
        """The usage of these calls, and of the scanners that asked a model themselves."""
        return [*self.usage, *(self.guard.usage if self.guard else ())]

    async def _reply(self, request: ModelRequest) -> ModelReply:
        if self.catalog is None:
            raise StepFailed("model_unavailable", "this runtime was given no models", category="connection")
        try:
            chosen = self.catalog.resolve(self.model, self.workspace_id)
            builder = ReplyBuilder(request.messages)
            async with aclosing(chosen.chat.stream(replace(request, model=chosen.name))) as batches:
                async for batch in batches:
                    builder.add(batch)
        except StepFailed:
            raise
        except ModelError as error:
            raise StepFailed(
                f"model_{error.code}",
                f"model {self.model!r}: {error.message}",
                category="authorization" if error.code == "authentication" else "connection",
                retryable=error.is_retryable,
                remedy=error.remedy,
            ) from error
        except FlowError as error:
            raise StepFailed(error.code, error.message, category="data_validation", remedy=error.remedy) from error
        reply = builder.reply()
        self.usage.append(reply.usage_json(chosen.full_name))
        return reply

    async def data(self, request: ModelRequest, schema: Mapping[str, Json]) -> tuple[str, Json]:
        """The text of a reply that fits the schema, and what it says; faults are told to the model.

        Raises:
            StepFailed: as `reply`; ``invalid_model_output`` after `MAX_ATTEMPTS` answers that do not fit.
        """
        request = replace(request, response_schema=schema)
        faults: Sequence[FieldError] = ()
        for _ in range(MAX_ATTEMPTS):
            reply = await self.reply(request)
            value, faults = read_json(reply.text, schema)
            if not faults:
                return reply.text, value
            told = "; ".join(f"{fault.pointer or 'the answer'} {fault.message}" for fault in faults[:20])
            again = UserMessage(f"That does not fit the schema: {told}. Answer with the corrected JSON only.")
            request = replace(request, messages=[*request.messages, reply.message, again])
        message = f"model {self.model!r} did not give JSON of the schema in {MAX_ATTEMPTS} attempts"
        details = [fault.as_json() for fault in faults]
        failed = StepFailed("invalid_model_output", message, category="data_validation", details=details)
        failed.recorded = self.recorded
        raise failed


def read_json(text: str, schema: Mapping[str, Json]) -> tuple[Json, list[FieldError]]:
    """The value of a reply, also inside a Markdown fence, and what of it breaks the schema."""
    fenced = _FENCE.match(text)
    try:
        value = parse_json((fenced[1] if fenced else text).encode(errors="replace"))
    except JsonError as error:
        return None, [FieldError("", "json", f"is no JSON: {error.message}")]
    return value, validate(dict(schema), value)


def total_usage(usage: Sequence[Mapping[str, Json]]) -> dict[str, Json]:
    """The tokens of several calls together."""
    return {name: sum(one[name] for one in usage) for name in ("promptTokens", "completionTokens", "totalTokens")}
