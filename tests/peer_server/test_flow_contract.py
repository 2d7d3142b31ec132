"""Which changes of inputs and outputs others would notice."""

from typing import Any

import pytest

from peer_server.flow_contract import breaking_changes


def flow(*, required: tuple[str, ...] = (), output: Any = None, **properties: Any) -> dict[str, Any]:  # noqa: ANN401
    schemas = {name: {"type": kind} if isinstance(kind, str | list) else kind for name, kind in properties.items()}
    inner = {"id": "inner", "type": "final", "config": {"output": {"early": True}}}
    loop = {"id": "loop", "type": "loop", "config": {"items": "[]", "start": "inner", "steps": [inner]}}
    steps = [loop, {"id": "end", "type": "final", "config": {} if output is None else {"output": output}}]
    inputs = {"type": "object", "properties": schemas, "required": list(required)}
    return {"name": "x", "inputs": inputs, "start": "loop", "steps": steps}


@pytest.mark.parametrize(
    ("before", "after", "kinds"),
    [
        (flow(a="string"), flow(a="string"), []),
        (flow(a="string"), flow(a="string", b="string"), []),
        (flow(a="string"), flow(), ["input_removed"]),
        (flow(a="string"), flow(b="string"), ["input_removed"]),
        (flow(a="string"), flow(a="string", required=("a",)), ["input_required"]),
        (flow(a="string"), flow(a="string", b="string", required=("b",)), ["input_required"]),
        (flow(a="string", required=("a",)), flow(a="string"), []),
        (flow(a="string"), flow(a="number"), ["input_retyped"]),
        (flow(a="string"), flow(a=["string", "null"]), []),
        (flow(a=["string", "null"]), flow(a="string"), ["input_retyped"]),
        (flow(a="integer"), flow(a="number"), []),
        (flow(a="string"), flow(a={}), []),
        (flow(a={}), flow(a="string"), ["input_retyped"]),
        (flow(output={"x": 1}), flow(output={"x": 2.5, "y": 1}), []),
        (flow(output={"x": 1}), flow(output={"y": 1}), ["output_dropped"]),
        (flow(output={"x": 1}), flow(output={"x": "one"}), ["output_retyped"]),
        (flow(output={"x": 1}), flow(output={"x": "{{ steps.a.output }}"}), []),
        (flow(output={"x": 1}), flow(output={"x": "it is {{ steps.a.output }}"}), ["output_retyped"]),
        (flow(output={"x": 1}), flow(output={"x": True}), ["output_retyped"]),
        (flow(a="number", output={"x": 1}), flow(a="number", output={"x": "{{ a }}"}), []),
        (flow(a="string", output={"x": 1}), flow(a="string", output={"x": "{{ inputs.a }}"}), ["output_retyped"]),
        (flow(output="text"), flow(output={"x": 1}), ["output_dropped"]),
        (flow(output="text"), flow(output=5), ["output_retyped"]),
    ],
)
def test_breaking_changes_are_told(before: dict[str, Any], after: dict[str, Any], kinds: list[str]) -> None:
    assert [change.kind for change in breaking_changes(before, after)] == kinds


def test_a_change_says_what_it_is_and_where() -> None:
    (change,) = breaking_changes(flow(a="string"), flow(a="number"))
    assert change.as_json() == {
        "kind": "input_retyped",
        "path": "/inputs/properties/a",
        "message": "the input 'a' was string and is number",
    }
