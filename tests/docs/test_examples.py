"""The examples of the documentation work, one after the other, as somebody would try them who reads the page.

Comments above a fence say what is done with it:

`run`: `json` is a flow that must have no errors, `python` a program that must end well, and `console` commands that
must succeed; after `$ ` they must also print every line shown below them · `run with a server`: the same, with
`PEER_SERVER_URL`, `PEER_SERVER_TOKEN` and a deployed `FLOW` in the environment · `save as NAME` · `send to METHOD
PATH`: a body that the server accepts · `start a server`: the last line does, and goes on · `after a kill`: that server
is killed and started again before · `not run: REASON`.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx2
import pytest

from tests.docs.markdown import ROOT, examples, pages
from tests.docs.reader import Environment, Reader
from tests.fakes.flows import GREETING
from tests.fakes.live_server import TOKEN, LiveServer

PAGES = [page for page in pages() if any(example.marks for example in examples(page))]
GENERATED = ROOT / "docs" / "reference"


@pytest.fixture(scope="module")
def on_a_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Environment]]:
    """Where a server is, which starts for the first example that needs it."""
    with ExitStack() as started:
        found: list[Environment] = []

        def environment() -> Environment:
            if not found:
                server = started.enter_context(LiveServer(tmp_path_factory.mktemp("server")))
                flow_id = deployed(server.url)
                found.append({"PEER_SERVER_URL": server.url, "PEER_SERVER_TOKEN": TOKEN, "FLOW": flow_id})
            return found[0]

        yield environment


def deployed(url: str) -> str:
    """A flow that everybody on that server may call."""
    with httpx2.Client(base_url=url, headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        flow_id: str = client.post("/v1/flow", json={"definition": GREETING}).json()["id"]
        client.post(f"/v1/flow/{flow_id}/deploy").raise_for_status()
    return flow_id


@pytest.mark.timeout(120)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_examples_of_a_page_work(page: Path, tmp_path: Path, on_a_server: Callable[[], Environment]) -> None:
    with Reader(tmp_path, on_a_server) as reader:
        for example in examples(page):
            reader.follow(example)


def test_every_example_is_tried_or_says_why_not() -> None:
    written = (page for page in pages() if ROOT / "docs" in page.parents and GENERATED not in page.parents)
    silent = [example.place for page in written for example in examples(page) if not example.marks]
    assert silent == []
