"""The seals of audit records, and how a chain of them is checked. Pure.

A seal is an HMAC over the seal before it and the record in canonical JSON. Nobody without the key can make one, and it
fits only at its place: a record that was changed, moved, left out or slipped in breaks the chain there. That the last
records were not cut off shows the end that the database remembers, and, against somebody who changes that too, the
anchors: seals that were noted elsewhere.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from flow_runtime.canonical import canonical_bytes
from flow_runtime.errors import Json

FIRST: Final = "0" * 64
"""What stands for the seal before the first record."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """The first place where a chain is not as it was written."""

    seq: int
    code: str
    message: str


def seal(record: Mapping[str, Json], *, key: bytes, before: str) -> str:
    """The seal of a record behind the seal `before`, as 64 hexadecimal digits."""
    return hmac.digest(key, bytes.fromhex(before) + canonical_bytes(dict(record)), "sha256").hex()


class ChainCheck:
    """Takes the records of one workspace in order, then the end that the database remembers.

    The first answer that is not None is the first flaw; nothing after it means anything.
    """

    def __init__(self, *, key: bytes, anchors: Mapping[int, str]) -> None:
        self._key = key
        self._anchors = anchors
        self._before = FIRST
        self.count = 0

    def take(self, record: Mapping[str, Json], mac: str) -> Flaw | None:
        """Check the next record, without its seal `mac`."""
        seq = self.count + 1
        if record["seq"] != seq:
            return Flaw(seq, "missing", f"record {seq} is missing: {record['seq']} comes next")
        if not hmac.compare_digest(seal(record, key=self._key, before=self._before), mac):
            return Flaw(seq, "broken", f"record {seq} was changed, moved or slipped in")
        if self._anchors.get(seq, mac) != mac:
            return Flaw(seq, "replaced", f"record {seq} is not the one that was noted outside the database")
        self.count, self._before = seq, mac
        return None

    def end(self, head: tuple[int, str] | None) -> Flaw | None:
        """Check that the chain ends where the database and the anchors say."""
        last = max([self.count, *self._anchors, head[0] if head else 0])
        if last > self.count:
            return Flaw(self.count + 1, "cut", f"the records from {self.count + 1} to {last} were cut off")
        if (head or (0, FIRST)) != (self.count, self._before):
            return Flaw(self.count, "head", "the end that the database remembers is not the end of the chain")
        return None
