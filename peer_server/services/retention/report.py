"""What a sweep found and removed, counted by kind. Pure data."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

from flow_runtime.store import Transaction

Kind = Literal[
    "conversations",
    "runs",
    "files",
    "deliveries",
    "webhooks",
    "credentials",
    "visitors",
    "keptAnswers",
    "uploads",
    "strayBytes",
    "lostFiles",
    "held",
]
"""What a sweep counts. `uploads` broke off, `strayBytes` have no record, `lostFiles` have no bytes and were marked.
What is `held` is due, but something that runs, waits or is still to be pushed needs it."""
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
Watch = Callable[[Kind, int], None]
"""Told how many more of a kind were counted."""
Note = Callable[[Transaction, Kind, int], None]
"""Told in the transaction with which so many of a kind go."""


@dataclass(slots=True)
class SweepReport:
    """The counts: of the whole installation, and of each workspace."""

    dry_run: bool = False
    counts: Counter[Kind] = field(default_factory=Counter)
    by_workspace: dict[str, Counter[Kind]] = field(default_factory=dict)
    watch: Watch | None = None

    def add(self, kind: Kind, count: int, *, workspace_id: str | None = None) -> None:
        """So many more of that kind."""
        if count == 0:
            return
        self.counts[kind] += count
        if workspace_id is not None:
            self.by_workspace.setdefault(workspace_id, Counter())[kind] += count
        if self.watch is not None:
            self.watch(kind, count)

    def as_json(self) -> dict[str, object]:
        """The report as programs get it."""
        shown = {workspace: _shown(counts) for workspace, counts in sorted(self.by_workspace.items())}
        return {"dryRun": self.dry_run, "counts": _shown(self.counts), "workspaces": shown}


def _shown(counts: Mapping[Kind, int]) -> dict[str, int]:
    return {kind: counts[kind] for kind in KINDS if counts.get(kind)}
