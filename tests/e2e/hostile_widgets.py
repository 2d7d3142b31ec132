"""The ready-made widgets with states in which every free text tries to run something, or to reach out of its frame."""

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from tests.docs.markdown import ROOT

READY: Final = sorted((ROOT / "widgets" / "ready").iterdir())
WIDE: Final = "W" * 400
"""Nothing breaks it but a renderer that means to."""
BOUND: Final = {"pattern", "enum", "const", "format", "maxLength"}


def poisoned_widgets(texts: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every ready-made widget with such a state."""
    supply = itertools.cycle([*texts, WIDE])
    for folder in READY:
        schema = json.loads((folder / "widget.json").read_text())["stateSchema"]
        yield folder.name, _poisoned(json.loads((folder / "example.json").read_text())["state"], schema, supply)


def widget_flow(widgets: Sequence[tuple[str, Mapping[str, Any]]]) -> dict[str, Any]:
    """A flow that shows them all."""
    steps: list[dict[str, Any]] = [
        {
            "id": f"show{number}",
            "type": "add-widget-to-message",
            "config": {"widgetId": key, "initialState": state},
            "next": f"show{number + 1}",
        }
        for number, (key, state) in enumerate(widgets)
    ]
    steps.append({"id": f"show{len(widgets)}", "type": "final", "config": {"output": "done"}})
    return {"name": "Show", "triggers": [{"type": "peer.action"}], "start": "show0", "steps": steps}


def _poisoned(value: Any, schema: Mapping[str, Any], supply: Iterator[str]) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, str) and schema.get("type") == "string" and not BOUND & schema.keys():
        return next(supply)
    if isinstance(value, list):
        return [_poisoned(one, schema.get("items", {}), supply) for one in value]
    if isinstance(value, dict):
        parts = schema.get("properties", {})
        return {name: _poisoned(one, parts.get(name, {}), supply) for name, one in value.items()}
    return value
