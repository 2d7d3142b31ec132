"""Measure the product beside its peers, in one run and in interleaved rounds.

    python -m benchmarks [--only T1,T3] [--rounds 3] [--quick] [--product-only] [--document]

Writes JSON lines (the conditions, then one line per case, system and round) to .bench/results/ and prints the table.
"""

import argparse
import json
import re
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.comparison import missed, summary, tables
from benchmarks.conditions import conditions
from benchmarks.contests import CONTESTS
from benchmarks.peer_environment import BENCH, ensure_peers
from benchmarks.rounds import Measured, measure
from benchmarks.systems import PRODUCT

DOCUMENT = Path(__file__).parents[1] / "docs" / "performance.md"
FIGURES = re.compile(r"(?<=<!-- figures -->\n).*(?=<!-- /figures -->)", re.DOTALL)


def options_of(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    known = [contest.id for contest in CONTESTS]
    parser.add_argument("--only", default="", help=f"some of {', '.join(known)}; T2 includes 'T2 waiting'")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="prove that everything runs; the figures mean nothing")
    parser.add_argument("--product-only", action="store_true", help="without the peers")
    parser.add_argument("--document", action="store_true", help="put the table into docs/performance.md")
    return parser.parse_args(arguments)


def main() -> None:
    """Measure, write, print."""
    options = options_of()
    chosen = [c for c in CONTESTS if not options.only or c.id.split()[0] in options.only.split(",")]
    if not options.product_only:
        ensure_peers()
    systems = [PRODUCT] if options.product_only else [system for c in chosen for system in c.commands]
    under = conditions(with_peers=not options.product_only)
    measured: list[Measured] = []
    results = BENCH / "results"
    results.mkdir(parents=True, exist_ok=True)
    path = results / f"{datetime.now(UTC):%Y-%m-%dT%H%M%S}.jsonl"
    with path.open("w") as file:
        file.write(json.dumps({"conditions": under}) + "\n")
        for row in measure(chosen, rounds=1 if options.quick else options.rounds, systems=systems, quick=options.quick):
            measured.append(row)
            line = json.dumps(asdict(row))
            file.write(line + "\n")
            print(line, flush=True)
    text = f"{summary(under, measured)}\n\n{tables(chosen, measured)}"
    print(f"\n{text}\n")
    for target in missed(chosen, measured):
        print(f"short of its target: {target}")
    sys.stderr.write(f"\nwritten to {path}\n")
    if options.document:
        DOCUMENT.write_text(FIGURES.sub(lambda _match: f"{text}\n", DOCUMENT.read_text()))


if __name__ == "__main__":
    main()
