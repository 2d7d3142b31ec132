"""One browser and two demos for all tests, and pages in every look."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from tests.e2e.demo_server import TOKEN, DemoServer
from tests.e2e.gate import Gate
from tests.e2e.screen import Screen
from tests.services.child import Child, free_port

if TYPE_CHECKING:
    from playwright.sync_api import StorageState

LOOKS: Final = ("light-1280", "light-390", "dark-1280", "dark-390")
in_two_looks: Final = pytest.mark.parametrize("screen", ["light-1280", "dark-390"], indirect=True)
"""For what goes beside the main way: two looks that have nothing in common."""
HEIGHTS: Final = {1280: 800, 640: 400, 390: 844, 320: 640}
"""640 px is what 1280 are at 200 % zoom."""
PATIENCE_MS: Final = 15_000

OpenPage = Callable[..., Screen]


@pytest.fixture(scope="session")
def browser(chromium_path: Path) -> Iterator[Browser]:
    """Chromium, started once."""
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium_path, args=sandbox)
        yield running
        running.close()


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoServer]:
    """The demo that all tests share which need no other; each test talks in a conversation of its own."""
    with DemoServer(tmp_path_factory.mktemp("demo")) as running:
        yield running


@pytest.fixture(scope="session")
def paced_demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoServer]:
    """The demo with two Peers more: one that repeats what it is told, one that writes four hundred words slowly."""
    folder = tmp_path_factory.mktemp("paced")
    port = free_port()
    provider = Child([sys.executable, "-m", "tests.fakes.openai_server", "--port", str(port)], log=folder / "model.log")
    provider.wait_until(lambda: "http" in (folder / "model.log").read_text())
    settings = (f"OPENAI_BASE_URL=http://127.0.0.1:{port}/v1", "OPENAI_API_KEY=k", "PEER_SERVER_MODEL=scripted")
    with DemoServer(folder, settings=settings) as running:
        for name, model in (("Echo", "openai:echo"), ("Slow", "openai:pace40-400")):
            running.ask(
                "POST", "/v1/peer", {"name": name, "model": model, "attachments": [], "starters": [f"Try {name}"]}
            )
        yield running
    provider.stop()


@pytest.fixture(scope="module")
def signed_in(browser: Browser, demo: DemoServer) -> "StorageState":
    """The cookies of the owner."""
    context = browser.new_context()
    context.request.post(f"{demo.url}/v1/auth/sign-in", data={"token": TOKEN}, fail_on_status_code=True)
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def open_page(browser: Browser, demo: DemoServer, signed_in: "StorageState") -> Iterator[OpenPage]:
    """Opens the chat in a look, as somebody who is signed in; each call is a device of its own."""
    contexts: list[BrowserContext] = []

    def open_page(look: str = "light-1280", *, path: str = "/", gated: bool = False, locale: str = "en-GB") -> Screen:
        theme, _, width = look.partition("-")
        context = browser.new_context(
            storage_state=signed_in,
            viewport={"width": int(width), "height": HEIGHTS[int(width)]},
            color_scheme="dark" if theme == "dark" else "light",
            has_touch=int(width) < 500,
            reduced_motion="reduce",
            locale=locale,
            timezone_id="Europe/Berlin",
            geolocation={"latitude": 52.52, "longitude": 13.4},
            permissions=["geolocation"],
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        screen = Screen(page, look=look, gate=Gate(page) if gated else None)
        page.goto(f"{demo.url}{path}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        return screen

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture(params=LOOKS)
def screen(request: pytest.FixtureRequest, open_page: OpenPage) -> Screen:
    """The chat in each look."""
    return open_page(request.param)
