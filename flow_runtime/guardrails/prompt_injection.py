"""`prompt-injection`: phrases by which texts try to become instructions."""

from dataclasses import dataclass
from typing import ClassVar, Final

from flow_runtime.errors import Json
from flow_runtime.guardrail import CLEAN, LocalScanner, ScannerConfig, Span, Verdict
from flow_runtime.patterns import compile_pattern


@dataclass(frozen=True, slots=True)
class _Sign:
    """How much a sign weighs, what it means, and how it looks. RE2: linear in the text."""

    weight: float
    meaning: str
    pattern: str


_SIGNS: Final = (
    _Sign(
        0.8,
        "it asks to forget instructions",
        r"\b(ignore|disregard|forget|override|bypass)\b[^.\n]{0,40}\b(previous|prior|above|earlier|all|any|your|system)\b"
        r"[^.\n]{0,40}\b(instruction|prompt|rule|direction|guideline|guardrail|constraint|message|polic)",
    ),
    _Sign(
        0.8,
        "it asks to forget instructions",
        r"\b(ignoriere|vergiss|missachte|umgehe)\b[^.\n]{0,60}\b(anweisung|vorgabe|regel|instruktion|prompt)",
    ),
    _Sign(
        0.8,
        "it asks to forget instructions",
        r"(önceki|yukar.daki|tüm|bütün)[^.\n]{0,40}(talimat|kural|yönerge|komut)[^.\n]{0,40}"
        r"(unut|yok ?say|görmezden|dikkate alma|boş ?ver)",
    ),
    _Sign(
        0.7,
        "it asks for the instructions",
        r"\b(reveal|print|show|repeat|output|tell|leak|expose)\b[^.\n]{0,40}"
        r"\b(system prompt|initial instructions|hidden instructions|your (instructions|prompt|rules))",
    ),
    _Sign(
        0.6,
        "it gives the model another role",
        r"\b(you are now|from now on,? you (are|will)|pretend (to be|you are)|act as if you)\b[^.\n]{0,80}"
        r"\b(no|without|not bound|unrestricted|unfiltered|jailbr|dan|developer mode|free of|any(thing)?)\b",
    ),
    _Sign(0.6, "it names a known jailbreak", r"\b(do anything now|dan mode|developer mode|jailbreak(ed)?|god mode)\b"),
    _Sign(
        0.6,
        "it imitates the markup of messages",
        r"<\|?(im_start|im_end|system|endoftext|start_header_id)\|?>|\[/?INST\]|<</?SYS>>"
        r"|^\s*#{2,}\s*(system|instruction|new instructions?)\b|^\s*(system|assistant)\s*:\s",
    ),
    _Sign(
        0.5,
        "it speaks of new instructions",
        r"\b(new|updated|real|actual|important) (system )?(instructions?|task|directive)s?\s*(:|follow|for you)",
    ),
    _Sign(
        0.5,
        "it tells the model to hide something",
        r"\b(do not|don't|never) (tell|mention|inform|reveal|let)\b[^.\n]{0,30}\b(the )?(user|human|operator|anyone)\b",
    ),
    _Sign(0.4, "it has invisible characters", r"[\x{200B}-\x{200F}\x{2060}-\x{2064}\x{E0000}-\x{E007F}]{2,}"),
)


class PromptInjectionConfig(ScannerConfig):
    """There is nothing to set but the threshold."""


class PromptInjection(LocalScanner[PromptInjectionConfig]):
    """The risk grows with the signs that are found: one strong sign is 0.8, several are nearly 1.

    Heuristics in English, German and Turkish: cheap, and no proof. Let a model judge (`topic`) where more is at stake.
    """

    type_name = "prompt-injection"
    title = "Prompt injection"
    summary = "Texts that try to become instructions"
    config_model = PromptInjectionConfig
    example: ClassVar[dict[str, Json]] = {}
    can_redact = True

    def look(self, text: str, config: PromptInjectionConfig) -> Verdict:
        """Add up the signs as independent chances."""
        harmless, spans, reasons = 1.0, list[Span](), list[str]()
        for sign in _SIGNS:
            found = compile_pattern(f"(?m){sign.pattern}", ignore_case=True).spans(text)
            if found:
                harmless *= 1 - sign.weight
                reasons += [sign.meaning] if sign.meaning not in reasons else []
                spans += [Span(start, end, "REDACTED") for start, end in found]
        return Verdict(1 - harmless, "; ".join(reasons), spans) if spans else CLEAN
