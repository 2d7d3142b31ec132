"""`client-tool`: lets the browser of a person in the conversation run a function of the page."""

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Annotated, ClassVar, Final

from pydantic import Field

from flow_runtime.errors import Json, StepFailed
from flow_runtime.fields import schema_faults
from flow_runtime.flow import StepDefinition
from flow_runtime.json_limits import JsonError, parse_json
from flow_runtime.run import InterruptKind, InterruptStatus, Settlement
from flow_runtime.schema_validation import validate
from flow_runtime.step import Done, Fault, Outcome, PureStep, StepConfig, StepContext, Templated, TemplatedText, Wait

_CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")


class ClientToolConfig(StepConfig):
    """Which function, and what it is given."""

    tool_name: Annotated[str, Field(min_length=1, max_length=128, description="As the page registered it.")]
    parameters: Annotated[
        Templated,
        Field(
            description="An object, a list of {key, value}, or JSON as text.",
            examples=[{"reason": "To find a shop near you"}],
        ),
    ] = None
    message: Annotated[TemplatedText | None, Field(description="Shown while it works or is waited for.")] = None
    result_schema: Annotated[Json, Field(description="JSON Schema that the result must fit.")] = None
    approvers: Annotated[
        tuple[str, ...],
        Field(
            description="Who may run it: starter, participants, user:<id>, role:owner; by default the first two. "
            "Visitors of a share link are the starter only where that is named."
        ),
    ] = ()
    expires_in_s: Annotated[float | None, Field(gt=0, description="Seconds until it leaves by `expired`.")] = None


class ClientTool(PureStep[ClientToolConfig]):
    """Waits until one open tab that offers the tool has run it. Exactly one tab runs it; without one the run waits.

    Its output is the result's `output`. A tool that says that it failed leads to the port `error`.
    """

    type_name = "client-tool"
    title = "Client tool"
    summary = "Let the browser do something"
    category = "chat"
    config_model = ClientToolConfig
    example: ClassVar[dict[str, Json]] = {
        "toolName": "getLocation",
        "parameters": {"reason": "To find a technician near you"},
        "resultSchema": {"type": "object", "required": ["latitude", "longitude"]},
        "expiresInS": 86400,
    }

    def ports(self, config: ClientToolConfig) -> Sequence[str]:
        """`ok` with a result, `expired` without one in time."""
        return ("ok", "expired")

    def check(self, config: ClientToolConfig, step: StepDefinition) -> Sequence[Fault]:
        """The result's schema must be one."""
        return schema_faults(config.result_schema, "/resultSchema")

    def evaluate(self, config: ClientToolConfig, context: StepContext) -> Outcome:
        """Ask. Raises `StepFailed` ``bad_parameters``."""
        payload: dict[str, Json] = {
            "toolName": config.tool_name,
            "parameters": _parameters(context.value("parameters")),
            "title": context.step.name or config.tool_name,
        }
        if config.message:
            payload["message"] = context.text("message")
        if config.result_schema is not None:
            payload["resultSchema"] = config.result_schema
        expires_at = context.now + timedelta(seconds=config.expires_in_s) if config.expires_in_s else None
        return Wait(
            InterruptKind.CLIENT_TOOL,
            payload,
            response_schema=_as_object(config.result_schema),
            approvers=config.approvers,
            expires_at=expires_at,
        )

    async def resume(self, config: ClientToolConfig, context: StepContext, settlement: Settlement) -> Outcome:
        """Take the result. Raises `StepFailed` with the tool's own code, or ``client_tool_failed``."""
        if settlement.status is InterruptStatus.EXPIRED:
            return Done(port="expired")
        result = settlement.resolution["toolResult"] if settlement.status is InterruptStatus.SETTLED else {}
        if not result.get("success"):
            raise _failure(config.tool_name, result.get("error"))
        return Done(_output(config.result_schema, result.get("output")))


def _parameters(given: Json) -> dict[str, Json]:
    """The three forms in which parameters are written, as one object."""
    if isinstance(given, str):
        try:
            given = parse_json(given.encode()) if given.strip() else {}
        except JsonError as error:
            raise _bad_parameters(error.message) from None
    if given is None:
        return {}
    if isinstance(given, list):
        if not all(isinstance(entry, dict) and isinstance(entry.get("key"), str) for entry in given):
            raise _bad_parameters("every entry of a list needs a key and a value")
        return {entry["key"]: entry.get("value") for entry in given}
    if not isinstance(given, dict):
        raise _bad_parameters(f"{type(given).__name__} is no object")
    return given


def _bad_parameters(reason: str) -> StepFailed:
    return StepFailed("bad_parameters", f"the tool's parameters are wrong: {reason}", category="data_validation")


def _as_object(schema: Json) -> dict[str, Json] | None:
    return schema if isinstance(schema, dict) else None


def _output(schema: Json, output: Json) -> Json:
    """Some clients can only send text: where a schema asks for more, JSON text counts as what it says."""
    if schema is not None and isinstance(output, str) and validate(schema, output):
        with suppress(JsonError):
            return parse_json(output.encode())
    return output


def _failure(tool: str, error: Json) -> StepFailed:
    """The tool's own words: a text, or ``{code, message}``."""
    code, message = (error.get("code"), error.get("message")) if isinstance(error, dict) else (error, error)
    is_code = isinstance(code, str) and _CODE.fullmatch(code) is not None
    return StepFailed(
        str(code) if is_code else "client_tool_failed",
        f"the tool {tool!r} failed: {message or code or 'it gave no reason'}"[:1000],
        category="connection",
    )
