"""One request, many tabs: one answer counts, everybody is told, and what is half typed belongs to the person."""

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import OpenPage
from tests.e2e.demo_server import DemoServer

pytestmark = pytest.mark.e2e

ASKED = "Refund 250 € of order 1001"


def test_double_click_decides_once(open_page: OpenPage, demo: DemoServer) -> None:
    """The shop pays one refund."""
    before = demo.charges()
    screen = open_page()
    screen.begin("Support desk", "Refund 250 € for order 1001")
    screen.card(ASKED).get_by_role("button", name="Approve refund of 250 €").dblclick()
    screen.hears("refunded")
    assert demo.charges() == before + 1


@pytest.mark.row("D-06")
def test_two_tabs_decide_against_each_other(open_page: OpenPage, demo: DemoServer) -> None:
    """One wins; the other is told that it came too late, and shows the winner's decision."""
    before = demo.charges()
    first = open_page()
    first.begin("Support desk", "Refund 250 € for order 1001")
    expect(first.card(ASKED)).to_be_visible()
    second = open_page(path=first.page.url.removeprefix(demo.url), gated=True)
    second.card(ASKED).get_by_role("button", name="Decline").click()
    second.card(ASKED).get_by_role("group").get_by_role("button", name="Decline").focus()
    second.gate.close()
    second.page.keyboard.press("Enter")
    first.card(ASKED).get_by_role("button", name="Approve refund of 250 €").click()
    expect(first.fact(ASKED, "Approved")).to_be_visible()
    second.gate.open()

    expect(second.page.get_by_role("alert")).to_contain_text("Somebody else answered first")
    expect(second.fact(ASKED, "Approved")).to_be_visible()
    first.hears("refunded")
    second.hears("refunded")
    assert demo.charges() == before + 1


def test_request_can_be_taken_back(open_page: OpenPage, demo: DemoServer) -> None:
    """Its run ends, the card says so, and nothing is paid."""
    before = demo.charges()
    screen = open_page("dark-390")
    screen.begin("Support desk", "Refund 250 € for order 1001")
    card = screen.card(ASKED)
    card.get_by_role("button", name="More for").click()
    screen.page.get_by_role("menuitem", name="Take the request back").click()
    card.get_by_role("group").get_by_role("button", name="Take the request back").click()
    expect(screen.fact(ASKED, "Withdrawn")).to_be_visible()
    expect(screen.fact(ASKED, "Withdrawn")).to_be_focused()
    screen.looks_right("taken-back")
    assert demo.charges() == before


@pytest.mark.row("D-05")
def test_reload_shows_the_same_conversation_with_the_half_typed_form(open_page: OpenPage, demo: DemoServer) -> None:
    """Also on another device: the draft lives on the server."""
    screen = open_page()
    screen.begin("People desk", "I want to take leave")
    form = screen.card("Leave request")
    form.get_by_label("First day").fill("2026-12-10")
    form.get_by_label("Last day").fill("2026-12-11")
    form.get_by_role("button", name="Next").click()
    form.get_by_label("Who takes over").fill("Ad")
    expect(form.get_by_text("Saved", exact=True)).to_be_visible()
    before = screen.page.get_by_role("log").inner_text()

    screen.page.reload()
    expect(form.get_by_label("Who takes over")).to_have_value("Ad")
    assert screen.page.get_by_role("log").inner_text() == before

    other = open_page("dark-390", path=screen.page.url.removeprefix(demo.url))
    there = other.card("Leave request")
    expect(there.get_by_label("Who takes over")).to_have_value("Ad")
    there.get_by_label("Who takes over").fill("Ada")
    expect(form.get_by_label("Who takes over")).to_have_value("Ada")
