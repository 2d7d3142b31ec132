"""Widgets from outside: every mistake has its place, its code and its remedy, and nothing hostile gets through."""

import pytest

import widgets
from widgets import checks
from widgets.problem import Json


def widget(view: Json, **more: Json) -> dict[str, Json]:
    return {"key": "mine", "name": "Mine", "view": view, **more}


def text(value: Json) -> dict[str, Json]:
    return {"component": "Text", "text": value}


def link(url: str) -> Json:
    action = {"functionCall": {"call": "openUrl", "args": {"url": url}}}
    return {"component": "Button", "child": text("Open"), "action": action}


def nested(levels: int) -> dict[str, Json]:
    view = text("deep")
    for _ in range(levels - 1):
        view = {"component": "Card", "child": view}
    return view


NAME_TEXT = text({"path": "name"})

STATE_SCHEMA = {
    "type": "object",
    "properties": {
        "order": {"type": "object", "properties": {"id": {"type": "string"}}, "additionalProperties": False},
        "rows": {
            "type": "array",
            "items": {"type": "object", "properties": {"a/b": {}}, "additionalProperties": False},
        },
        "free": {"type": "object"},
    },
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("view", "path", "code"),
    [
        ({"component": "Script", "src": "x"}, "/view", "unknown_component"),
        ({"component": ["Text"]}, "/view/component", "invalid_widget"),
        (text(7), "/view/text", "invalid_widget"),
        (
            {"component": "Card", "child": {"component": "Image", "url": "https://evil.example/a.png"}},
            "/view/child/url",
            "invalid_widget",
        ),
        ({"component": "Column", "children": [text("a"), {"component": "Text"}]}, "/view/children/1", "invalid_widget"),
        (
            {"component": "Tabs", "tabs": [{"title": "a", "child": {"component": "Frame"}}]},
            "/view/tabs/0/child",
            "unknown_component",
        ),
        ({"component": "Markdown", "text": "a", "html": True}, "/view", "invalid_widget"),
        (nested(17), "/view" + "/child" * 16, "too_deep"),
        (
            {"component": "Column", "children": [{"component": "Row", "children": [text("a")] * 99}] * 3},
            "/view",
            "too_many_components",
        ),
    ],
)
def test_mistake_in_a_view_is_named_where_it_is(view: Json, path: str, code: str) -> None:
    problems = widgets.check_widget(widget(view))

    assert (path, code) in {(problem.path, problem.code) for problem in problems}
    assert all(problem.remedy for problem in problems)


@pytest.mark.parametrize("levels", [1, 16])
def test_view_may_be_as_deep_as_the_limit(levels: int) -> None:
    assert widgets.check_widget(widget(nested(levels))) == []


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "//evil.example",
        "https://",
        "file:///etc/passwd",
        "http://[",
        "",
    ],
)
def test_link_to_anything_but_the_web_is_refused(url: str) -> None:
    assert [problem.code for problem in widgets.check_widget(widget(link(url)))] == ["unsafe_url"]


@pytest.mark.parametrize("url", ["https://example.com/a?b=c", "http://example.com"])
def test_link_to_the_web_is_fine(url: str) -> None:
    assert widgets.check_widget(widget(link(url))) == []


@pytest.mark.parametrize(
    ("view", "path"),
    [
        (text({"path": "/ordr/id"}), "/view/text"),
        (text({"path": "/order/id/x/y"}), None),
        (text({"path": "/order/total"}), "/view/text"),
        (text({"path": "/free/anything"}), None),
        (text({"call": "formatString", "args": {"value": "Order ${/order/nr}"}}), "/view/text"),
        ({"component": "List", "children": {"path": "/rows", "template": text({"path": "a~1b"})}}, None),
        ({"component": "List", "children": {"path": "/rows", "template": NAME_TEXT}}, "/view/children/template/text"),
        ({"component": "List", "children": {"path": "/lines", "template": NAME_TEXT}}, "/view/children"),
        ({"component": "Table", "rows": {"path": "/rows"}, "columns": [{"key": "a/b", "label": "A"}],
          "rowActions": [{"label": "Go", "action": {"event": {"name": "go", "context": {"id": {"path": "id"}}}}}]},
         "/view/rowActions/0/action/event/context/id"),
        (text({"path": "/rows/0/a~1b"}), None),
    ],
)  # fmt: skip
def test_path_that_the_state_cannot_have_is_found(view: Json, path: str | None) -> None:
    problems = widgets.check_widget(widget(view, stateSchema=STATE_SCHEMA))

    assert {problem.code for problem in problems} <= {"unknown_state"}
    assert path in [problem.path for problem in problems] or (path is None and problems == [])


@pytest.mark.parametrize(
    ("definition", "code"),
    [
        (None, "invalid_widget"),
        ([], "invalid_widget"),
        ({}, "invalid_widget"),
        (widget(text("a"), key="Not A Key"), "invalid_widget"),
        (widget(text("a"), script="x"), "invalid_widget"),
        (widget(text("a"), stateSchema={"type": "nonsense"}), "invalid_state_schema"),
        (widget(text({"path": "/a"}), stateSchema={"properties": ["a"]}), "invalid_state_schema"),
        (widget(text("a"), stateSchema={"$ref": "https://evil.example/schema.json"}), "invalid_state_schema"),
        (widget(text("a" * 70_000)), "too_large"),
        (widget(text(float("nan"))), "invalid_widget"),
        (widget(text({1, 2})), "invalid_widget"),
    ],
)
def test_broken_definition_is_refused(definition: Json, code: str) -> None:
    assert code in {problem.code for problem in widgets.check_widget(definition)}


@pytest.mark.parametrize("levels", [150, 100_000])
def test_depth_costs_no_stack(levels: int) -> None:
    deep: Json = []
    for _ in range(levels):
        deep = [deep]

    assert [problem.code for problem in widgets.check_widget(widget(text(deep)))] == ["too_deep"]
    assert [problem.code for problem in widgets.validate_state(widget(text("a")), deep)] == ["too_deep"]


def test_number_of_problems_is_bounded() -> None:
    rows = [{"component": "Row", "children": [{"component": "Nope"}] * 90}]

    assert len(widgets.check_widget(widget({"component": "Column", "children": rows}))) == checks.MAX_PROBLEMS


def test_state_is_held_to_its_schema() -> None:
    mine = widget(text("a"), stateSchema=STATE_SCHEMA)

    assert widgets.validate_state(mine, {"order": {"id": "A-1"}}) == []
    assert [(p.path, p.code) for p in widgets.validate_state(mine, {"order": {"id": 1}})] == [
        ("/order/id", "invalid_state")
    ]
    assert [p.code for p in widgets.validate_state(mine, {"free": {"a": "x" * 300_000}})] == ["too_large"]


def test_widget_without_a_schema_takes_any_state() -> None:
    assert widgets.validate_state(widget(text("a")), {"anything": [1, None]}) == []
