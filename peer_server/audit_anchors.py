"""Seals of audit records noted outside the database: whoever can write there cannot cut the log short unseen."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import orjson

_EVERY_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Anchor:
    """The seal that a record had when it was written."""

    workspace_id: str
    seq: int
    mac: str
    at: datetime


class Anchors:
    """A file of anchors, to which lines are only ever added; copies of it elsewhere are worth the most.

    The newest record of each workspace is noted at most once a second, while there are new ones.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._waiting: dict[str, Anchor] = {}
        self._timer: asyncio.TimerHandle | None = None

    def note(self, anchor: Anchor) -> None:
        """Remember the newest record of a workspace. Call this on the event loop, once the record is on disk."""
        self._waiting[anchor.workspace_id] = anchor
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_EVERY_S, self.flush)

    def flush(self) -> None:
        """Write what waits."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._waiting:
            lines = b"".join(_line(anchor) for anchor in self._waiting.values())
            self._waiting = {}
            with self._path.open("ab") as file:
                file.write(lines)

    def read(self) -> Mapping[str, Mapping[int, str]]:
        """All anchors by workspace: the seal of each noted record. A line that a crash cut short is no anchor."""
        found: dict[str, dict[int, str]] = defaultdict(dict)
        try:
            lines = self._path.read_bytes().split(b"\n")[:-1]
        except FileNotFoundError:
            return {}
        for line in lines:
            anchor = orjson.loads(line)
            # The first one counts: whoever rewrites the database may add lines here, but not take any away.
            found[anchor["workspaceId"]].setdefault(anchor["seq"], anchor["mac"])
        return found


def _line(anchor: Anchor) -> bytes:
    named = {"workspaceId": anchor.workspace_id, "seq": anchor.seq, "mac": anchor.mac, "at": anchor.at}
    return orjson.dumps(named, option=orjson.OPT_APPEND_NEWLINE)
