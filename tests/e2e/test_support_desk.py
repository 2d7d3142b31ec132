"""Support desk: an order, a refund that somebody has to approve, one that nobody has to, and the rules for returns."""

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import in_two_looks
from tests.e2e.screen import Screen

pytestmark = pytest.mark.e2e

ASKED = "Refund 250 € of order 1001"


@pytest.mark.row("A-23", "B-25", "D-03", "D-04")
def test_refund_is_approved_while_the_conversation_goes_on(screen: Screen) -> None:
    """The request waits as a card; other questions are answered meanwhile; the outcome comes as its own turn."""
    expect(screen.page.get_by_role("button", name="Support desk", exact=True)).to_be_visible()
    screen.looks_right("support-start")
    screen.begin("Support desk", "Refund 250 € for order 1001")
    card = screen.card(ASKED)
    expect(card.get_by_text("Mira Okafor", exact=True)).to_be_visible()
    expect(screen.page.get_by_role("region", name="Open requests")).to_contain_text("1 request waits")
    screen.looks_right("support-approval")

    screen.say("Where is order 1002?")
    screen.hears("Look up order")
    expect(screen.page.get_by_text("On its way")).to_be_visible()
    screen.looks_right("support-order")

    screen.page.get_by_role("region", name="Open requests").get_by_role("button").click()
    expect(card).to_be_focused()
    card.get_by_role("button", name="Approve refund of 250 €").click()
    expect(screen.fact(ASKED, "Approved")).to_be_visible()
    screen.hears("refunded")
    expect(screen.page.get_by_role("region", name="Open requests")).to_have_count(0)
    screen.fact(ASKED, "Approved").click()
    expect(screen.page.get_by_role("button", name="Decline (was not chosen")).to_have_attribute("aria-disabled", "true")
    screen.looks_right("support-approved")


@pytest.mark.row("A-31")
@in_two_looks
def test_declining_asks_twice_and_pays_nothing(screen: Screen) -> None:
    """The second step has the focus on the way back; the line about the work tells the branch that was taken."""
    screen.begin("Support desk", "Refund 250 € for order 1001")
    card = screen.card(ASKED)
    card.get_by_role("button", name="Add a comment").click()
    card.get_by_role("textbox", name="Comment").fill("Returned too late")
    card.get_by_role("button", name="Decline").click()
    expect(card.get_by_role("button", name="Back")).to_be_focused()
    screen.looks_right("support-second-step")
    card.get_by_role("group").get_by_role("button", name="Decline").click()
    screen.hears("declined")
    screen.fact(ASKED, "Declined").click()
    expect(screen.page.get_by_text("Returned too late")).to_be_visible()
    screen.page.get_by_role("button", name="Refund done").click()
    screen.looks_right("support-declined")


@in_two_looks
def test_small_refund_needs_nobody(screen: Screen) -> None:
    """No card, a quiet line, and the outcome in the same turn."""
    screen.begin("Support desk", "Refund 20 € for order 1002")
    screen.hears("refunded")
    expect(screen.page.get_by_role("article", name="Refund 20 €")).to_have_count(0)
    line = screen.page.get_by_role("button", name="Refund done")
    place = line.bounding_box()
    line.click()
    expect(screen.page.get_by_text("Arguments")).to_be_visible()
    assert line.bounding_box() == place, "what is pressed stays under the pointer"
    screen.looks_right("support-small")


@in_two_looks
def test_the_answer_cites_the_policy_which_opens(screen: Screen) -> None:
    """What the answer rests on is a chip below it; the passage opens, with where it is from."""
    screen.begin("Support desk", "How long may I return a lamp?")
    screen.hears("within 30 days of delivery")
    chip = screen.page.get_by_role("button", name="returns-and-refunds.md").last
    chip.click()
    dialog = screen.page.get_by_role("dialog", name="returns-and-refunds.md")
    expect(dialog.get_by_text("You may return anything unused within 30 days of delivery")).to_be_visible()
    expect(dialog).to_contain_text("Support desk policies · Returns and refunds › How long you may return something")
    screen.looks_right("support-citation")
    screen.page.keyboard.press("Escape")
    expect(chip).to_be_focused()
