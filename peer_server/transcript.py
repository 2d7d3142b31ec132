"""A conversation as a document: the shown branch in Markdown, with what was called, asked and answered. Pure."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from flow_runtime.errors import Json
from peer_server.conversation import ConversationView

_OUTCOMES: Mapping[str, str] = {"expired": "expired", "cancelled": "withdrawn"}


def transcript(view: ConversationView, *, title: str, peer_name: str) -> str:
    """The whole document. Secrets are masked in the events already, so they are in here."""
    lines = [f"# {_line(title)}", "", f"With {_line(peer_name)}.", ""]
    for message in view.branch():
        lines += _message(view, message)
    if view.ended is not None:
        lines += [f"*The session ended at {view.ended['at']}.*", ""]
    return "\n".join(lines)


def _message(view: ConversationView, message: Mapping[str, Any]) -> Iterator[str]:
    yield f"## {_line(message['author']['name'])}, {message['createdAt']}"
    yield ""
    if message["text"]:
        yield from (message["text"], "")
    for part in message["parts"]:
        if part["type"] == "file":
            yield from (f"- File: {_line(part.get('name') or part['fileId'])}", "")
    for call_id in message["toolCallIds"]:
        yield from _call(view.tool_calls[call_id])
    for widget_id in message["widgetIds"]:
        yield from _widget(view.widgets[widget_id])
    for interrupt in view.interrupts.values():
        if interrupt.get("messageId") == message["messageId"]:
            yield from _interrupt(interrupt)


def _call(call: Mapping[str, Any]) -> Iterator[str]:
    yield f"- Ran **{_line(call['title'])}** ({call['status']})"
    yield from _value("with", call["arguments"])
    if call.get("result") is not None:
        yield from _value("result", call["result"])
    yield ""


def _widget(widget: Mapping[str, Any]) -> Iterator[str]:
    yield f"- Showed the widget **{_line(str(widget.get('name') or widget['widgetId']))}**"
    yield from _value("state", widget["state"])
    yield ""


def _interrupt(interrupt: Mapping[str, Any]) -> Iterator[str]:
    yield f"- Asked: **{_line(interrupt['title'])}**"
    resolution = interrupt.get("resolution")
    if interrupt["status"] == "open":
        yield "  - not answered yet"
    elif resolution is None:
        yield f"  - {_OUTCOMES.get(interrupt['status'], interrupt['status'])}, {interrupt['settledAt']}"
    else:
        by = interrupt.get("decidedBy") or {}
        yield f"  - answered by {_line(str(by.get('name', 'nobody known')))}, {interrupt['settledAt']}"
        yield from _value("answer", resolution)
    yield ""


def _value(label: str, value: Json) -> Iterator[str]:
    """A value in a code span, longer ones in a block; no text in it can end either."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    fence = "```"
    while fence in text:
        fence += "`"
    yield f"  - {label}:"
    yield ""
    yield f"    {fence}json"
    yield from (f"    {line}" for line in text.splitlines())
    yield f"    {fence}"


def _line(text: str) -> str:
    """One line of text, so that a name or title cannot become a heading of its own."""
    return " ".join(text.split())
