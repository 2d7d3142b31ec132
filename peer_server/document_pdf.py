"""Reads PDFs in a process of their own: a file that loops or swells takes only that process with it.

``python -m peer_server.document_pdf`` reads a PDF from its input and writes the text of each page, as a JSON list.
"""

import asyncio
import resource
import sys
from collections.abc import Iterator
from typing import Final

import orjson

from peer_server.document_text import Unreadable
from peer_server.passages import Block

_LIMIT_S: Final = 60
_MEMORY: Final = 1 << 30
_MOST_PAGES: Final = 3000
_MOST_CHARACTERS: Final = 20_000_000
_REMEDY: Final = "print it to a new PDF, or upload its text"


async def read_pdf(data: bytes) -> list[Block]:
    """The text of every page that has any. Raises `Unreadable` ``document_unreadable``."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        __name__,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(_LIMIT_S):
            written, _ = await process.communicate(data)
    except TimeoutError:
        raise Unreadable("document_unreadable", f"this PDF took longer than {_LIMIT_S} s", remedy=_REMEDY) from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise Unreadable("document_unreadable", "this PDF is damaged, encrypted or too large", remedy=_REMEDY)
    pages: list[str] = orjson.loads(written)
    return [Block(text, f"p. {number}") for number, text in enumerate(pages, start=1) if text.strip()]


def _pages(data: bytes) -> Iterator[str]:
    import io  # noqa: PLC0415 - only the process of a PDF needs them
    import logging  # noqa: PLC0415

    from pypdf import PdfReader  # noqa: PLC0415

    logging.disable()
    left = _MOST_CHARACTERS
    for number, page in enumerate(PdfReader(io.BytesIO(data)).pages):
        text = page.extract_text().replace("\0", "")
        left -= len(text)
        if left < 0 or number >= _MOST_PAGES:
            raise ValueError("too large")
        yield text.encode(errors="replace").decode()


def main() -> None:
    """Read one PDF; whatever is wrong with it ends the process."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_LIMIT_S, _LIMIT_S))
    sys.stdout.buffer.write(orjson.dumps([*_pages(sys.stdin.buffer.read())]))


if __name__ == "__main__":
    main()
