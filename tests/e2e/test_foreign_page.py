"""A page of another origin, in a browser that is signed in, opens no socket and changes nothing (X9)."""

import pytest
from playwright.sync_api import Page

from tests.e2e.conftest import OpenPage
from tests.e2e.demo_server import DemoServer
from tests.e2e.hostile_texts import Canary

pytestmark = [pytest.mark.e2e, pytest.mark.promise("X9")]

OPEN_SOCKET = """url => new Promise(done => {
  const socket = new WebSocket(url, 'peer-server.v1');
  socket.onopen = () => done('open');
  socket.onerror = () => done('refused');
})"""
MAKE_PEER = """async ([url, mode, type]) => {
  const body = JSON.stringify({ name: 'Foreign', model: 'scripted', attachments: [] });
  const request = { method: 'POST', credentials: 'include', mode, headers: { 'content-type': type }, body };
  return await fetch(url, request).then(answer => `answered ${answer.status}`, () => 'refused');
}"""


def attempts(page: Page, demo: DemoServer) -> list[str]:
    """What comes of opening a socket, and of making a Peer in each way that a page has."""
    ways = (("cors", "application/json"), ("cors", "text/plain"), ("no-cors", "text/plain"))
    made = [page.evaluate(MAKE_PEER, [f"{demo.url}/v1/peer", *way]) for way in ways]
    return [page.evaluate(OPEN_SOCKET, demo.url.replace("http", "ws", 1) + "/v1/ws"), *made]


def peers(demo: DemoServer) -> list[str]:
    return [peer["name"] for peer in demo.ask("GET", "/v1/peer?limit=100")["items"]]


def test_a_page_of_another_origin_opens_no_socket_and_changes_nothing(open_page: OpenPage, demo: DemoServer) -> None:
    # Given a browser that is signed in, and a page of the same site but of another origin: it gets the cookie along
    page = open_page().page
    with Canary() as foreign:
        page.route(
            f"{foreign.url}/page", lambda route: route.fulfill(body="<h1>Foreign</h1>", content_type="text/html")
        )
        page.goto(f"{foreign.url}/page")
        # When it tries, then nothing comes of it
        assert attempts(page, demo) == ["refused"] * 4
    assert "Foreign" not in peers(demo)
    # When the product's own page does the same, then the socket opens, and the Peer is made
    own = open_page().page
    assert attempts(own, demo)[:2] == ["open", "answered 201"]
    assert "Foreign" in peers(demo)
