"""Pulling the plug: the page waits, comes back by itself, and everything goes on."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import OpenPage
from tests.e2e.demo_server import DemoServer

pytestmark = pytest.mark.e2e

ASKED = "Refund 250 € of order 1001"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoServer]:
    """A server that nobody else needs."""
    with DemoServer(tmp_path_factory.mktemp("killed")) as running:
        yield running


def test_page_survives_the_death_of_the_server(open_page: OpenPage, demo: DemoServer) -> None:
    """An approval and a half-typed form wait over a kill -9; what was written meanwhile is sent afterwards."""
    refund = open_page()
    refund.begin("Support desk", "Refund 250 € for order 1001")
    expect(refund.card(ASKED)).to_be_visible()
    leave = open_page("light-390")
    leave.begin("People desk", "I want to take leave")
    form = leave.card("Leave request")
    form.get_by_label("First day").fill("2026-12-10")
    expect(form.get_by_text("Saved", exact=True)).to_be_visible()

    demo.kill()
    expect(refund.page.get_by_text("The connection was lost")).to_be_visible()
    refund.looks_right("killed")
    refund.say("Where is order 1002?")
    form.get_by_label("Last day").fill("2026-12-11")
    expect(form.get_by_text("Not saved yet")).to_be_visible()
    demo.start()

    expect(refund.page.get_by_text("The connection was lost")).to_have_count(0)
    refund.hears("Parcel Nord")
    refund.card(ASKED).get_by_role("button", name="Approve refund of 250 €").click()
    refund.hears("refunded")
    assert demo.charges() == 1
    expect(form.get_by_text("Saved", exact=True)).to_be_visible()
    form.get_by_role("button", name="Next").click()
    form.get_by_label("Who takes over").fill("Ada")
    form.get_by_role("button", name="Ask for leave").click()
    expect(leave.card("Leave from 2026-12-10")).to_be_visible()
