"""What the scripted model says: results, questions, and what it can do. Pure."""

from collections.abc import Mapping, Sequence

import orjson

from flow_runtime.errors import Json
from flow_runtime.model import ToolSpec
from flow_runtime.models.scripted_arguments import words_of

LONGEST_RESULT = 1_500
_MOST_FIELDS = 8
_DEEPEST = 3
_ENVELOPE = {"status", "toolName", "toolCallId", "runId", "rejected", "decisions"}
_WAITS_FOR = {
    "approval": "a decision",
    "form": "a form to be filled in",
    "client_tool": "an answer from the browser",
    "callback": "an answer from another system",
    "timer": "its time to come",
}
_BAD_ENDS = {"failed", "cancelled", "timed_out", "expired", "stopped"}


def result_sentence(tool: str, result: Json) -> str:
    """One sentence that holds the result of a tool, or the outcome of a run that had been waiting."""
    name = spoken(tool).capitalize()
    if not isinstance(result, dict):
        return f"{name} answered: {_shown(result)}."
    if "passages" in result:
        return _quoted(result["passages"])
    status = result.get("status")
    if status == "waiting":
        return f"{name} is waiting for {_awaited(result)}."
    if result.get("error") or status in _BAD_ENDS:
        ended = str(status).replace("_", " ") if status in _BAD_ENDS else "failed"
        return f"{name} {ended}{_reason(result)}."
    output = _output(result) if status == "completed" else result
    if result.get("rejected") or (isinstance(output, dict) and output.get("rejected") is True):
        return f"{name} was rejected{_details(output) or _comment(result)}."
    return f"{name} is done{_details(output)}."


def _quoted(passages: Json) -> str:
    """What was looked up: the best passage, with its number."""
    if not passages:
        return "I found nothing about that."
    best = passages[0]
    return f"{best['document']} says: {_shown(best['text'])} [{best['number']}]"


def question(tool: ToolSpec, missing: Sequence[str]) -> str:
    """Ask for the arguments that are missing."""
    properties: Mapping[str, Json] = tool.parameters.get("properties", {})
    asked = [_described(name, properties.get(name, {})) for name in missing]
    listed = " and ".join(filter(None, [", ".join(asked[:-1]), asked[-1]]))
    return f"For {spoken(tool.name)} I still need {listed}."


def abilities(tools: Sequence[ToolSpec]) -> str:
    """What to say when nothing fits."""
    if not tools:
        return "I am a scripted model, no AI, and I have no tools."
    listed = "; ".join(f"/{tool.name} ({_first_sentence(tool.description)})" for tool in tools)
    return f"I am a scripted model, no AI. I can use {listed}."


def spoken(name: str) -> str:
    """A tool's or argument's name as words."""
    return " ".join(words_of(name))


def _awaited(result: Mapping[str, Json]) -> str:
    what = _WAITS_FOR.get(str(result.get("kind")), "an answer")
    title = result.get("title") or result.get("message")
    return f"{what} ({str(title).rstrip('.')})" if title else what


def _reason(result: Mapping[str, Json]) -> str:
    error = result.get("error")
    if isinstance(error, dict):
        error = error.get("message") or error.get("code") or _shown(error)
    reason = str(error or result.get("message") or "").rstrip(".")
    return f": {reason}" if reason else ""


def _output(result: Mapping[str, Json]) -> Json:
    """What the flow gave; a tool that is no flow may put it beside the status."""
    beside = {name: item for name, item in result.items() if name not in _ENVELOPE}
    return result.get("output", beside)


def _details(output: Json) -> str:
    if isinstance(output, dict):
        output = {name: item for name, item in output.items() if name != "rejected" and item is not None}
    return "" if output in (None, {}) else f": {_shown(output)}"


def _comment(result: Mapping[str, Json]) -> str:
    """What the last person who decided said."""
    decisions = result.get("decisions") or [{}]
    comment = decisions[-1].get("comment")
    return f": {comment}" if comment else ""


def _shown(value: Json) -> str:
    text = (_in_words(value, _DEEPEST) or _json(value)).rstrip(".")
    return text if len(text) <= LONGEST_RESULT else f"{text[:LONGEST_RESULT]}…"


def _in_words(value: Json, deepest: int) -> str | None:
    """Names and values as one would say them, or None for what is too large or too deep to be said."""
    if not isinstance(value, dict | list):
        return value if isinstance(value, str) else _json(value)
    if not deepest or not value or len(value) > _MOST_FIELDS:
        return None
    items = value.values() if isinstance(value, dict) else value
    said = [_in_words(item, deepest - 1) for item in items]
    if None in said:
        return None
    if isinstance(value, dict):
        named = zip(value.items(), said, strict=True)
        return ", ".join(f"{spoken(name)} {f'({words})' if _is_deep(item) else words}" for (name, item), words in named)
    return ("; " if any(map(_is_deep, value)) else ", ").join(filter(None, said))


def _json(value: Json) -> str:
    return orjson.dumps(value).decode()


def _is_deep(value: Json) -> bool:
    return isinstance(value, dict | list)


def _described(name: str, schema: Mapping[str, Json]) -> str:
    about = schema.get("description") or ", ".join(map(str, schema.get("enum", ())))
    return f"the {schema.get('title') or spoken(name)}" + (f" ({about.rstrip('.')})" if about else "")


def _first_sentence(text: str) -> str:
    return text.split(". ", maxsplit=1)[0].rstrip(".")
