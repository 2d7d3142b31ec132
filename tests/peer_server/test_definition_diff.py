"""Two definitions are compared step by step, whatever the steps are nested in."""

from copy import deepcopy
from typing import Any

from peer_server.definition_diff import diff_definitions

LOOP: dict[str, Any] = {
    "name": "Each",
    "start": "loop",
    "steps": [
        {
            "id": "loop",
            "type": "loop",
            "config": {
                "mode": "each",
                "items": "orders",
                "start": "inner",
                "steps": [{"id": "inner", "type": "code", "config": {"source": "1", "inputs": {}}}],
            },
            "next": "done",
        },
        {"id": "done", "type": "final", "name": "End", "config": {"output": {"ok": True}}},
    ],
    "layout": {"loop": {"x": 0}},
}


def changed(**parts: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {**deepcopy(LOOP), **parts}


def test_equal_definitions_do_not_differ() -> None:
    assert diff_definitions(LOOP, deepcopy(LOOP)) == {"steps": [], "fields": [], "layoutChanged": False}


def test_steps_come_go_and_change_with_the_paths_of_their_fields() -> None:
    # Given a version where one step went, one came, and one inside the loop changed
    after = changed(description="new")
    after["steps"][0]["config"]["steps"][0]["config"] = {"source": "2", "inputs": {}, "notes": None}
    after["steps"][0]["next"] = "told"
    after["steps"][1] = {"id": "told", "type": "final", "config": {}}
    # When they are compared
    found = diff_definitions(LOOP, after)
    # Then each is told once, with what changed in it and where it stands
    assert found["steps"] == [
        {
            "id": "loop",
            "name": "loop",
            "type": "loop",
            "change": "changed",
            "path": "/steps/0",
            "moved": False,
            "fields": [{"path": "/next", "change": "changed", "before": "done", "after": "told"}],
        },
        {
            "id": "inner",
            "name": "inner",
            "type": "code",
            "change": "changed",
            "path": "/steps/0/config/steps/0",
            "moved": False,
            "fields": [
                {"path": "/config/source", "change": "changed", "before": "1", "after": "2"},
                {"path": "/config/notes", "change": "added", "after": None},
            ],
        },
        {
            "id": "told",
            "name": "told",
            "type": "final",
            "change": "added",
            "path": "/steps/1",
            "moved": False,
            "fields": [],
        },
        {
            "id": "done",
            "name": "End",
            "type": "final",
            "change": "removed",
            "path": "/steps/1",
            "moved": False,
            "fields": [],
        },
    ]
    assert found["fields"] == [{"path": "/description", "change": "added", "after": "new"}]


def test_a_step_that_left_its_loop_has_moved() -> None:
    after = changed()
    after["steps"].append(after["steps"][0]["config"]["steps"].pop())
    after["steps"][0]["config"]["steps"] = [{"id": "new", "type": "code", "config": {}}]
    found = {step["id"]: step for step in diff_definitions(LOOP, after)["steps"]}
    assert (found["inner"]["change"], found["inner"]["moved"], found["inner"]["fields"]) == ("changed", True, [])
    assert "loop" not in found


def test_a_place_on_the_canvas_is_no_change_of_a_step() -> None:
    found = diff_definitions(LOOP, changed(layout={"loop": {"x": 5}}))
    assert found == {"steps": [], "fields": [], "layoutChanged": True}


def test_lists_are_compared_by_place_and_true_is_not_one() -> None:
    before = changed(triggers=[{"type": "api"}, {"type": "form"}], settings={"x": 1})
    after = changed(triggers=[{"type": "share"}], settings={"x": True})
    assert diff_definitions(before, after)["fields"] == [
        {"path": "/triggers/0/type", "change": "changed", "before": "api", "after": "share"},
        {"path": "/triggers/1", "change": "removed", "before": {"type": "form"}},
        {"path": "/settings/x", "change": "changed", "before": 1, "after": True},
    ]
