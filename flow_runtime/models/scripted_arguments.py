"""Read the arguments of a tool out of a sentence, well enough for a demonstration. Pure and deterministic.

In this order, each piece of text being used once: a JSON object; ``name: value``; e-mail addresses, web addresses and
dates; words of an enum; identifiers such as ``A-1001`` or ``order 17``; numbers; quoted text.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from flow_runtime.errors import Json

LONGEST_TEXT = 4_000
_NUMBER = r"[-+]?\d+(?:[.,]\d+)*"
_QUOTED = r"\"([^\"\n]*)\"|'([^'\n]*)'|“([^”\n]*)”"
_ID_WORDS = ("id", "number", "no", "code", "key", "ref", "reference")
_FORMATS = {
    "email": r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
    "uri": r"https?://[^\s<>\"]+",
    "date-time": r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)?",
    "date": r"\d{4}-\d\d-\d\d",
}
_YES, _NO = {"yes", "true", "on", "y"}, {"no", "false", "off", "n"}


def extract_arguments(
    text: str, parameters: Mapping[str, Json], *, wanted: Sequence[str] = (), known: Collection[str] = ()
) -> dict[str, Json]:
    """The arguments that `text` states for a tool with these `parameters` (an object schema).

    `wanted` are the names that were just asked for: if it is one only and nothing else fits, the whole text answers it.
    Arguments that are `known` already are replaced only if the text names them (``amount: 30``).
    """
    reading = _Reading(text[:LONGEST_TEXT], _properties_required_first(parameters), set(known))
    for step in (reading.labelled, reading.by_format, reading.by_enum, reading.ids, reading.numbers, reading.quoted):
        step()
    found = {**reading.found, **reading.json}
    if len(wanted) == 1 and wanted[0] not in found:
        value = coerce(text.strip().rstrip(".!"), reading.properties.get(wanted[0], {}))
        found |= {} if value is None else {wanted[0]: value}
    return {name: found[name] for name in reading.properties if name in found}


def words_of(name: str) -> list[str]:
    """The lower-case words of ``orderId``, ``order_id`` or ``order-id``."""
    return re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name).replace("_", " ").replace("-", " ").lower().split()


def coerce(text: str, schema: Mapping[str, Json]) -> Json:
    """The text as a value of the schema's type, or None if it cannot be one."""
    if "enum" in schema:
        return next((item for item in schema["enum"] if str(item).lower() == text.strip().lower()), None)
    kind = schema.get("type", "string")
    if kind in {"number", "integer"}:
        match = re.search(_NUMBER, text)
        number = _number(match[0]) if match else None
        return number if kind == "number" or isinstance(number, int) else None
    if kind == "boolean":
        word = text.strip().lower()
        return True if word in _YES else False if word in _NO else None
    return text if kind == "string" and text else None


class _Reading:
    """One pass over one text; what was used is blanked, so that nothing is read twice."""

    def __init__(self, text: str, properties: dict[str, Mapping[str, Json]], known: set[str]) -> None:
        self.properties = properties
        self.found: dict[str, Json] = {}
        self._known = known
        self._rest = text
        self.json = self._json_object()

    def labelled(self) -> None:
        for name, schema in self.properties.items():
            spellings = dict.fromkeys([name, " ".join(words_of(name)), schema.get("title", name)])
            labels = "|".join(map(re.escape, spellings))
            value = rf"({_QUOTED}|[^,;\n]+?(?=\s+and\s|[,;\n]|$))"
            self._take(name, rf"\b(?:{labels})\s*(?:[:=]|\bis\b)\s*{value}")
            if schema.get("type") in {"number", "integer"}:
                self._take(name, rf"\b(?:{labels})\s+({_NUMBER})")

    def by_format(self) -> None:
        for kind, pattern in _FORMATS.items():
            for name, schema in self._open():
                if schema.get("format") == kind or (kind == "email" and "email" in words_of(name)):
                    self._take(name, rf"({pattern})")

    def by_enum(self) -> None:
        for name, schema in self._open():
            for item in schema.get("enum", ()):
                self._take(name, rf"\b({re.escape(str(item))})\b")

    def ids(self) -> None:
        for name, schema in self._open():
            words = words_of(name)
            if schema.get("type", "string") == "string" and words and words[-1] in _ID_WORDS:
                noun = re.escape(" ".join(words[:-1]) or words[-1])
                kind = "|".join(_ID_WORDS)
                self._take(name, rf"\b{noun}\s*(?:{kind})?\.?\s*[:#]?\s*([A-Za-z]{{0,10}}-?\d[\w-]*)")
                self._take(name, r"\b([A-Za-z]{1,10}-?\d[\w-]*)\b")
                self._take(name, r"#([\w-]+)")

    def numbers(self) -> None:
        for name, schema in self._open():
            if schema.get("type") in {"number", "integer"}:
                self._take(name, rf"(?<![\w.-])({_NUMBER})(?![\w-])")

    def quoted(self) -> None:
        for name, schema in self._open():
            if schema.get("type", "string") == "string":
                self._take(name, f"({_QUOTED})")

    def _open(self) -> Iterator[tuple[str, Mapping[str, Json]]]:
        return ((name, schema) for name, schema in self.properties.items() if name not in {*self.found, *self._known})

    def _take(self, name: str, pattern: str) -> None:
        """Read the pattern's first group as that argument, if it fits its type, and blank the match."""
        match = None if name in self.found else re.search(pattern, self._rest, re.IGNORECASE)
        if match is None:
            return
        value = coerce(match[1].strip().strip("\"'“”").rstrip(".!?") or match[1], self.properties[name])
        if value is not None:
            self.found[name] = value
            self._rest = f"{self._rest[: match.start()]} , {self._rest[match.end() :]}"

    def _json_object(self) -> dict[str, Json]:
        start = self._rest.find("{")
        if start < 0:
            return {}
        try:
            value, end = json.JSONDecoder().raw_decode(self._rest, start)
        except (ValueError, RecursionError):
            return {}
        self._rest = self._rest[:start] + self._rest[end:]
        return {name: item for name, item in value.items() if name in self.properties}


def _properties_required_first(parameters: Mapping[str, Json]) -> dict[str, Mapping[str, Json]]:
    properties = parameters.get("properties", {})
    required = [name for name in parameters.get("required", ()) if name in properties]
    return {name: properties[name] for name in [*required, *(name for name in properties if name not in required)]}


def _number(text: str) -> float | int:
    """``1,000`` is a thousand, ``12,5`` and ``12.5`` are twelve and a half."""
    plain = re.sub(r",(?=\d{3}(?:\D|$))", "", text).replace(",", ".")
    try:
        return int(plain)
    except ValueError:
        return float(plain) if plain.count(".") == 1 else int(re.sub(r"\D", "", plain))
