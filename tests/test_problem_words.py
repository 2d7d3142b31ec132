"""Errors that people who chat can meet have words in the catalogues of the chat, and words there are for real codes."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
WORDS = ROOT / "chat_ui/src/ui/locales"
DOORS = ("services/chat", "services/files", "services/runs/decisions.py", "resolutions.py", "web/rate_limits.py")
"""What somebody who chats goes through, in `peer_server`."""
ELSEWHERE = {
    # Cards have words of their own for these.
    "already_settled",
    "not_expired_yet",
    # Forms settle this between themselves and the server.
    "stale_draft",
    # Only a program that does not follow the protocol meets these.
    "invalid_patch",
    "tool_not_offered",
}
OF_THE_BROWSER = {"network", "unknown", "upload_interrupted"}
_RAISED = re.compile(r"(?:[A-Z][A-Za-z]+|invalid)\(\s*\"([a-z]+(?:_[a-z]+)*)\",|code=\"([a-z_]+)\"")


def told() -> set[str]:
    """The codes that have words."""
    words = {**json.loads((WORDS / "en.json").read_text()), **json.loads((WORDS / "en.later.json").read_text())}
    return {key.removeprefix("error.") for key in words if key.startswith("error.")}


def raised(*places: Path) -> set[str]:
    """The codes that the modules there name where they raise something."""
    files = [file for place in places for file in ([place] if place.is_file() else sorted(place.rglob("*.py")))]
    return {one or other for file in files for one, other in _RAISED.findall(file.read_text())}


def test_people_who_chat_are_told_in_their_language() -> None:
    codes = raised(*(ROOT / "peer_server" / door for door in DOORS))
    assert codes - told() - ELSEWHERE == set()


def test_words_are_for_codes_that_there_are() -> None:
    source = "\n".join(
        file.read_text() for package in ("peer_server", "flow_runtime") for file in (ROOT / package).rglob("*.py")
    )
    assert {code for code in told() - OF_THE_BROWSER if f'"{code}"' not in source} == set()
