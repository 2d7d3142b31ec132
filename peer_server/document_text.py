"""Reads the text out of documents: plain text, Markdown, HTML, CSV, JSON. Pure; PDF is read by `document_apart`."""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from html.parser import HTMLParser
from typing import Final

from flow_runtime.errors import InvalidDefinition, Json
from flow_runtime.json_limits import JsonError, parse_json
from peer_server.passages import Block

PDF: Final = "application/pdf"
KINDS: Final[Mapping[str, str]] = {
    "text/plain": "text",
    "text/markdown": "markdown",
    "text/x-markdown": "markdown",
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/csv": "csv",
    "application/csv": "csv",
    "application/json": "json",
    PDF: "pdf",
}
"""The types that are read."""
_ENDINGS: Final[Mapping[str, str]] = {
    "txt": "text",
    "md": "markdown",
    "markdown": "markdown",
    "html": "html",
    "htm": "html",
    "csv": "csv",
    "json": "json",
    "pdf": "pdf",
}
_VAGUE: Final = frozenset({"text/plain", "application/octet-stream"})
"""Types that browsers give to what they do not know; the name says more."""
_BOMS: Final = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_HEADING: Final = re.compile(r" {0,3}(#{1,6})\s")
_FENCE: Final = re.compile(r" {0,3}(```|~~~)")
_ROWS: Final = 20
"""Rows of a table that make one block."""


class Unreadable(InvalidDefinition):
    """A document whose text cannot be had. Trying again changes nothing."""


def kind_of(mime: str, name: str) -> str:
    """What a file is read as. Raises `Unreadable` ``document_type``."""
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    kind = _ENDINGS.get(ending) if mime in _VAGUE else None
    kind = kind or KINDS.get(mime)
    if kind is None:
        remedy = "upload it as text, Markdown, HTML, CSV, JSON or PDF"
        raise Unreadable("document_type", f"{name!r} is of the type {mime!r}, which is not read", remedy=remedy)
    return kind


def read_blocks(data: bytes, kind: str) -> Iterator[Block]:
    """The text of a document of any kind but PDF. Raises `Unreadable` ``document_unreadable``."""
    return _READERS[kind](decoded(data))


def decoded(data: bytes) -> str:
    """Bytes as text: UTF-8, or what a mark at their beginning says, else Windows-1252. U+0000 goes."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, errors="replace").replace("\0", "")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    return text.replace("\0", "")


def _plain(text: str) -> Iterator[Block]:
    yield Block(text.replace("\r\n", "\n"))


def _markdown(text: str) -> Iterator[Block]:
    """Sections, each under its headings."""
    trail, lines, fence = _Trail(), list[str](), ""
    for line in text.splitlines():
        mark = _FENCE.match(line)
        if mark and fence in ("", mark[1]):
            fence = "" if fence else mark[1]
        heading = None if fence else _HEADING.match(line)
        if heading is None:
            lines.append(line)
            continue
        yield Block("\n".join(lines), trail.place)
        lines.clear()
        trail.enter(len(heading[1]), line[heading.end() :].rstrip().rstrip("#").strip())
    yield Block("\n".join(lines), trail.place)


def _html(text: str) -> Iterator[Block]:
    page = _Page()
    page.feed(text)
    page.close()
    page.end_block()
    yield from page.blocks


def _csv(text: str) -> Iterator[Block]:
    """Rows as lines of `column: value`, so that each can be understood without the others."""
    try:
        dialect: type[csv.Dialect] = csv.Sniffer().sniff(text[:8192], delimiters=",;\t|")
    except csv.Error:
        dialect = csv.excel
    try:
        rows = [row for row in csv.reader(io.StringIO(text), dialect) if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise Unreadable("document_unreadable", f"this is no CSV: {error}", remedy="export it again") from error
    names = [name.strip() or f"column {number}" for number, name in enumerate(rows[0] if rows else [], start=1)]
    for at in range(1, len(rows), _ROWS):
        some = rows[at : at + _ROWS]
        yield Block("\n\n".join(_row(names, row) for row in some), f"rows {at}–{at + len(some) - 1}")


def _row(names: list[str], row: list[str]) -> str:
    named = zip(names, row, strict=False)
    beyond = (("", cell) for cell in row[len(names) :])
    return "\n".join(f"{name}: {cell.strip()}" if name else cell for name, cell in (*named, *beyond) if cell.strip())


def _json(text: str) -> Iterator[Block]:
    """Values with their place, a line each; every entry of a list stands for itself."""
    data = text.encode()
    try:
        value = parse_json(data, max_bytes=len(data))
    except JsonError as error:
        raise Unreadable("document_unreadable", error.message, remedy="export it again") from error
    entries = value if isinstance(value, list) else [value]
    for entry in entries:
        yield Block("\n".join(_values(entry, "")))


def _values(value: Json, place: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _values(inner, f"{place}.{name}" if place else name)
    elif isinstance(value, list):
        for inner in value:
            yield from _values(inner, place)
    elif value is not None and value != "":
        yield f"{place}: {value}" if place else str(value)


class _Trail:
    """The headings above a place."""

    def __init__(self) -> None:
        self._headings: list[tuple[int, str]] = []

    @property
    def place(self) -> str:
        """All of them, the outermost first."""
        return " › ".join(words for _, words in self._headings if words)[:300]

    def enter(self, level: int, words: str) -> None:
        """Go on below this heading; it ends those of its level and deeper ones."""
        self._headings = [one for one in self._headings if one[0] < level]
        self._headings.append((level, words))


class _Page(HTMLParser):
    """The words that a page shows, in blocks under its headings."""

    _SILENT: Final = frozenset({"script", "style", "template", "noscript", "svg", "head"})
    _FLOWING: Final = frozenset(
        {"a", "abbr", "b", "bdi", "cite", "code", "em", "font", "i", "kbd", "mark", "q", "s", "small", "span"}
        | {"strong", "sub", "sup", "time", "u", "var", "wbr"}
    )
    """Tags that part no words; all others end a line."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[Block] = []
        self._trail = _Trail()
        self._text: list[str] = []
        self._silent = 0
        self._heading: int | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self._SILENT:
            self._silent += 1
        elif level := _level(tag):
            self.end_block()
            self._heading = level
        elif tag == "br":
            self._text.append("\n")
        elif tag not in self._FLOWING:
            self._text.append("\n\n" if tag == "p" else "\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._SILENT:
            self._silent = max(self._silent - 1, 0)
        elif _level(tag) and self._heading is not None:
            self._trail.enter(self._heading, " ".join("".join(self._text).split()))
            self._heading = None
            self._text.clear()
        elif tag == "p":
            self._text.append("\n\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._text.append(re.sub(r"\s+", " ", data))

    def end_block(self) -> None:
        """What was gathered is whole."""
        lines = [line.strip() for line in "".join(self._text).split("\n")]
        text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
        self._text.clear()
        if text:
            self.blocks.append(Block(text, self._trail.place))


def _level(tag: str) -> int:
    """The level of a heading's tag; 0 for others."""
    return int(tag[1]) if re.fullmatch(r"h[1-6]", tag) else 0


_READERS: Final[Mapping[str, Callable[[str], Iterator[Block]]]] = {
    "text": _plain,
    "markdown": _markdown,
    "html": _html,
    "csv": _csv,
    "json": _json,
}
