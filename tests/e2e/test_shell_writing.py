"""Writing and reading: what happens between the first key and the last word of an answer."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Route, expect

from tests.e2e.conftest import OpenPage
from tests.e2e.demo_server import DemoServer
from tests.e2e.screen import Screen

pytestmark = pytest.mark.e2e

CODE = "Look:\n\n```python\nprint('1')\n```\n\n[site](https://example.com) <img src=x onerror=alert(1)>"
COMPOSING = "area => area.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true}))"
DROP = """([area, name]) => {
  const data = new DataTransfer();
  data.items.add(new File(['dropped'], name, {type: 'text/plain'}));
  for (const type of ['dragover', 'drop'])
    area.closest('.pane').dispatchEvent(new DragEvent(type, {dataTransfer: data, bubbles: true, cancelable: true}));
}"""
PASTE = """([area, name]) => {
  const data = new DataTransfer();
  data.items.add(new File(['pasted'], name, {type: 'text/plain'}));
  area.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true}));
}"""


@pytest.fixture(scope="module")
def demo(paced_demo: DemoServer) -> DemoServer:
    """Peers that answer by a model."""
    return paced_demo


def begin(screen: Screen, peer: str) -> None:
    """An empty conversation with this Peer; the keyboard is where one writes."""
    screen.page.get_by_role("button", name=peer, exact=True).click()
    expect(screen.composer).to_be_focused()


def button(screen: Screen, name: str) -> None:
    """Press the last button of this name."""
    screen.page.get_by_role("button", name=name, exact=True).last.click()


def test_message_shows_at_once_and_a_refusal_is_not_the_end_of_it(open_page: OpenPage, demo: DemoServer) -> None:
    """Sending, sent; refused, tried again, sent."""
    screen = open_page(gated=True)
    begin(screen, "Echo")
    screen.gate.close()
    screen.say("first")
    expect(screen.page.get_by_text("Sending", exact=True)).to_be_visible()
    screen.gate.open()
    screen.hears("You said: first")
    expect(screen.page.get_by_text("Sending", exact=True)).to_have_count(0)

    conversation = screen.page.url.rpartition("/")[2]
    demo.ask("DELETE", f"/v1/conversation/{conversation}")
    screen.say("second")
    expect(screen.page.get_by_role("alert").filter(has_text="Not sent")).to_be_visible()
    screen.looks_right("shell-not-sent")
    demo.ask("POST", f"/v1/conversation/{conversation}/restore", {})
    button(screen, "Try again")
    screen.hears("You said: second")
    expect(screen.page.get_by_role("log").get_by_text("second", exact=True)).to_have_count(1)


def test_keys_of_the_composer(open_page: OpenPage) -> None:
    """A new line, a candidate of an input method, the last message again, and the draft over a reload."""
    screen = open_page()
    begin(screen, "Echo")
    screen.page.keyboard.type("one")
    screen.page.keyboard.press("Shift+Enter")
    screen.page.keyboard.type("two")
    screen.composer.evaluate(COMPOSING)
    expect(screen.composer).to_have_value("one\ntwo")
    screen.page.keyboard.press("Enter")
    screen.hears("You said: one")
    expect(screen.composer).to_have_value("")
    screen.page.keyboard.press("ArrowUp")
    expect(screen.composer).to_have_value("one\ntwo")
    screen.composer.fill("not sent yet")
    screen.page.reload()
    expect(screen.composer).to_have_value("not sent yet")


def test_stopped_text_stays(open_page: OpenPage) -> None:
    """By Escape and by the button; what was written is still there after a reload."""
    screen = open_page()
    begin(screen, "Slow")
    screen.say("go")
    screen.hears("token token token")
    expect(screen.page.get_by_role("log")).to_have_attribute("aria-busy", "true")
    screen.looks_right("shell-streaming")
    screen.page.keyboard.press("Escape")
    expect(screen.page.get_by_text("Stopped", exact=True)).to_be_visible()
    screen.say("again")
    expect(screen.page.get_by_text("Working", exact=True)).to_have_count(0)
    button(screen, "Stop")
    expect(screen.page.get_by_text("Stopped", exact=True)).to_have_count(2)
    screen.page.reload()
    expect(screen.page.get_by_text("Stopped", exact=True)).to_have_count(2)
    screen.hears("token token token")


def test_messages_wait_for_their_turn(open_page: OpenPage) -> None:
    """Edited, taken back, kept over a reload, and answered before the rest."""
    screen = open_page()
    begin(screen, "Slow")
    screen.say("go")
    screen.hears("token token")
    for words in ("second", "third", "fourth"):
        screen.say(words)
    queue = screen.page.get_by_role("list", name="Waiting messages")
    expect(queue.get_by_role("listitem")).to_have_count(3)
    screen.looks_right("shell-queue")
    queue.get_by_role("listitem").filter(has_text="second").get_by_role("button", name="Edit waiting message").click()
    field = queue.get_by_role("textbox")
    field.fill("second, changed")
    field.press("Enter")
    expect(queue.get_by_text("second, changed")).to_be_visible()
    queue.get_by_role("listitem").filter(has_text="third").get_by_role("button", name="Take back").click()
    expect(queue.get_by_role("listitem")).to_have_count(2)
    screen.page.reload()
    expect(queue.get_by_role("listitem")).to_have_count(2)
    queue.get_by_role("listitem").filter(has_text="fourth").get_by_role("button", name="Answer this now").click()
    expect(screen.page.get_by_role("log").get_by_text("fourth", exact=True)).to_be_visible()
    expect(queue.get_by_role("listitem")).to_have_count(1)
    button(screen, "Stop")


def test_branches_and_judgements(open_page: OpenPage) -> None:
    """A message written anew, an answer given anew, both ways between them, and a reason for a bad mark."""
    screen = open_page()
    screen.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    begin(screen, "Echo")
    screen.say("blue")
    screen.hears("You said: blue")
    own = screen.page.get_by_role("article").first
    own.hover()
    own.get_by_role("button", name="Edit and send again").click()
    editor = own.get_by_role("textbox", name="Edit and send again")
    expect(editor).to_be_focused()
    editor.fill("green")
    editor.press("Enter")
    screen.hears("You said: green")
    expect(screen.page.get_by_text("2/2")).to_be_visible()
    screen.page.get_by_role("button", name="Version before").click()
    screen.hears("You said: blue")
    expect(screen.page.get_by_text("1/2")).to_be_visible()

    button(screen, "Answer again")
    expect(screen.page.get_by_text("2/2")).to_be_visible()
    button(screen, "Copy")
    expect(screen.page.get_by_role("button", name="Copied")).to_be_visible()
    assert screen.page.evaluate("navigator.clipboard.readText()") == "You said: blue"
    button(screen, "Not a good answer")
    dialog = screen.page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="Reason").fill("too short")
    screen.looks_right("shell-judgement")
    dialog.get_by_role("button", name="Send feedback").click()
    screen.page.reload()
    expect(screen.page.get_by_role("button", name="Not a good answer").last).to_have_attribute("aria-pressed", "true")


def test_answer_is_reported(open_page: OpenPage, demo: DemoServer) -> None:
    """With a reason and a comment, to whoever looks after the Peer; the menu knows of it afterwards."""
    screen = open_page("dark-390")
    page = screen.page
    page.get_by_role("button", name="Echo", exact=True).click()
    screen.say("the office opens at nine")
    screen.hears("You said: the office opens at nine")
    button(screen, "More for this message")
    page.get_by_role("menuitem", name="Report", exact=True).click()
    dialog = page.get_by_role("dialog", name="Report this answer")
    expect(dialog.get_by_role("button", name="Send report")).to_have_attribute("aria-disabled", "true")
    dialog.get_by_role("radio", name="It is not true").check()
    dialog.get_by_role("textbox", name="Comment").fill("It opens at ten.")
    screen.looks_right("shell-report")
    dialog.get_by_role("button", name="Send report").click()
    expect(page.get_by_text("Reported. Whoever looks after this Peer can read it.")).to_be_visible()
    button(screen, "More for this message")
    page.get_by_role("menuitem", name="Change the report").click()
    expect(dialog.get_by_role("radio", name="It is not true")).to_be_checked()
    peers = demo.ask("GET", "/v1/peer?limit=100")["items"]
    peer_id = next(one["id"] for one in peers if one["name"] == "Echo")
    [report] = demo.ask("GET", f"/v1/peer/{peer_id}/report")["items"]
    assert (report["reason"], report["comment"]) == ("wrong", "It opens at ten.")
    assert report["text"] == "You said: the office opens at nine"


def test_markdown_is_safe_and_code_can_be_copied(open_page: OpenPage) -> None:
    """Colours, a button, links that open beside the page, and no markup of strangers."""
    screen = open_page("dark-1280")
    screen.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    begin(screen, "Echo")
    screen.say(CODE)
    answer = screen.page.get_by_role("article").last
    expect(answer.locator("code .hljs-built_in")).to_have_text("print")
    answer.get_by_role("button", name="Copy code").click()
    expect(answer.get_by_role("button", name="Copied")).to_be_visible()
    assert screen.page.evaluate("navigator.clipboard.readText()").strip() == "print('1')"
    expect(answer.get_by_role("link", name="site")).to_have_attribute("rel", re.compile("noopener"))
    expect(answer.locator("img")).to_have_count(0)
    screen.looks_right("shell-markdown")


def test_files_go_up_and_come_down(open_page: OpenPage) -> None:
    """Chosen, pasted, dropped anywhere; a failed one is tried again, one is taken out, the rest can be downloaded."""
    screen = open_page("light-390")
    screen.page.get_by_role("button", name="Echo", exact=True).click()
    failing = [True]

    def cut_first(route: Route) -> None:
        route.abort() if failing.pop() else route.continue_()

    screen.page.route("**/v1/file", cut_first, times=1)
    screen.page.locator("input[type=file]").set_input_files(
        FilePayload(name="chosen.txt", mimeType="text/plain", buffer=b"chosen")
    )
    expect(screen.page.get_by_role("alert").filter(has_text="interrupted")).to_be_visible()
    screen.looks_right("shell-upload-failed")
    screen.page.get_by_role("button", name="Upload chosen.txt again").click()
    expect(screen.page.get_by_role("alert")).to_have_count(0)
    screen.page.evaluate(PASTE, [screen.composer.element_handle(), "pasted.txt"])
    screen.page.evaluate(DROP, [screen.composer.element_handle(), "dropped.txt"])
    screen.page.get_by_role("button", name="Remove pasted.txt").click()
    expect(screen.page.get_by_role("button", name="Send", exact=True)).not_to_have_attribute("aria-disabled", "true")
    button(screen, "Send")
    with screen.page.expect_download() as download:
        screen.page.get_by_role("log").get_by_role("link", name=re.compile(r"dropped\.txt")).click()
    assert Path(download.value.path()).read_text() == "dropped"
    expect(screen.page.get_by_role("log").get_by_role("link")).to_have_count(2)


def test_connection_comes_back_with_everything(open_page: OpenPage, demo: DemoServer) -> None:
    """The banner tells, the draft stays, and what was sent meanwhile arrives once."""
    screen = open_page()
    begin(screen, "Echo")
    demo.kill()
    expect(screen.page.get_by_text("The connection was lost")).to_be_visible()
    screen.looks_right("shell-lost")
    screen.say("sent into the dark")
    screen.composer.fill("a draft")
    demo.start()
    screen.hears("You said: sent into the dark")
    expect(screen.page.get_by_text("The connection was lost")).to_have_count(0)
    expect(screen.composer).to_have_value("a draft")
    expect(screen.page.get_by_role("log").get_by_text("sent into the dark", exact=True)).to_have_count(1)
