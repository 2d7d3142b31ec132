"""Field service: the browser's location, widgets with an action, approvals inside a loop, the end of a session."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import in_two_looks
from tests.e2e.screen import Screen

pytestmark = pytest.mark.e2e


@pytest.mark.row("A-23", "B-25", "D-03")
def test_visit_is_planned_parts_are_ordered_one_by_one_and_the_session_ends(screen: Screen) -> None:
    """Location shared after a press, a row action, two approvals of a loop, and a transcript that stays readable."""
    page = screen.page
    screen.begin("Field service", "Plan a visit for a broken pump")
    place = screen.card("Where are you")
    expect(place.get_by_text("Nothing is shared until you agree")).to_be_visible()
    screen.looks_right("field-location")
    place.get_by_role("button", name="Share", exact=True).click()
    expect(screen.fact("Where are you", "Done")).to_be_visible()
    expect(page.get_by_text("Technicians near you")).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("on site today"))).to_be_visible()
    screen.looks_right("field-widgets")

    page.get_by_role("log").get_by_role("button", name="Assign").first.click()
    screen.hears("assigned")
    screen.looks_right("field-assigned")

    screen.say("Order parts PUMP-7 and CTRL-9")
    page.get_by_role("button", name="Order PUMP-7").click()
    expect(page.get_by_role("button", name="Order CTRL-9")).to_be_visible()
    screen.looks_right("field-loop")
    page.get_by_role("button", name="Leave it out").click()
    screen.hears("ordered")

    screen.say("We are done, close the session")
    expect(page.get_by_text("This session is over")).to_be_visible()
    expect(screen.composer).to_have_count(0)
    expect(screen.fact("Where are you", "Done")).to_be_visible()
    screen.looks_right("field-ended")


@in_two_looks
def test_person_may_keep_the_location(screen: Screen) -> None:
    """The flow takes its error port and says why."""
    screen.begin("Field service", "Plan a visit for a broken pump")
    screen.card("Where are you").get_by_role("button", name="Do not share").click()
    expect(screen.fact("Where are you", "Not done")).to_be_visible()
    screen.hears("no location")
    screen.fact("Where are you", "Not done").click()
    expect(screen.page.get_by_text("nothing was shared")).to_be_visible()
    screen.looks_right("field-declined")
