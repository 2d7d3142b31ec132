"""The widgets that come with the product: the same kind of object as those that people make."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from widgets.problem import Json

_FOLDER = Path(__file__).parent / "ready"


@dataclass(frozen=True, slots=True)
class ReadyWidget:
    """A widget with a state that shows it: `example` is `{state, actions}`. Do not change them."""

    key: str
    definition: Json
    example: Json


@cache
def ready_widgets() -> Mapping[str, ReadyWidget]:
    """Every ready-made widget by its key; read once per process."""
    folders = sorted(path.parent for path in _FOLDER.glob("*/widget.json"))
    return MappingProxyType({folder.name: _load(folder) for folder in folders})


def _load(folder: Path) -> ReadyWidget:
    definition = json.loads((folder / "widget.json").read_text(encoding="utf-8"))
    example = json.loads((folder / "example.json").read_text(encoding="utf-8"))
    return ReadyWidget(key=definition["key"], definition=definition, example=example)
