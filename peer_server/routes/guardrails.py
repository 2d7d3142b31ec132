"""`/v1/guardrail`: the scanners that guardrails are made of, and a way to try one."""

from typing import Annotated, Literal

from pydantic import Field

from flow_runtime.errors import Json
from flow_runtime.flow import ScannerUse
from flow_runtime.guardrail import LONGEST_TEXT
from peer_server.access import Principal
from peer_server.routes.answer_parts import ModelUsage
from peer_server.services.models.guardrails import try_scanner
from peer_server.web.guard import Use, needs, router
from peer_server.web.json_request import Answer, Body

api = router("guardrail")
Reader = Annotated[Principal, needs("flow.read")]
Maker = Annotated[Principal, needs("flow.create")]


class ScannerType(Answer):
    """One kind of scanner."""

    type: str
    title: str
    summary: str
    can_redact: bool
    default_threshold: float
    missing: str | None
    """What must be installed before it works."""
    config_schema: dict[str, Json]
    example: dict[str, Json]
    docs: str


class ScannerTypes(Answer):
    """Every kind that is installed."""

    items: list[ScannerType]


class ScannerTrial(Body):
    """A scanner, and a text to try it on."""

    scanner: Annotated[
        ScannerUse, Field(examples=[{"type": "denylist", "config": {"words": ["acme"]}, "action": "redact"}])
    ]
    text: Annotated[str, Field(max_length=LONGEST_TEXT, examples=["Do you know Acme?"])]
    side: Literal["input", "output"] = "input"


class ScannerTrialAnswer(Answer):
    """What the scanner says."""

    valid: bool
    """Whether the text would pass, as it is or redacted."""
    text: str | None
    """The text as it would pass."""
    verdict: Literal["passed", "blocked", "redacted", "warned", "flagged", "failed"]
    score: float | None = None
    threshold: float
    explanation: str = ""
    duration_ms: float
    usage: list[ModelUsage]


@api.get("/v1/guardrail/type")
async def types(*, _who: Reader, services: Use) -> ScannerTypes:
    """The scanners that are installed, with the schema of their settings."""
    return ScannerTypes.model_validate({"items": services.registry.scanners.describe()})


@api.post("/v1/guardrail/test")
async def test(*, body: ScannerTrial, who: Maker, services: Use) -> ScannerTrialAnswer:
    """Let one scanner look at a text; nothing is stored."""
    found = await try_scanner(
        who,
        body.scanner,
        text=body.text,
        side=body.side,
        scanners=services.registry.scanners,
        models=services.spending.models,
    )
    return ScannerTrialAnswer.model_validate(found)
