"""No browser runs what a message, card or form holds, fetches for it, or lets it hide itself from people (X8, A5)."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import OpenPage
from tests.e2e.demo_server import DemoServer
from tests.e2e.hostile_texts import HIDDEN, Canary, leaking, running
from tests.e2e.hostile_widgets import poisoned_widgets, widget_flow
from tests.e2e.screen import Screen

pytestmark = pytest.mark.e2e

AT_ONCE: Final = 24
ECHO: Final = {"when": r"(?s)^say (.*)$", "say": "{{1}}"}
LOOK: Final = """() => {
  const found = [];
  const allowed = /^(https?:|mailto:|#|\\/|blob:)/;
  const walk = root => {
    for (const element of root.querySelectorAll('*')) {
      const name = element.localName;
      const isOurs = name === 'script' && element.parentElement === document.body;
      if (/^(script|iframe|object|embed|base|frame|applet|meta|link)$/.test(name) && !isOurs) found.push(name);
      for (const { name: attribute, value } of element.attributes) {
        if (/^on/.test(attribute) || attribute === 'ping' || attribute === 'srcdoc') found.push(`${name} ${attribute}`);
        if (/^(href|src|action|formaction|poster|data)$/.test(attribute) && !allowed.test(value.trim()))
          found.push(`${name} ${attribute}=${value.slice(0, 60)}`);
      }
      if (element.shadowRoot) walk(element.shadowRoot);
    }
  };
  walk(document.body);
  return found;
}"""
"""Every element and address, in all shadow trees, that could run or lead to something it must not."""

SMUGGLE: Final = """() => {
  const root = document.querySelector('peer-chat').shadowRoot;
  const inside = document.createElement('div');
  inside.innerHTML = `<img src="/x" onerror="0"><a href="javascript:0">x</a><iframe></iframe>`;
  root.append(inside);
}"""

ESCAPES: Final = """frame => {
  const { left, right, top, bottom } = frame.getBoundingClientRect();
  const across = [0.1, 0.5, 0.9].map(part => left + part * (right - left));
  const down = [0.1, 0.5, 0.9].map(part => top + part * (bottom - top));
  const around = [...across.flatMap(x => [[x, top - 3], [x, bottom + 3]]),
                  ...down.flatMap(y => [[left - 3, y], [right + 3, y]])];
  return around.filter(([x, y]) => {
    const seen = frame.getRootNode().elementFromPoint(x, y);
    return seen !== null && seen !== frame && frame.contains(seen);
  });
}"""
"""Points just outside a widget's frame where something of the widget is on top."""


@pytest.fixture(scope="module")
def canary() -> Iterator[Canary]:
    with Canary() as running_:
        yield running_


def talk(demo: DemoServer, peer: dict[str, Any], *messages: str) -> str:
    """A conversation with such a Peer in which this was said; its id, once everything is answered."""
    peer_id = demo.ask("POST", "/v1/peer", {"model": "scripted", "attachments": [], **peer})["id"]
    conversation: str = demo.ask("POST", "/v1/conversation", {"peerId": peer_id})["id"]
    for message in messages:
        demo.ask("POST", f"/v1/conversation/{conversation}/message", {"content": message})
    return conversation


def assert_nothing_happened(screen: Screen, canary: Canary) -> None:
    """No script has run, nothing was fetched, nothing is in the page that could do either."""
    assert screen.page.evaluate("window.__taken") is None
    assert screen.page.evaluate(LOOK) == []
    assert canary.hits == []
    assert screen.faults == []


def batches(texts: Sequence[str]) -> list[str]:
    """Some texts to a message."""
    return ["say " + "\n\n".join(texts[at : at + AT_ONCE]) for at in range(0, len(texts), AT_ONCE)]


@pytest.mark.promise("X8")
def test_messages_run_and_fetch_nothing(open_page: OpenPage, demo: DemoServer, canary: Canary) -> None:
    # Given 192 texts that would run or fetch something, said by a person and by a Peer
    messages = batches([*running(canary.url), *leaking(canary.url)])
    conversation = talk(demo, {"name": "Parrot", "script": [ECHO]}, *messages, "say the end of it")
    # When somebody opens the conversation
    screen = open_page(path=f"/#/c/{conversation}")
    screen.hears("^the end of it$")
    # Then all of it is shown as text
    expect(screen.page.get_by_role("article").first).to_contain_text("onerror")
    assert_nothing_happened(screen, canary)
    # And what would have happened is seen by those who look for it
    screen.page.evaluate(SMUGGLE)
    assert sorted(screen.page.evaluate(LOOK)) == ["a href=javascript:0", "iframe", "img onerror"]
    expect(screen.page.locator("img[onerror]")).to_have_count(1)


@pytest.mark.promise("X8")
def test_cards_and_forms_run_and_fetch_nothing(open_page: OpenPage, demo: DemoServer, canary: Canary) -> None:
    # Given an approval and a form made of such texts
    texts = [*running(canary.url)[::8], *leaking(canary.url)[::2]]
    fields = {f"f{n}": {"type": "string", "title": text[:180], "description": text} for n, text in enumerate(texts)}
    facts = [{"label": text[:180], "value": text} for text in texts]
    ask = {"title": "Look", "message": "\n".join(texts[:20]), "facts": facts}
    for name, type_, config in (
        ("decide", "user-approval", ask),
        ("fill", "show-form", {"title": "Fill in", "schema": {"type": "object", "properties": fields}}),
    ):
        flow_id = deployed(demo, name, type_, config)
        peer = {
            "name": f"Peer that asks to {name}",
            "attachments": [{"flowId": flow_id, "as": "tool", "toolName": name}],
        }
        conversation = talk(demo, peer, f"/{name} {{}}")
        # When somebody opens the conversation, then all of it is shown as text
        screen = open_page("dark-390", path=f"/#/c/{conversation}")
        card = screen.card("Look" if name == "decide" else "Fill in")
        expect(card).to_contain_text("onerror")
        assert_nothing_happened(screen, canary)


@pytest.mark.promise("A5", "X8")
def test_widgets_run_and_fetch_nothing_and_stay_in_their_frames(
    open_page: OpenPage, demo: DemoServer, canary: Canary
) -> None:
    # Given every ready-made widget with such texts wherever its state has room for one
    texts = [text.replace("{{", "{ {") for text in (*running(canary.url)[::4], *leaking(canary.url)[::2])]
    widgets = list(poisoned_widgets(texts))
    flow_id = demo.ask("POST", "/v1/flow", {"definition": widget_flow(widgets)})["id"]
    demo.ask("POST", f"/v1/flow/{flow_id}/deploy")
    shows = {"flowId": flow_id, "as": "tool", "toolName": "show"}
    conversation = talk(demo, {"name": "Shower", "attachments": [shows]}, "/show {}")
    # When somebody opens the conversation
    screen = open_page("light-390", path=f"/#/c/{conversation}")
    frames = screen.page.locator(".widget")
    expect(frames).to_have_count(len(widgets))
    expect(frames.first).to_contain_text("onerror")
    # Then every widget is drawn, as text, and none of them is seen outside its frame
    expect(screen.page.get_by_text("could not be shown")).to_have_count(0)
    for number in range(len(widgets)):
        frames.nth(number).scroll_into_view_if_needed()
        assert frames.nth(number).evaluate(ESCAPES) == [], widgets[number][0]
    assert_nothing_happened(screen, canary)
    screen.looks_right("hostile-widgets")


def deployed(demo: DemoServer, name: str, type_: str, config: dict[str, Any]) -> str:
    """A flow that asks this, to be called by Peers; its id."""
    ports = ("approve", "reject") if type_ == "user-approval" else ("submitted", "cancelled")
    ask = {"id": "ask", "type": type_, "config": config, "next": dict.fromkeys(ports, "done")}
    steps = [ask, {"id": "done", "type": "final", "config": {"output": "done"}}]
    definition = {"name": name, "triggers": [{"type": "peer.action"}], "start": "ask", "steps": steps}
    flow_id: str = demo.ask("POST", "/v1/flow", {"definition": definition})["id"]
    demo.ask("POST", f"/v1/flow/{flow_id}/deploy")
    return flow_id


@pytest.mark.promise("A5")
@pytest.mark.parametrize("hidden", [HIDDEN[:41], HIDDEN[41:]], ids=["first", "last"])
def test_what_is_decided_on_shows_all_of_itself(
    open_page: OpenPage, demo: DemoServer, hidden: Sequence[tuple[str, str]]
) -> None:
    # Given an approval whose title, message and facts hide or turn something around
    facts = [{"label": f"Fact {n}", "value": text} for n, (text, _) in enumerate(hidden)]
    config = {"title": "Pay \u202e005 €?", "message": "Not\u200b hidden", "facts": facts}
    flow_id = deployed(demo, "hide", "user-approval", config)
    conversation = talk(
        demo, {"name": "Hider", "attachments": [{"flowId": flow_id, "as": "tool", "toolName": "hide"}]}, "/hide {}"
    )
    # When an approver opens it
    screen = open_page(path=f"/#/c/{conversation}")
    card = screen.card("Pay")
    # Then every character can be seen, in the card and in the tray
    expect(card.locator(".card-title")).to_have_text("Pay [U+202E]005 €?")
    expect(card).to_contain_text("Not[U+200B] hidden")
    expect(screen.page.locator(".tray-title")).to_have_text("Pay [U+202E]005 €?")
    assert [shown.strip() for shown in card.locator("dl.facts dd").all_inner_texts()] == [
        " ".join(shown.split()) for _, shown in hidden
    ]
    # And the card's own parts are where they belong: two buttons that nothing covers, and who asks for whom
    for name in ("Approve", "Decline"):
        button = card.get_by_role("button", name=name, exact=True)
        expect(button).to_have_count(1)
        button.scroll_into_view_if_needed()
        assert button.evaluate(
            """button => {
              const { x, y, width, height } = button.getBoundingClientRect();
              const on_top = button.getRootNode().elementFromPoint(x + width / 2, y + height / 2);
              return button.contains(on_top);
            }"""
        )
    screen.looks_right("hostile-approval")
