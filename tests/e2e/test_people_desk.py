"""People desk: a form in two steps with a file, errors from the flow, an approval with an edit, a calendar."""

import re

import pytest
from playwright.sync_api import FilePayload, expect

from tests.e2e.conftest import in_two_looks
from tests.e2e.screen import Screen

pytestmark = pytest.mark.e2e

CERTIFICATE: FilePayload = {"name": "flu.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n%%EOF\n"}


@pytest.mark.row("A-23", "A-32", "D-03")
def test_leave_is_asked_for_corrected_and_approved_with_an_edit(screen: Screen) -> None:
    """Every value survives: wrong pages, a form sent back by the flow, a changed approval."""
    page = screen.page
    screen.begin("People desk", "I want to take leave")
    form = screen.card("Leave request")
    expect(form.get_by_text("Step 1 of 2:")).to_be_visible()
    form.get_by_role("button", name="Next").click()
    expect(form.get_by_role("alert")).to_contain_text("First day: Fill this in.")
    expect(form.get_by_label("First day")).to_be_focused()
    screen.looks_right("people-errors")

    form.get_by_label("Kind of leave").select_option("Sick leave")
    form.get_by_label("First day").fill("2026-12-10")
    form.get_by_label("Last day").fill("2026-12-04")
    form.get_by_label("Doctor's certificate").set_input_files(CERTIFICATE)
    expect(form.get_by_text("flu.pdf")).to_be_visible()
    form.get_by_role("button", name="Next").click()
    form.get_by_label("Who takes over").fill("Ada")
    expect(form.get_by_text("Saved", exact=True)).to_be_visible()
    screen.looks_right("people-second-page")
    form.get_by_label("Who takes over").press("Enter")

    back = screen.card("Leave request")
    expect(back.get_by_text("The last day is before the first.").first).to_be_visible()
    expect(back.get_by_label("First day")).to_have_value("2026-12-10")
    expect(back.get_by_text("flu.pdf")).to_be_visible()
    screen.looks_right("people-flow-error")
    back.get_by_label("Last day").fill("2026-12-14")
    back.get_by_role("button", name="Next").click()
    expect(back.get_by_label("Who takes over")).to_have_value("Ada")
    back.get_by_role("button", name="Ask for leave").click()

    approval = screen.card("Leave from 2026-12-10")
    approval.get_by_role("button", name="Change before deciding").click()
    approval.get_by_label("Last day").fill("2026-12-12")
    expect(approval.get_by_role("region", name="Your changes")).to_contain_text(re.compile("Dec 12|12 Dec"))
    screen.looks_right("people-edit")
    approval.get_by_role("button", name="Approve leave with changes").click()
    screen.hears("approved")
    screen.fact("Leave from 2026-12-10", "Approved").click()
    expect(page.locator("del", has_text=re.compile("Dec 14|14 Dec"))).to_be_visible()
    screen.fact("Leave request", "Submitted").click()
    expect(page.get_by_role("log").get_by_role("link", name="flu.pdf")).to_be_visible()
    expect(page.get_by_text(re.compile("Approved leave")).first).to_be_visible()
    screen.looks_right("people-approved")


@in_two_looks
def test_enter_in_a_field_never_sends_the_chat(screen: Screen) -> None:
    """It goes on in the form; what stands in the composer stays there."""
    screen.begin("People desk", "I want to take leave")
    form = screen.card("Leave request")
    screen.composer.fill("half a thought")
    form.get_by_label("First day").fill("2026-12-10")
    form.get_by_label("Last day").fill("2026-12-11")
    form.get_by_label("Last day").press("Enter")
    expect(form.get_by_label("Who takes over")).to_be_visible()
    expect(screen.composer).to_have_value("half a thought")
    form.get_by_role("button", name="Back").click()
    expect(form.get_by_label("First day")).to_have_value("2026-12-10")


@in_two_looks
def test_cancelling_the_form_asks_twice(screen: Screen) -> None:
    """The flow takes its `cancelled` branch."""
    screen.begin("People desk", "I want to take leave")
    form = screen.card("Leave request")
    form.get_by_role("button", name="Cancel the request").click()
    expect(form.get_by_role("button", name="Back")).to_be_focused()
    screen.looks_right("people-cancel")
    form.get_by_role("button", name="Yes, cancel the request").click()
    screen.hears("withdrawn")
    expect(screen.fact("Leave request", "Cancelled")).to_be_visible()
