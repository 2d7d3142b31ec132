"""Text of documents: what a heading is, and that none takes longer than its length."""

import pytest

from peer_server.document_text import read_blocks

BLOCKS = [
    ("Intro", ""),
    ("Words", "One"),
    ("More\n#no heading\n#\n####### neither", "One › Two # of # 2"),
    ("End", "One"),
]
MARKDOWN = """Intro
# One
Words
   ## Two # of # 2  ##
More
#no heading
#
####### neither
# One #
End"""


def test_headings_are_places() -> None:
    found = [(block.text, block.place) for block in read_blocks(MARKDOWN.encode(), "markdown")]
    assert found == BLOCKS


@pytest.mark.parametrize("line", ["# " + " " * 200_000 + "x", "# x" + " " * 200_000 + "x", "# " + "#" * 200_000 + "x"])
def test_a_long_heading_is_read_at_once(line: str) -> None:
    assert [block.place for block in read_blocks(f"{line}\nwords".encode(), "markdown")][-1]
