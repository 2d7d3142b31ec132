"""`denylist`: words that must not occur, however they are written."""

import unicodedata
from typing import Annotated, ClassVar

from pydantic import Field

from flow_runtime.errors import Json
from flow_runtime.guardrail import CLEAN, LocalScanner, ScannerConfig, Span, Verdict


class DenylistConfig(ScannerConfig):
    """The words."""

    words: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=200)], ...],
        Field(min_length=1, max_length=1000, description="Words or phrases."),
    ]
    whole_words: Annotated[bool, Field(description="Whether a word inside a longer one does not count.")] = True
    label: Annotated[str, Field(max_length=40, description="What stands for a word that is redacted.")] = "REDACTED"


class Denylist(LocalScanner[DenylistConfig]):
    """The risk is 1 if one of the words occurs, else 0.

    Case, width and invisible characters make no difference.
    """

    type_name = "denylist"
    title = "Denylist"
    summary = "Words that must not occur"
    config_model = DenylistConfig
    example: ClassVar[dict[str, Json]] = {"words": ["project falcon", "acme"]}
    can_redact = True

    def look(self, text: str, config: DenylistConfig) -> Verdict:
        """Look for every word in the folded text."""
        folded, places = _fold(text)
        spans: list[Span] = []
        for word in config.words:
            wanted, _ = _fold(word)
            at = folded.find(wanted) if wanted else -1
            while at >= 0:
                end = at + len(wanted)
                if not config.whole_words or _is_whole(folded, at, end):
                    spans.append(Span(places[at], places[end - 1] + 1, config.label))
                at = folded.find(wanted, end)
        return Verdict(1.0, f"{len(spans)} forbidden word(s)", spans) if spans else CLEAN


def _fold(text: str) -> tuple[str, list[int]]:
    """The text without case, width and invisible characters; and where each of its characters came from."""
    if text.isascii():
        return text.lower(), list(range(len(text)))
    folded: list[str] = []
    places: list[int] = []
    for at, character in enumerate(text):
        if unicodedata.category(character) == "Cf":
            continue
        plain = unicodedata.normalize("NFKC", character).casefold()
        folded.append(plain)
        places += [at] * len(plain)
    return "".join(folded), places


def _is_whole(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start], text[end : end + 1]
    return not (before.isalnum() and text[start].isalnum()) and not (after.isalnum() and text[end - 1].isalnum())
