"""Reads the hostile corpora: JSON files whose large values are written as recipes."""

import json
from pathlib import Path
from typing import Any

from flow_runtime.errors import Json

FOLDER = Path(__file__).parent / "corpora"


def cases(name: str) -> list[dict[str, Any]]:
    """The cases of one corpus, with the recipes (``{"$text": [unit, length]}`` and so on) carried out."""
    corpus = json.loads((FOLDER / f"{name}.json").read_text())
    return [unfold(case) for case in corpus["cases"]]


def unfold(value: Json) -> Json:
    match value:
        case {"$text": [str(unit), int(length)]}:
            return (unit * (length // len(unit) + 1))[:length]
        case {"$range": int(length)}:
            return list(range(length))
        case {"$nest": [str(unit), int(count)]}:
            return unit * count
        case {"$parts": list(parts)}:
            return "".join(unfold(part) for part in parts)
        case {"$deep": int(depth)}:
            deep: Json = []
            for _ in range(depth):
                deep = [deep]
            return deep
        case dict():
            return {key: unfold(item) for key, item in value.items()}
        case list():
            return [unfold(item) for item in value]
    return value
