"""Runs contests in interleaved rounds, so that a busy moment of the machine falls on the product and the peer alike."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.conditions import load
from benchmarks.contests import Contest

LIMIT_S = 600
ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Measured:
    """What one system did in one case of one round."""

    contest: str
    case: str
    system: str
    round: int
    load: float
    figures: dict[str, float]


def measure(contests: Sequence[Contest], *, rounds: int, systems: Sequence[str], quick: bool) -> Iterator[Measured]:
    """Every contest of every round, the systems one after the other.

    Raises:
        RuntimeError: a script failed; the message is what it said.
    """
    for round_ in range(1, rounds + 1):
        for contest in contests:
            if contest.only_once and round_ > 1:
                continue
            for system, command in contest.commands.items():
                if system in systems:
                    yield from _run(contest, system, [*command, *(contest.quick if quick else ())], round_=round_)


def _run(contest: Contest, system: str, command: Sequence[str], *, round_: int) -> Iterator[Measured]:
    sys.stderr.write(f"round {round_}: {contest.id}, {system}\n")
    before = load()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr[-4000:]}")
    for line in done.stdout.splitlines():
        row = json.loads(line)
        yield Measured(contest.id, row.pop("case"), system, round_, before, row)
