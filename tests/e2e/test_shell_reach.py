"""Finding, reaching and being told: the list, links, the keyboard, other tabs, other languages, small screens."""

import re
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import OpenPage
from tests.e2e.demo_server import TOKEN, DemoServer
from tests.e2e.screen import Screen

pytestmark = pytest.mark.e2e

ROUNDS: Final = 70
NOTICES: Final = """
window.told = [];
window.Notification = class extends EventTarget {
  static permission = 'granted';
  static requestPermission = () => Promise.resolve('granted');
  constructor(title, options) { super(); window.told.push([title, options.body]); window.newest = this; }
  close() {}
};
"""
KEYBOARD: Final = """height => {
  Object.defineProperty(visualViewport, 'height', {get: () => height});
  visualViewport.dispatchEvent(new Event('resize'));
}"""
LOOKS_AWAY: Final = "Object.defineProperty(document, 'visibilityState', {get: () => 'hidden'})"


@pytest.fixture(scope="module")
def demo(paced_demo: DemoServer) -> DemoServer:
    """Peers that answer by a model."""
    return paced_demo


def conversation(demo: DemoServer, *words: str, peer: str = "Echo") -> str:
    """A conversation in which this was said and answered; its path."""
    peers = demo.ask("GET", "/v1/peer?limit=100")["items"]
    found = next(one["id"] for one in peers if one["name"] == peer)
    made = str(demo.ask("POST", "/v1/conversation", {"peerId": found})["id"])
    for content in words:
        demo.ask("POST", f"/v1/conversation/{made}/message", {"content": content})
    return f"/#/c/{made}"


def lines(screen: Screen) -> list[str]:
    """The titles in the list."""
    return screen.page.locator(".line-title").all_inner_texts()


def choose(screen: Screen, title: str, action: str) -> None:
    """Do something to a conversation of the list."""
    screen.page.get_by_role("button", name=f"Actions for {title}").click()
    screen.page.get_by_role("menuitem", name=action, exact=True).click()


def has_focus(page: Page, selector: str) -> None:
    """Wait until the focus is there."""
    expect(page.locator(f"{selector}:focus")).to_have_count(1)


def test_list_keeps_order(open_page: OpenPage, demo: DemoServer) -> None:
    """Titled by itself, found, renamed, pinned, archived and deleted, the last two with a way back."""
    conversation(demo, "about bananas")
    path = conversation(demo, "about apples")
    screen = open_page(path=path)
    line = screen.page.get_by_role("button", name=re.compile("^about apples"))
    expect(line).to_have_attribute("aria-current", "page")
    expect(screen.page).to_have_title("about apples · Peer Server")
    screen.page.get_by_role("searchbox").fill("bananas")
    expect(line).to_have_count(0)
    screen.page.get_by_role("searchbox").fill("nothing of this name")
    expect(screen.page.get_by_text("Nothing found.")).to_be_visible()
    screen.page.get_by_role("searchbox").fill("")
    choose(screen, "about bananas", "Pin")
    expect(screen.page.locator(".line").first).to_contain_text("about bananas")
    choose(screen, "about apples", "Rename")
    screen.page.get_by_role("textbox", name="Rename").fill("fruit")
    screen.page.keyboard.press("Enter")
    expect(screen.page.get_by_role("heading", name="fruit")).to_be_visible()

    choose(screen, "about bananas", "Archive")
    expect(screen.page.get_by_role("button", name="Actions for about bananas")).to_have_count(0)
    screen.page.get_by_role("button", name="Show the archive").click()
    expect(screen.page.get_by_role("button", name="Actions for about bananas")).to_have_count(1)
    screen.looks_right("shell-archive")
    screen.page.get_by_role("button", name="Leave the archive").click()
    screen.page.get_by_role("button", name="Undo").click()
    expect(screen.page.get_by_role("button", name="Actions for about bananas")).to_be_visible()
    choose(screen, "fruit", "Delete")
    expect(screen.page.get_by_role("heading", name="Whom do you want to talk to?")).to_be_visible()
    screen.looks_right("shell-deleted")
    screen.page.get_by_role("button", name="Undo").last.click()
    screen.hears("You said: about apples")
    assert "fruit" in lines(screen)


def test_conversation_that_was_never_used_is_taken_up_again(open_page: OpenPage) -> None:
    """Looking at a Peer and going away leaves no heap of empty conversations; once used, it is left alone."""
    screen = open_page("light-390")
    page = screen.page
    page.get_by_role("button", name="Echo", exact=True).click()
    expect(page.get_by_text("You are talking to Echo.")).to_be_visible()
    screen.looks_right("shell-greeting")
    unused = page.url
    page.keyboard.press("Control+Shift+O")
    page.get_by_role("button", name="Echo", exact=True).click()
    expect(page).to_have_url(unused)
    screen.say("now it is used")
    screen.hears("You said: now it is used")
    page.keyboard.press("Control+Shift+O")
    page.get_by_role("button", name="Echo", exact=True).click()
    expect(page.get_by_text("You are talking to Echo.")).to_be_visible()
    assert page.url != unused


def test_long_thread_opens_at_its_end_and_a_link_anywhere(open_page: OpenPage, demo: DemoServer) -> None:
    """Older parts come when one scrolls up, without moving what is read; a link leads far up."""
    path = conversation(demo, *(f"number {one:03}" for one in range(ROUNDS)))
    screen = open_page(path=path)
    screen.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    last = screen.page.get_by_role("article").last
    expect(last).to_contain_text(f"number {ROUNDS - 1:03}", timeout=30_000)
    expect(last).to_be_in_viewport()
    expect(screen.page.get_by_text("number 001", exact=True)).to_have_count(0)
    screen.page.locator(".transcript").evaluate("box => { box.scrollTop = 0 }")
    expect(screen.page.get_by_text("You said: number 041")).to_be_visible()
    expect(screen.page.get_by_role("button", name="To the newest message")).to_be_visible()
    screen.page.get_by_role("button", name="To the newest message").click()
    expect(last).to_be_focused()

    last.get_by_role("button", name="More for this message").click()
    screen.looks_right("shell-message-menu")
    screen.page.get_by_role("menuitem", name="Quote").click()
    expect(screen.composer).to_have_value(f"> You said: number {ROUNDS - 1:03}\n\n")
    expect(screen.composer).to_be_focused()
    view = demo.ask("GET", f"/v1/conversation{path.removeprefix('/#/c')}/message?limit=5")
    target = view["items"][3]
    linked = open_page(path=f"{path}/{target['messageId']}")
    found = linked.page.get_by_text("You said: number 001", exact=True)
    expect(found).to_be_in_viewport()
    expect(linked.page.get_by_role("button", name="To the newest message")).to_be_visible()


@pytest.mark.parametrize("look", ["light-1280", "dark-390"])
def test_words_are_found_however_far_up_they_stand(open_page: OpenPage, demo: DemoServer, look: str) -> None:
    # Given a long conversation, of which only the end is drawn, and the word twice at its beginning
    words = ["the needle is here", *(f"round {number}" for number in range(ROUNDS))]
    screen = open_page(look, path=conversation(demo, *words))
    screen.hears(f"round {ROUNDS - 1}")
    needle = screen.page.get_by_role("article").filter(has_text="the needle is here")
    expect(needle).to_have_count(0)
    # When it is searched by the keyboard
    screen.page.keyboard.press("Control+Shift+F")
    field = screen.page.get_by_role("searchbox", name="Search in this conversation", exact=True)
    expect(field).to_be_focused()
    field.fill("NEEDLE")
    # Then the newest message that has it is shown, with the words marked, and Enter leads to the one before
    expect(needle.last).to_be_in_viewport()
    expect(screen.page.get_by_text("2 of 2", exact=True)).to_be_visible()
    field.press("Enter")
    expect(screen.page.get_by_text("1 of 2", exact=True)).to_be_visible()
    expect(needle.first).to_be_in_viewport()
    screen.page.wait_for_function("CSS.highlights.get('found')?.size === 2")
    screen.looks_right("found")
    # And when the search is over nothing is marked, and the focus is back
    field.press("Escape")
    expect(field).to_have_count(0)
    has_focus(screen.page, ".find-button button")
    screen.page.wait_for_function("CSS.highlights.size === 0")


def test_keyboard_reaches_everything(open_page: OpenPage, demo: DemoServer) -> None:
    """From message to message and back, the list of shortcuts, other keys, and none at all."""
    screen = open_page(path=conversation(demo, "one", "two"))
    screen.hears("You said: two")
    screen.composer.focus()
    screen.page.keyboard.press("Alt+ArrowUp")
    expect(screen.page.get_by_role("article").last).to_be_focused()
    screen.page.keyboard.press("ArrowUp")
    expect(screen.page.get_by_role("article").nth(2)).to_be_focused()
    screen.page.keyboard.press("Home")
    first = screen.page.get_by_role("article").first
    expect(first).to_be_focused()
    expect(
        first.locator(".message-actions button").first
    ).to_be_attached()  # they are fetched when they are first shown
    screen.page.keyboard.press("Tab")
    has_focus(screen.page, ".message-actions button")
    screen.page.keyboard.press("Escape")
    expect(screen.composer).to_be_focused()

    new = screen.page.get_by_role("button", name="New conversation", exact=True)
    expect(new).to_have_attribute("aria-keyshortcuts", "Control+Shift+O")
    screen.page.keyboard.press("Control+/")
    dialog = screen.page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog).to_be_visible()
    screen.looks_right("shell-shortcuts")
    dialog.get_by_role("button", name=re.compile("^New conversation: Ctrl Shift O")).click()
    screen.page.keyboard.press("Alt+n")
    expect(dialog.get_by_role("button", name=re.compile("^New conversation: Alt N"))).to_be_visible()
    expect(new).to_have_attribute("aria-keyshortcuts", "Alt+N")
    dialog.get_by_role("button", name=re.compile("^Search conversations: Ctrl K")).click()
    screen.page.keyboard.press("Alt+n")
    expect(dialog.get_by_text("Alt N is already in use for: New conversation")).to_be_visible()
    dialog.get_by_role("checkbox").uncheck()
    expect(screen.page.locator("[aria-keyshortcuts='Alt+N']")).to_have_count(0)
    screen.page.keyboard.press("Escape")
    expect(screen.composer).to_be_focused()
    screen.page.keyboard.press("Alt+n")
    screen.page.keyboard.press("Control+/")
    expect(dialog).to_be_visible()
    dialog.get_by_role("checkbox").check()
    screen.page.keyboard.press("Escape")
    screen.page.keyboard.press("Alt+n")
    expect(screen.page.get_by_role("heading", name="Whom do you want to talk to?")).to_be_visible()


def test_something_that_waits_is_told_once(open_page: OpenPage, demo: DemoServer) -> None:
    """In the title of every tab, and by one notice over two tabs that nobody looks at; it leads to the card."""
    screen = open_page()
    context = screen.page.context
    context.add_init_script(NOTICES)
    screen.page.reload()
    screen.page.get_by_role("button", name="Account").click()
    screen.page.get_by_role("menuitem", name="Notify me when something waits").click()
    expect(screen.page.get_by_text("This browser tells you")).to_be_visible()
    context.add_init_script(LOOKS_AWAY)
    tabs = [screen.page, context.new_page()]
    for tab in tabs:
        tab.goto(demo.url)
        tab.reload()
        expect(tab.get_by_role("button", name="Support desk", exact=True)).to_be_visible()
    conversation(demo, "Refund 250 € for order 1001", peer="Support desk")
    for tab in tabs:
        expect(tab).to_have_title(re.compile(r"^\(\d+\) "))
    tabs[0].wait_for_function(
        "() => new Promise(done => navigator.locks.request('peer-server:told', () => done(true)))"
    )
    told = "() => window.told.filter(([, body]) => body === 'Refund 250 € of order 1001?').length"
    screen.page.wait_for_function("() => localStorage.getItem('peer-server:told')?.includes('\"')")
    counts = [tab.evaluate(told) for tab in tabs]
    assert sum(counts) == 1, counts
    tab = tabs[counts.index(1)]
    tab.evaluate("window.newest.dispatchEvent(new Event('click'))")
    expect(tab.get_by_role("article", name=re.compile("Refund 250 €")).locator("visible=true").last).to_be_focused()


def test_two_tabs_show_the_same(open_page: OpenPage, demo: DemoServer) -> None:
    """What is said in one is answered in both, and the focus of the other stays where it is."""
    path = conversation(demo, "hello")
    first, second = open_page(path=path), open_page(path=path)
    second.composer.fill("half a thought")
    first.hears("You said: hello")
    first.say("from the first")
    second.hears("You said: from the first")
    expect(second.composer).to_be_focused()
    expect(second.composer).to_have_value("half a thought")


def test_missing_conversation_leads_on(open_page: OpenPage) -> None:
    """No endless waiting for what is gone."""
    screen = open_page(path="/#/c/gone")
    expect(screen.page.get_by_role("heading", name="Not found")).to_be_visible()
    screen.looks_right("shell-missing")
    screen.page.get_by_role("status").get_by_role("button", name="New conversation").click()
    expect(screen.page.get_by_role("heading", name="Whom do you want to talk to?")).to_be_visible()


def test_drawer_of_narrow_screens(open_page: OpenPage, demo: DemoServer) -> None:
    """It takes the focus, Escape closes it, and the focus is where it was."""
    screen = open_page("dark-390", path=conversation(demo, "hello"))
    screen.hears("You said: hello")
    opener = screen.page.get_by_role("button", name="Show conversations")
    opener.click()
    expect(screen.page.get_by_role("button", name="Hide conversations")).to_be_focused()
    screen.looks_right("shell-drawer")
    screen.page.keyboard.press("Escape")
    expect(opener).to_be_focused()
    expect(screen.page.get_by_role("button", name="Hide conversations")).to_have_count(0)


@pytest.mark.parametrize("look", ["light-320", "dark-640"])
def test_other_languages_directions_and_widths(open_page: OpenPage, demo: DemoServer, look: str) -> None:
    """Turkish words, right to left, at 320 px and at the width of 200 % zoom: nothing is cut off."""
    screen = open_page(look, path=conversation(demo, "merhaba"), locale="tr-TR")
    screen.page.evaluate("document.documentElement.dir = 'rtl'")
    expect(screen.page.locator("html")).to_have_attribute("lang", "tr")
    expect(screen.page.get_by_role("textbox", name="Mesaj", exact=True)).to_be_visible()
    screen.looks_right("shell-rtl")
    screen.page.emulate_media(media="print")
    expect(screen.page.get_by_role("textbox")).to_have_count(0)
    expect(screen.page.get_by_text("You said: merhaba")).to_be_visible()


def test_sign_in_offers_what_there_is_and_says_what_is_wrong(open_page: OpenPage, demo: DemoServer) -> None:
    """Nobody has a password here, so none is asked for; a wrong token, a wrong link, and in by the right token."""
    screen = open_page()
    page = screen.page
    page.context.clear_cookies()
    page.reload()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.get_by_label("Token of the owner").fill("wrong")
    expect(page.get_by_label("Password")).to_have_count(0)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_label("Token of the owner")).to_have_attribute("aria-invalid", "true")
    screen.looks_right("shell-sign-in-by-token")
    page.get_by_role("button", name="Use a sign-in link").click()
    page.get_by_label("Sign-in link or code").fill("psl_wrong")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_text("This link is not valid any more")).to_be_visible()
    screen.looks_right("shell-sign-in-by-link")
    page.get_by_role("button", name="Use the owner's token").click()
    page.get_by_label("Token of the owner").fill(TOKEN)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Whom do you want to talk to?")).to_be_visible()
    page.context.clear_cookies()
    page.goto("about:blank")
    page.goto(demo.sign_in_link)
    expect(page.get_by_role("heading", name="Whom do you want to talk to?")).to_be_visible()
    assert "sign-in" not in page.url, "the code is no longer in the address"


def test_keyboard_of_a_phone_covers_nothing(open_page: OpenPage, demo: DemoServer) -> None:
    """What it leaves is all there is; nothing is small enough to be zoomed into, and pinching stays allowed."""
    screen = open_page("light-390", path=conversation(demo, "hello"))
    screen.hears("You said: hello")
    screen.page.evaluate(KEYBOARD, 400)
    box = screen.composer.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 400
    expect(screen.page.get_by_text("You said: hello")).to_be_in_viewport()
    assert screen.composer.evaluate("area => parseFloat(getComputedStyle(area).fontSize)") >= 16
    assert "scalable" not in str(screen.page.locator("meta[name=viewport]").get_attribute("content"))
