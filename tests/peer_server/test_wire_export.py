"""The generated protocol files are exactly what `peer_server.wire` says."""

from pathlib import Path

import pytest

from peer_server import wire, wire_export
from peer_server.cli.export import generated_files

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("path", generated_files())
def test_generated_files_have_not_drifted(path: str) -> None:
    """Cure: `peer-server export-types`."""
    assert generated_files()[path] == (ROOT / path).read_text()


@pytest.mark.parametrize("union", ["AnyCommand", "AnyEvent", "AnyServerFrame"])
def test_every_member_of_a_union_is_tagged_once_and_documented(union: str) -> None:
    """A tag names one shape."""
    models = wire_export.members(union)
    tags = [model.model_json_schema()["properties"]["type"]["const"] for model in models]
    assert len(tags) == len(set(tags))
    assert all(model.__doc__ for model in models)


def test_optional_fields_are_absent_and_never_null() -> None:
    """What the server leaves out is optional in TypeScript, what it always sends is not."""
    event = wire.MessageCompleted(message_id="m", status="completed", text="t")
    assert (wire.EVENTS.dump_python(event, by_alias=True, exclude_none=True)) == {
        "type": "message.completed",
        "messageId": "m",
        "status": "completed",
        "text": "t",
    }
    fields = [line for line in wire_export.typescript().splitlines() if line.startswith("  ") and ": " in line]
    assert not [line for line in fields if "| null" in line]
