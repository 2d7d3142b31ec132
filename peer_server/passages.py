"""Cuts documents into passages: pieces that are found, quoted and embedded as a whole. Pure."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a document as it was read: its text, and the place, such as its headings or page."""

    text: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece that is found and quoted as a whole."""

    text: str
    place: str

    @property
    def searched(self) -> str:
        """What search looks at: headings say what the words under them are about."""
        return f"{self.place}\n{self.text}" if self.place else self.text


_BREAKS: Final = (re.compile(r"\n\s*\n"), re.compile(r"\n"), re.compile(r"(?<=[.!?…。！？])\s+"), re.compile(r"\s+"))
"""Where a text is cut, best places first: between paragraphs, lines, sentences, words."""


def cut(blocks: Iterable[Block], *, size: int, overlap: int) -> Iterator[Passage]:
    """Passages of at most `size` characters, none over the border of a place.

    Each but the first of a place begins with the last `overlap` characters of the one before it, from a whole word on,
    so that what stands on a border is found as well.
    """
    for place, together in groupby(blocks, key=lambda block: block.place):
        text = "\n\n".join(block.text.strip() for block in together)
        for piece in _overlapping(list(_pieces(text, size - overlap)), overlap):
            yield Passage(piece, place)


def _pieces(text: str, size: int) -> Iterator[str]:
    """The text in pieces of at most that many characters, cut where it hurts least."""
    kept = ""
    for unit, gap in _units(text.strip(), size, 0):
        if kept and len(kept) + len(gap) + len(unit) > size:
            yield kept.rstrip()
            kept = unit
        else:
            kept = f"{kept}{gap}{unit}" if kept else unit
    if kept.strip():
        yield kept.rstrip()


def _units(text: str, size: int, level: int) -> Iterator[tuple[str, str]]:
    """Parts of at most that size, each with what parted it from the one before."""
    if len(text) <= size:
        if text:
            yield text, ""
        return
    if level == len(_BREAKS):
        yield from ((text[at : at + size], "") for at in range(0, len(text), size))
        return
    gap, end = "", 0
    for found in [*_BREAKS[level].finditer(text), None]:
        part = text[end : found.start() if found else len(text)]
        for number, (unit, inner) in enumerate(_units(part, size, level + 1)):
            yield unit, inner if number else gap
        gap, end = (_gap(found.group()), found.end()) if found else ("", end)


def _gap(between: str) -> str:
    """White space as a passage keeps it: a paragraph stays one, a line too."""
    breaks = between.count("\n")
    return "\n" * min(breaks, 2) if breaks else " "


def _overlapping(pieces: list[str], overlap: int) -> Iterator[str]:
    before = ""
    for piece in pieces:
        tail = _tail(before, overlap)
        yield f"{tail} {piece}" if tail else piece
        before = piece


def _tail(text: str, length: int) -> str:
    """The end of a text, from a whole word on; shorter by one, for the space behind it."""
    if length <= 1 or not text:
        return ""
    end = text[-(length - 1) :]
    if len(end) == len(text):
        return end
    _, space, whole = end.partition(" ")
    return whole if space else ""
