"""Reads PDF and HTML in a process of their own: a file that loops or swells takes only that process with it.

``python -m peer_server.document_apart pdf`` reads a document from its input and writes its blocks, as a JSON list of
pairs of a text and its place. The parsers of both may take as long as the cube of what they are given.
"""

import asyncio
import os
import resource
import sys
from collections.abc import Iterator, Mapping
from typing import Final

import orjson

from peer_server.document_text import Unreadable, read_blocks
from peer_server.passages import Block

KINDS: Final = frozenset({"pdf", "html"})
"""What is read here."""
_LIMIT_S: Final = 60
_MEMORY: Final = 1 << 30
_KNOWN_THERE: Final = ("PATH", "PYTHONPATH", "LANG", "LC_ALL", "TMPDIR")
"""All of this environment that the other process knows: settings hold secrets."""
_MOST_PAGES: Final = 3000
_MOST_CHARACTERS: Final = 20_000_000
_REMEDY: Final = "save it anew, print it to a new PDF, or upload its text"


async def read_apart(data: bytes, kind: str, *, limit_s: float = _LIMIT_S) -> list[Block]:
    """Every part of the document that has any text. Raises `Unreadable` ``document_unreadable``."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        __name__,
        kind,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=known_there(os.environ),
    )
    try:
        async with asyncio.timeout(limit_s):
            written, _ = await process.communicate(data)
    except TimeoutError:
        message = f"reading this document took longer than {limit_s:g} s"
        raise Unreadable("document_unreadable", message, remedy=_REMEDY) from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        message = "this document is damaged, encrypted or too large"
        raise Unreadable("document_unreadable", message, remedy=_REMEDY)
    blocks: list[tuple[str, str]] = orjson.loads(written)
    return [Block(text, place) for text, place in blocks if text.strip()]


def known_there(environment: Mapping[str, str]) -> dict[str, str]:
    """What of this environment a process that reads a document gets."""
    return {name: environment[name] for name in _KNOWN_THERE if name in environment}


def _pages(data: bytes) -> Iterator[tuple[str, str]]:
    import io  # noqa: PLC0415 - only the process of a PDF needs them
    import logging  # noqa: PLC0415

    from pypdf import PdfReader  # noqa: PLC0415

    logging.disable()
    left = _MOST_CHARACTERS
    for number, page in enumerate(PdfReader(io.BytesIO(data)).pages, start=1):
        text = page.extract_text().replace("\0", "")
        left -= len(text)
        if left < 0 or number > _MOST_PAGES:
            raise ValueError("too large")
        yield text.encode(errors="replace").decode(), f"p. {number}"


def main() -> None:
    """Read one document; whatever is wrong with it ends the process."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_LIMIT_S, _LIMIT_S))
    data, kind = sys.stdin.buffer.read(), sys.argv[1]
    found = _pages(data) if kind == "pdf" else ((block.text, block.place) for block in read_blocks(data, kind))
    sys.stdout.buffer.write(orjson.dumps([*found]))


if __name__ == "__main__":
    main()
