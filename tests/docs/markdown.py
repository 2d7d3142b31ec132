"""Reads the repository's Markdown: its links, its headings, and the examples that are marked to run."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]
_MARK = re.compile(r"<!-- (.+?) -->")
NOT_OURS = {"node_modules", ".venv", ".data", ".tools", "dist", "static"}


@dataclass(frozen=True)
class Example:
    """A fenced block, and the comments that stand right above it."""

    place: str
    language: str
    text: str
    marks: tuple[str, ...]


def pages() -> list[Path]:
    """Every Markdown file of the repository."""
    return sorted(page for page in ROOT.rglob("*.md") if _is_ours(page.relative_to(ROOT).parts))


def _is_ours(parts: tuple[str, ...]) -> bool:
    """Not from a virtual environment, a build or an installed package."""
    return not NOT_OURS & set(parts) and not any(part.startswith(".") for part in parts)


def links(page: Path) -> Iterator[str]:
    """The targets of all links and images that lead to another place of the repository."""
    for token in _tokens(page):
        for part in token.children or []:
            target = part.attrs.get("href") or part.attrs.get("src")
            if target and not re.match(r"[a-z]+:", str(target)):
                yield str(target)


def anchors(page: Path) -> set[str]:
    """What `#...` may follow the page's name: its headings, spelled as forges spell them."""
    tokens = _tokens(page)
    titles = [tokens[at + 1].content for at, token in enumerate(tokens) if token.type == "heading_open"]
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def examples(page: Path) -> Iterator[Example]:
    """The fenced blocks of the page, in order."""
    marks: list[str] = []
    for token in _tokens(page):
        if token.type == "html_block":
            marks += _MARK.findall(token.content)
            continue
        if token.type == "fence":
            line = token.map[0] + 1 if token.map else 0
            yield Example(f"{page.relative_to(ROOT)}:{line}", token.info.strip(), token.content, tuple(marks))
        marks = []


@cache
def _tokens(page: Path) -> list[Token]:
    return MarkdownIt().parse(page.read_text())
