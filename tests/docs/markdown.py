"""Reads the repository's Markdown: its links, its headings, and the examples that are marked to run."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]
MARKS = {"<!-- run -->": False, "<!-- run with a server -->": True}
"""What marks an example to run, and whether it talks to a server."""
NOT_OURS = {"node_modules", ".venv", ".data", ".tools", "dist", "static"}


@dataclass(frozen=True)
class Example:
    """A fenced block that stands under the mark."""

    place: str
    language: str
    text: str
    needs_server: bool


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
    """The fenced blocks that follow a line with nothing but a mark."""
    mark: bool | None = None
    for token in _tokens(page):
        if token.type == "fence" and mark is not None:
            line = token.map[0] + 1 if token.map else 0
            yield Example(f"{page.relative_to(ROOT)}:{line}", token.info.strip(), token.content, mark)
        mark = MARKS.get(token.content.strip()) if token.type == "html_block" else None


@cache
def _tokens(page: Path) -> list[Token]:
    return MarkdownIt().parse(page.read_text())
