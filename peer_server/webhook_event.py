"""An event as it comes in: is it signed, is it fresh, which one is it, and what does it give a flow? Pure."""

import binascii
import hashlib
import hmac
import re
from base64 import b64decode
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from flow_runtime.errors import Json
from peer_server.access import Unauthenticated
from peer_server.tool_manifest import Signature, at_pointer

TOLERANCE_S: Final = 300
"""How far the clock of the sender may be off."""
_MOST_SIGNATURES: Final = 10
_ID: Final = re.compile(r"[A-Za-z0-9_=+/:@-]{1,200}")
"""No dots: what is signed joins its parts by them, and no part may stand for another."""


def verified_id(scheme: Signature, *, secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """What names the event. `headers` have lower-case names.

    Raises `Unauthenticated` ``bad_signature`` for whatever is missing, wrong or stale.
    """
    timestamp = _header(headers, scheme.timestamp_header)
    event_id = _header(headers, scheme.id_header)
    if scheme.timestamp_header and not _is_fresh(timestamp, now):
        raise _refused("its timestamp is missing, or more than five minutes from now")
    if scheme.id_header and not _ID.fullmatch(event_id):
        raise _refused(f"{scheme.id_header} names no event")
    before, _, after = scheme.content.partition("{body}")
    names = {"{id}": event_id, "{timestamp}": timestamp}
    content = _fill(before, names).encode() + body + _fill(after, names).encode()
    expected = hmac.digest(secret.encode(), content, scheme.algorithm)
    given = _header(headers, scheme.header.lower()).split()[:_MOST_SIGNATURES]
    found = [hmac.compare_digest(expected, _decoded(one, scheme)) for one in given if one.startswith(scheme.prefix)]
    if not any(found):
        raise _refused("its signature is missing or wrong")
    return event_id or hashlib.sha256(expected).hexdigest()


def event_inputs(schema: Mapping[str, Json], data: Json, *, mapping: Mapping[str, Json]) -> dict[str, Json]:
    """The inputs that an event gives a flow: by the mapping of names to JSON Pointers, else by the same names."""
    if mapping:
        found = {name: at_pointer(data, pointer) for name, pointer in mapping.items() if isinstance(pointer, str)}
        return {name: value for name, value in found.items() if value is not None}
    if not isinstance(data, dict):
        return {}
    return {name: data[name] for name in schema.get("properties", {}) if name in data}


def _fill(template: str, names: Mapping[str, str]) -> str:
    for name, value in names.items():
        template = template.replace(name, value)
    return template


def _header(headers: Mapping[str, str], name: str | None) -> str:
    return headers.get(name.lower(), "").strip() if name else ""


def _is_fresh(timestamp: str, now: datetime) -> bool:
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 12):  # noqa: PLR2004 - seconds
        return False
    return abs(now.timestamp() - int(timestamp)) <= TOLERANCE_S


def _decoded(text: str, scheme: Signature) -> bytes:
    """The signature's bytes; nothing if it is none."""
    text = text.removeprefix(scheme.prefix)
    try:
        return bytes.fromhex(text) if scheme.encoding == "hex" else b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return b""


def _refused(why: str) -> Unauthenticated:
    return Unauthenticated("bad_signature", f"this event is not accepted: {why}", remedy="sign it as the tool says")
