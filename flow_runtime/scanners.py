"""The scanner types that guardrails may use, found by entry points, and the guardrails of a definition made ready."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from importlib.metadata import entry_points
from typing import Any, Final, TypeAlias

from pydantic import ValidationError

from flow_runtime.errors import Json, found_by_pydantic
from flow_runtime.flow import Guardrails, ScannerUse
from flow_runtime.guardrail import SIDES, GuardPlan, Scanner, ScannerPlan, Side
from flow_runtime.step import Fault

ENTRY_POINT_GROUP: Final = "peer_server.guardrails"
"""Distributions register their `Scanner` classes in this group; the name of an entry is free."""

AnyScanner: TypeAlias = Scanner[Any]


class ScannerRegistry:
    """Scanner types by the string that definitions use for them. Immutable once built."""

    def __init__(self, scanners: Iterable[AnyScanner] = ()) -> None:
        """Raises ValueError if two types share a name."""
        self._scanners: dict[str, AnyScanner] = {}
        for scanner in scanners:
            known = self._scanners.setdefault(scanner.type_name, scanner)
            if known is not scanner:
                names = f"{type(known).__qualname__} and {type(scanner).__qualname__}"
                raise ValueError(f"two scanners are called {scanner.type_name!r}: {names}; rename one of them")

    @classmethod
    def installed(cls) -> "ScannerRegistry":
        """Every scanner that an installed distribution registers. Raises what importing one of them raises."""
        return cls(entry.load()() for entry in entry_points(group=ENTRY_POINT_GROUP))

    def get(self, type_name: str) -> AnyScanner | None:
        """The scanner of that name, or None."""
        return self._scanners.get(type_name)

    def __iter__(self) -> Iterator[AnyScanner]:
        return iter(self._scanners[name] for name in sorted(self._scanners))

    def describe(self) -> list[dict[str, Json]]:
        """Everything an editor needs to offer them, sorted by type: what `/v1/guardrail/type` serves."""
        return [_describe(scanner) for scanner in self]


def _describe(scanner: AnyScanner) -> dict[str, Json]:
    return {
        "type": scanner.type_name,
        "title": scanner.title,
        "summary": scanner.summary,
        "canRedact": scanner.can_redact,
        "defaultThreshold": scanner.default_threshold,
        "missing": scanner.missing() or None,
        "configSchema": scanner.config_model.model_json_schema(by_alias=True),
        "example": dict(scanner.example),
        "docs": (type(scanner).__doc__ or "").strip(),
    }


def plan_guardrails(
    guardrails: Guardrails, registry: ScannerRegistry, *, steps: Collection[str] = (), path: str = "/guardrails"
) -> tuple[GuardPlan, list[Fault]]:
    """The guardrails ready to run, and what is wrong with them. `steps` are the ids that they may name."""
    faults: list[Fault] = []
    sides: dict[Side, tuple[ScannerPlan, ...]] = {}
    for side in SIDES:
        found = []
        for index, use in enumerate(getattr(guardrails, side)):
            plan = _plan(use, registry, path=f"{path}/{side}/{index}", steps=steps, faults=faults)
            found += [plan] if plan is not None else []
        sides[side] = tuple(found)
    return GuardPlan(sides["input"], sides["output"]), faults


def _plan(
    use: ScannerUse, registry: ScannerRegistry, *, path: str, steps: Collection[str], faults: list[Fault]
) -> ScannerPlan | None:
    scanner = registry.get(use.type)
    if scanner is None:
        known = ", ".join(one.type_name for one in registry)
        message = f"no scanner {use.type!r} is installed"
        faults.append(Fault("unknown_scanner", message, f"{path}/type", f"choose one of: {known}"))
        return None
    if scanner.missing():
        message = f"the scanner {use.type!r} cannot work here yet"
        faults.append(Fault("scanner_not_installed", message, f"{path}/type", scanner.missing()))
    if use.action == "redact" and not scanner.can_redact:
        message = f"the scanner {use.type!r} judges a text as a whole, so there is nothing to redact"
        faults.append(Fault("cannot_redact", message, f"{path}/action", "choose block, warn or flag"))
    for at, step_id in enumerate(use.steps):
        if step_id not in steps:
            message = f"there is no step {step_id!r} here to guard"
            faults.append(Fault("unknown_step", message, f"{path}/steps/{at}", "name a step of this flow"))
    try:
        config = scanner.config_model.model_validate(use.config)
    except ValidationError as error:
        faults += [_broken(use.config, finding, path) for finding in error.errors()]
        return None
    for fault in scanner.check(config):
        faults.append(Fault(fault.code, fault.message, f"{path}/config{fault.path}", fault.remedy, fault.level))
    return ScannerPlan(use, scanner, config)


def _broken(config: Mapping[str, Json], finding: Any, path: str) -> Fault:  # noqa: ANN401 - pydantic's own findings
    place, message = found_by_pydantic(config, finding)
    pointer = "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in place)
    return Fault("config", message, f"{path}/config{pointer}", "correct the value")
