"""The guardrails at work: scanners look at texts, and what they find has its consequences. Nothing passes silently."""

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final, Literal

from flow_runtime.errors import BudgetSpent, FlowError, Json, StepFailed
from flow_runtime.guardrail import LONGEST_TEXT, GuardPlan, LocalScanner, ScanContext, ScannerPlan, Side, Verdict

_log = logging.getLogger(__name__)
_INLINE: Final = 20_000
"""Characters up to which a scanner that only computes may do so between two other things."""


class ActiveGuard:
    """Implements `Guard` over a plan."""

    def __init__(self, plan: GuardPlan, *, models: Any, workspace_id: str) -> None:  # noqa: ANN401 - see `StepServices`
        self.results: list[dict[str, Json]] = []
        self.usage: list[dict[str, Json]] = []
        self._plan = plan
        self._context = ScanContext(models=models, workspace_id=workspace_id)

    @property
    def holds_back(self) -> bool:
        """Whether what the model says may not be seen before it is whole and was looked at."""
        return self._plan.holds_back

    @property
    def warnings(self) -> list[str]:
        """One sentence for each finding that people are to be told of."""
        return [
            f"the {result['side']} of a model: {result['scanner']} {result.get('explanation') or 'found something'}"
            for result in self.results
            if result["verdict"] == "warned"
        ]

    async def look(self, side: Literal["input", "output"], texts: Sequence[str], *, seen: int = 0) -> list[str]:
        """The texts as they may pass; see `Guard`."""
        passing = list(texts)
        for plan in self._plan.side(side):
            first = 0 if plan.use.action == "redact" else seen
            if first < len(passing):
                passing[first:] = await self._scan(plan, side, passing[first:])
        return passing

    async def _scan(self, plan: ScannerPlan, side: Side, texts: list[str]) -> list[str]:
        """Let one scanner look at all of them; one result tells of the worst."""
        began = time.perf_counter()
        context = replace(self._context, side=side)
        try:
            verdicts = [await _verdict(plan, text, context) for text in texts]
        except BudgetSpent as spent:
            self._record(plan, side, verdict="failed", began=began, score=None, explanation=spent.code)
            raise
        except Exception as error:  # noqa: BLE001 - a scanner that fails is a fault, whatever it raised
            self._record(plan, side, verdict="failed", began=began, score=None, explanation=_fault_words(error))
            return self._after_fault(plan, side, texts, error)
        self.usage += [{**one, "scanner": plan.use.name} for verdict in verdicts for one in verdict.usage]
        worst = max(verdicts, key=lambda verdict: verdict.score)
        if worst.score < plan.threshold or worst.score <= 0:
            self._record(plan, side, verdict="passed", began=began, score=worst.score)
            return texts
        found = [verdict.score >= plan.threshold and verdict.score > 0 for verdict in verdicts]
        can_redact = all(verdict.spans for verdict, is_found in zip(verdicts, found, strict=True) if is_found)
        action = "block" if plan.use.action == "redact" and not can_redact else plan.use.action
        self._record(plan, side, verdict=_VERDICTS[action], began=began, score=worst.score, of=worst)
        if action == "block":
            raise _blocked(plan, side, worst)
        if action != "redact":
            return texts
        return [
            _redacted(text, verdict) if is_found else text
            for text, verdict, is_found in zip(texts, verdicts, found, strict=True)
        ]

    def _after_fault(self, plan: ScannerPlan, side: Side, texts: list[str], error: Exception) -> list[str]:
        _log.warning("the scanner %r failed", plan.use.name, exc_info=error)
        if plan.use.on_fault == "flag":
            return texts
        raise StepFailed(
            "guardrail_unavailable",
            f"the scanner {plan.use.name!r} could not look at the {side}, so it does not pass: {_fault_words(error)}",
            category="content_filter",
            retryable=True,
            remedy="try again, or let its onFault be 'flag'",
            details={"side": side, "scanner": plan.use.name},
        )

    def _record(
        self,
        plan: ScannerPlan,
        side: Side,
        *,
        verdict: str,
        began: float,
        score: float | None,
        of: Verdict | None = None,
        explanation: str = "",
    ) -> None:
        result = {
            "side": side,
            "scanner": plan.use.name,
            "type": plan.use.type,
            "score": None if score is None else round(score, 4),
            "threshold": plan.threshold,
            "action": plan.use.action,
            "verdict": verdict,
            "durationMs": round((time.perf_counter() - began) * 1000, 2),
            "explanation": explanation or (of.explanation if of else ""),
        }
        self.results.append({name: value for name, value in result.items() if value not in (None, "")})


_VERDICTS: Final = {"block": "blocked", "redact": "redacted", "warn": "warned", "flag": "flagged"}


async def _verdict(plan: ScannerPlan, text: str, context: ScanContext) -> Verdict:
    if len(text) > LONGEST_TEXT:
        raise _fault(f"a text of {len(text):,} characters is longer than the {LONGEST_TEXT:,} that are scanned")
    scanner = plan.scanner
    missing = scanner.missing()
    if missing:
        raise _fault(f"something is not installed: {missing}")
    async with asyncio.timeout(scanner.timeout_s):
        if isinstance(scanner, LocalScanner) and (scanner.is_slow or len(text) > _INLINE):
            verdict = await asyncio.to_thread(scanner.look, text, plan.config)
        else:
            verdict = await scanner.scan(text, plan.config, context)
    if not 0 <= verdict.score <= 1:  # Also refuses what is no number.
        raise _fault(f"the score {verdict.score!r} is not between 0 and 1")
    return verdict


def _fault(message: str) -> StepFailed:
    return StepFailed("scanner_fault", message)


def _fault_words(error: Exception) -> str:
    """What went wrong, without the text: only errors that were written for people say more than their kind."""
    if isinstance(error, TimeoutError):
        return "it took too long"
    return error.message[:300] if isinstance(error, FlowError) else type(error).__name__


def _blocked(plan: ScannerPlan, side: Side, verdict: Verdict) -> StepFailed:
    why = f": {verdict.explanation}" if verdict.explanation else ""
    return StepFailed(
        "guardrail",
        f"the scanner {plan.use.name!r} refused the {side} of the model{why}",
        category="content_filter",
        remedy="change the text, or the threshold or action of the scanner",
        details={
            "side": side,
            "scanner": plan.use.name,
            "score": round(verdict.score, 4),
            "threshold": plan.threshold,
        },
    )


def _redacted(text: str, verdict: Verdict) -> str:
    """The text with every span replaced by its label; spans that overlap become one."""
    pieces: list[str] = []
    at = 0
    for span in sorted(verdict.spans, key=lambda span: (span.start, -span.end)):
        if span.start >= at:
            pieces += [text[at : span.start], f"[{span.label}]"]
        at = max(at, span.end)
    return "".join([*pieces, text[at:]])
