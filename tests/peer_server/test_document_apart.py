"""Documents that are read in a process of their own: what is read, and that none holds up the others."""

import pytest

from peer_server.document_apart import known_there, read_apart
from peer_server.document_text import Unreadable

pytestmark = pytest.mark.anyio


async def test_a_page_is_read_as_its_blocks() -> None:
    page = "<h1>Returns</h1><p>Within <b>30</b> days.</p><script>no()</script><h2>Açık</h2><p>Evet</p>"
    found = [(block.text, block.place) for block in await read_apart(page.encode(), "html")]
    assert found == [("Within 30 days.", "Returns"), ("Evet", "Returns › Açık")]


async def test_a_page_that_the_parser_does_not_come_to_an_end_with_is_given_up() -> None:
    # Given unclosed tags, for which the parser needs the cube of their number
    with pytest.raises(Unreadable) as refused:
        await read_apart(b"<a " * 1_000_000, "html", limit_s=0.5)
    assert refused.value.code == "document_unreadable"


def test_who_reads_a_document_knows_no_secret() -> None:
    ours = {"PATH": "/bin", "OPENAI_API_KEY": "sk-1", "PEER_SERVER_SECRET_KEY": "k", "LANG": "C"}
    assert known_there(ours) == {"PATH": "/bin", "LANG": "C"}
