"""What bytes really are, as far as it matters: programs and pages must not call themselves something harmless. Pure."""

import re
from collections.abc import Mapping
from typing import Final

HEAD_BYTES: Final = 1024
"""How much of a file is looked at."""
UNKNOWN: Final = "application/octet-stream"
_MIME: Final = re.compile(r"^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$")
_PROGRAMS: Final = (
    b"MZ",
    b"\x7fELF",
    b"\xfe\xed\xfa",
    b"\xcf\xfa\xed\xfe",
    b"\xce\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",
)
_BLANK: Final = b" \t\r\n\x0c"
_PAGE: Final = re.compile(
    rb"<(?:!doctype\s+(?:html|svg)|html|head|body|script|iframe|svg)[\s>]|<\?xml[^>]*\?>[^<]*<(?:svg|html)[\s>]",
    re.IGNORECASE,
)
_HONEST: Final[Mapping[str, tuple[str, ...]]] = {
    "program": (UNKNOWN, "application/x-", "application/vnd.microsoft.portable-executable", "application/java"),
    "script": (UNKNOWN, "application/x-", "text/", "application/javascript"),
    "page": (UNKNOWN, "text/", "image/svg+xml", "application/xhtml+xml", "application/xml"),
}
"""What each dangerous kind may be called."""


def declared_type(mime: str) -> str:
    """The MIME type that somebody declared, if it is one."""
    plain = mime.partition(";")[0].strip().lower()
    return plain if _MIME.match(plain) else UNKNOWN


def disguised_as(head: bytes, mime: str) -> str | None:
    """The dangerous kind that these first bytes are, if the declared type says something else; else None."""
    kind = _kind(head.removeprefix(b"\xef\xbb\xbf"))
    return None if kind is None or mime.startswith(_HONEST[kind]) else kind


def _kind(head: bytes) -> str | None:
    if head.startswith(_PROGRAMS):
        return "program"
    if head.startswith(b"#!"):
        return "script"
    return "page" if _PAGE.match(head.lstrip(_BLANK)) else None
