"""The benchmarks run, in small: every contest gives every figure that it announces. No times are judged here."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.comparison import missed, tables
from benchmarks.contests import CONTESTS, LANGGRAPH, Contest
from benchmarks.rounds import Measured, measure
from benchmarks.systems import PRODUCT

ROOT = Path(__file__).parents[2]
DURABLE = CONTESTS[0]


@pytest.mark.parametrize("contest", CONTESTS, ids=lambda contest: contest.id)
def test_the_product_gives_every_figure(contest: Contest) -> None:
    # When a contest is run in small, without the peer
    rows = list(measure([contest], rounds=1, systems=[PRODUCT], quick=True))
    # Then every figure of its table is there
    found = {(row.case, key) for row in rows for key in row.figures}
    assert {(figure.case, figure.key) for figure in contest.figures} <= found


def test_the_command_lists_its_options() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "--product-only" in done.stdout


@pytest.mark.parametrize("script", sorted((ROOT / "benchmarks" / "peers").glob("*.py")), ids=lambda path: path.name)
def test_the_scripts_of_the_peers_can_be_read(script: Path) -> None:
    compile(script.read_text(), script.name, "exec")


def measured(system: str, *, round_: int, steps_per_second: float) -> Measured:
    figures = {"stepsPerSecond": steps_per_second}
    return Measured(DURABLE.id, "32 at once", system, round_, load=0.5, figures=figures)


def test_a_ratio_is_that_of_the_medians_and_says_how_much_better_the_product_is() -> None:
    # Given three rounds of both
    rows = [measured(PRODUCT, round_=n, steps_per_second=rate) for n, rate in enumerate([9000, 12000, 30000])]
    rows += [measured(LANGGRAPH, round_=n, steps_per_second=rate) for n, rate in enumerate([500, 600, 9000])]
    # When they are compared, then the middle ones count
    text = tables([DURABLE], rows)
    assert "| 32 at once | steps/s | 12,000 | 600 | 20.0× | ≥ 10,000 ✓ |" in text
    assert "| 1 at once | steps/s | – | – | – |  |" in text
    assert list(missed([DURABLE], rows)) == []


def test_a_target_that_was_missed_is_named() -> None:
    rows = [measured(PRODUCT, round_=1, steps_per_second=9000)]
    assert list(missed([DURABLE], rows)) == ["T1, 32 at once: 9,000 steps/s, target 10,000"]
    assert "10,000 ✗" in tables([DURABLE], rows)
