"""SECURITY.md answers each of OWASP's ten risks of agents by promises that are proved."""

import re
from collections.abc import Iterator

from tests.docs.markdown import ROOT
from tests.docs.requirements import TABLES, UNPROVED

_ROW = re.compile(r"^\| (ASI\d\d) [^|]+\| [^|]+ \| ([^|]+) \|$", re.MULTILINE)


def promises_in(text: str) -> Iterator[str]:
    """Each promise that is named: by itself, or as one of a range such as `S1 to S8`."""
    for part in text.split(", "):
        first, _, last = part.partition(" to ")
        for number in range(int(first[1:]), int((last or first)[1:]) + 1):
            yield f"{first[0]}{number}"


def test_every_risk_is_answered_by_what_is_proved() -> None:
    named = dict(_ROW.findall((ROOT / "SECURITY.md").read_text()))
    assert list(named) == [f"ASI{n:02}" for n in range(1, 11)]
    [promises] = [table.rows() for table in TABLES if table.page.stem == "promises"]
    unproved = {
        (risk, promise)
        for risk, text in named.items()
        for promise in promises_in(text)
        if promises[promise] in UNPROVED
    }
    assert unproved == set()
