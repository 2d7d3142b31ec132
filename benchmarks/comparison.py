"""From the rounds to one table: medians, ratios, targets, as Markdown."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median

from benchmarks.contests import Contest, Figure
from benchmarks.rounds import Measured
from benchmarks.systems import PRODUCT

HEAD = "| case | figure | Peer Server | {peer} | ratio | target |\n|---|---|---:|---:|---:|---|"
ABSENT = "–"


def tables(contests: Sequence[Contest], measured: Sequence[Measured]) -> str:
    """A section per contest. The ratio says how many times better the product is; below 1 it is worse."""
    sections = []
    for contest in contests:
        rows = [row for row in measured if row.contest == contest.id]
        if rows:
            lines = [_line(contest, figure, rows) for figure in contest.figures]
            sections.append(
                "\n".join([f"### {contest.id}. {contest.title}", "", HEAD.format(peer=contest.peer), *lines])
            )
    return "\n\n".join(sections)


def summary(conditions: Mapping[str, object], measured: Sequence[Measured]) -> str:
    """The conditions in sentences."""
    known = conditions
    rounds = max(row.round for row in measured)
    loads = sorted(row.load for row in measured)
    machine = f"{known['cores']} × {known['cpu']}, {known['memoryGb']} GB, {known['system']}"
    return "\n".join(
        [
            f"Taken {known['date']} at `{known['commit']}`; medians over {rounds} interleaved round(s).",
            f"Machine: {machine}; {known['syncsPerSecond']} small syncs to disk per second.",
            f"Load average before each measurement: {loads[0]} to {loads[-1]}.",
            _versions("Versions", known["product"]),
            _versions("Versions of the peers", known["peers"]),
        ]
    )


def missed(contests: Sequence[Contest], measured: Sequence[Measured]) -> Iterator[str]:
    """The targets that were not reached."""
    for contest in contests:
        rows = [row for row in measured if row.contest == contest.id]
        for figure in contest.figures:
            value = _median(figure, rows, system=PRODUCT)
            if value is not None and not figure.is_met(value):
                yield f"{contest.id}, {figure.case}: {_number(value)} {figure.title}, target {_number(figure.target)}"


def _line(contest: Contest, figure: Figure, rows: Sequence[Measured]) -> str:
    ours, theirs = (_median(figure, rows, system=system) for system in (PRODUCT, contest.peer))
    ratio = _ratio(figure, ours, theirs)
    met = "" if ours is None or figure.target is None else (" ✓" if figure.is_met(ours) else " ✗")
    cells = [figure.case, figure.title, _number(ours), _number(theirs), ratio, _target(figure) + met]
    return f"| {' | '.join(cells)} |"


def _median(figure: Figure, rows: Sequence[Measured], *, system: str) -> float | None:
    of_case = [row.figures for row in rows if row.system == system and row.case == figure.case]
    values = [figures[figure.key] for figures in of_case if figure.key in figures]
    return median(values) if values else None


def _ratio(figure: Figure, ours: float | None, theirs: float | None) -> str:
    if ours is None or theirs is None or ours <= 0 or theirs <= 0:
        return ABSENT
    better = ours / theirs if figure.more_is_better else theirs / ours
    return f"{better:.1f}×"


def _target(figure: Figure) -> str:
    if figure.target is None:
        return ""
    return f"{'≥' if figure.more_is_better else '≤'} {_number(figure.target)}"


def _number(value: float | None) -> str:
    if value is None:
        return ABSENT
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _versions(title: str, found: object) -> str:
    if not isinstance(found, Mapping) or not found:
        return f"{title}: none measured."
    return f"{title}: {', '.join(f'{name} {version}' for name, version in found.items())}."
