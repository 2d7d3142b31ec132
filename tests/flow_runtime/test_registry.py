"""Step types are found by entry points and described for editors."""

import pytest

from flow_runtime.registry import StepRegistry
from tests.fakes.steps import Say, Work, fake_registry


def test_two_types_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="'say'"):
        StepRegistry([Say(), Say()])


def test_types_are_found_by_name() -> None:
    work = Work()
    registry = StepRegistry([Say(), work])
    assert registry.get("work") is work
    assert registry.get("zzz") is None
    assert len(registry) == len(list(registry)) == 2


def test_every_type_describes_itself_for_an_editor() -> None:
    described = {each["type"]: each for each in fake_registry().describe()}
    condition = described["condition"]
    assert condition["ports"] == ["large", "else"]
    assert condition["configSchema"]["properties"]["cases"]["minItems"] == 1
    assert described["loop"]["scopes"] == ["body"]
    assert list(described) == sorted(described)


def test_installed_types_come_from_entry_points(monkeypatch: pytest.MonkeyPatch) -> None:
    class Entry:
        def load(self) -> type[Say]:
            return Say

    monkeypatch.setattr("flow_runtime.registry.entry_points", lambda group: [Entry()] if "steps" in group else [])
    assert [each.type_name for each in StepRegistry.installed()] == ["say"]
