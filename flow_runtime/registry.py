"""The step types that flows may use: found by entry points, built-ins and third parties alike."""

from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import entry_points
from typing import Any, Final, TypeAlias

from flow_runtime.errors import Json
from flow_runtime.scanners import ScannerRegistry
from flow_runtime.step import StepType

ENTRY_POINT_GROUP: Final = "peer_server.steps"
"""Distributions register their `StepType` classes in this group; the name of an entry is free."""

AnyStepType: TypeAlias = StepType[Any]


class StepRegistry:
    """Step types by the string that definitions use for them, and the scanners. Immutable once built."""

    def __init__(self, types: Iterable[AnyStepType], *, scanners: ScannerRegistry | None = None) -> None:
        """Raises ValueError if two types share a name."""
        self.scanners = scanners or ScannerRegistry()
        self._types: dict[str, AnyStepType] = {}
        for step_type in types:
            known = self._types.setdefault(step_type.type_name, step_type)
            if known is not step_type:
                names = f"{type(known).__qualname__} and {type(step_type).__qualname__}"
                raise ValueError(f"two step types are called {step_type.type_name!r}: {names}; rename one of them")

    @classmethod
    def installed(cls) -> "StepRegistry":
        """All that installed distributions register. Raises what importing one of them raises."""
        types = (entry.load()() for entry in entry_points(group=ENTRY_POINT_GROUP))
        return cls(types, scanners=ScannerRegistry.installed())

    def get(self, type_name: str) -> AnyStepType | None:
        """The step type of that name, or None."""
        return self._types.get(type_name)

    def __iter__(self) -> Iterator[AnyStepType]:
        return iter(self._types.values())

    def __len__(self) -> int:
        return len(self._types)

    def describe(self) -> list[dict[str, Json]]:
        """Everything an editor needs to draw palette and inspector, sorted by type: what `/v1/step-type` serves."""
        return [describe_step_type(self._types[name]) for name in sorted(self._types)]


def describe_step_type(step_type: AnyStepType) -> dict[str, Json]:
    """One step type for an editor. `ports` and `scopes` are those of its example; both may depend on the config."""
    example: Mapping[str, Json] = step_type.example
    config = step_type.config_model.model_validate(example)
    return {
        "type": step_type.type_name,
        "title": step_type.title,
        "summary": step_type.summary,
        "category": step_type.category,
        "effect": step_type.effect.value,
        "chatOnly": step_type.chat_only,
        "ports": list(step_type.ports(config)),
        "scopes": sorted(step_type.scopes(config)),
        "configSchema": step_type.config_model.model_json_schema(by_alias=True),
        "example": dict(example),
        "docs": (type(step_type).__doc__ or "").strip(),
    }
