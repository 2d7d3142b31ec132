"""`code`: Python in the sandbox."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Final

from pydantic import Field

from flow_runtime.errors import Json, StepFailed
from flow_runtime.flow import Name
from flow_runtime.sandbox import CodeLimits, CodeSandbox
from flow_runtime.step import TEMPLATE, Done, Effect, Outcome, StepConfig, StepContext, StepType

_SLOWEST_START_S: Final = 30.0
"""Added to the code's own limit: the wait for a free worker."""


class CodeConfig(StepConfig):
    """The program, and the variables that it starts with. The source itself is not a template."""

    source: Annotated[
        str,
        Field(
            min_length=1,
            max_length=64 * 1024,
            description="Python. The value of the last expression, or of a top-level return, is the output.",
            json_schema_extra={"x-kind": "code"},
        ),
    ]
    inputs: Annotated[
        Mapping[Name, Json],
        Field(description="Variables of the program.", json_schema_extra={"x-kind": TEMPLATE}),
    ] = {}
    time_limit_s: Annotated[float, Field(gt=0, le=60, description="Seconds of computing.")] = 5.0


class Code(StepType[CodeConfig]):
    """Runs Python without files, network, environment or other runs' data; `uuid4`, `url_encode` and `url_decode` help.

    Modules: json, re, math, datetime, random, decimal, base64, hashlib, csv, collections, itertools, functools.
    A second run of the same step gives the same random numbers.
    """

    type_name = "code"
    title = "Code"
    summary = "Compute something in Python"
    category = "code"
    effect = Effect.IDEMPOTENT
    config_model = CodeConfig
    example: ClassVar[dict[str, Json]] = {
        "source": "return {'total': sum(line['price'] for line in lines)}",
        "inputs": {"lines": [{"price": 5}, {"price": 7}]},
    }

    def timeout_s(self, config: CodeConfig) -> float:
        """The program's limit and the wait for a worker."""
        return config.time_limit_s + _SLOWEST_START_S

    async def run(self, config: CodeConfig, context: StepContext) -> Outcome:
        """Run the program. Raises `StepFailed` with the codes of `CodeSandbox.run`."""
        sandbox: CodeSandbox | None = context.services.sandbox
        if sandbox is None:
            raise StepFailed("no_sandbox", "this runtime was given no code sandbox")
        result = await sandbox.run(
            config.source,
            context.value("inputs") or {},
            seed=context.idempotency_key,
            now=context.now,
            limits=CodeLimits(time_s=config.time_limit_s),
        )
        return Done(result.output)
