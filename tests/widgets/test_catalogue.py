"""The catalogue and the ready-made widgets keep their own rules."""

import pytest

import widgets

BASIC = {
    "Text",
    "Image",
    "Icon",
    "Video",
    "AudioPlayer",
    "Row",
    "Column",
    "List",
    "Card",
    "Tabs",
    "Modal",
    "Divider",
    "Button",
    "TextField",
    "CheckBox",
    "ChoicePicker",
    "Slider",
    "DateTimeInput",
}
OWN = {"Chart", "Table", "Metric", "Progress", "Timeline", "Markdown", "Calendar"}
READY = {
    "order-tracker",
    "kpi-card",
    "data-table",
    "chart-line",
    "chart-bar",
    "chart-area",
    "chart-pie",
    "product-list",
    "timeline",
    "rating",
    "calendar",
}


def test_catalogue_is_the_basic_one_and_ours() -> None:
    assert set(widgets.load_catalogue()) == BASIC | OWN


@pytest.mark.parametrize("component", widgets.load_catalogue().values(), ids=lambda component: component.name)
def test_example_of_component_is_a_valid_view(component: widgets.Component) -> None:
    widget = {"key": "example", "name": component.name, "view": component.example["view"]}

    assert widgets.check_widget(widget) == []
    assert component.name in str(component.example["view"])


@pytest.mark.parametrize("component", widgets.load_catalogue().values(), ids=lambda component: component.name)
def test_component_refuses_an_unknown_property(component: widgets.Component) -> None:
    node = {"component": component.name, "onclick": "steal()"}

    problems = widgets.check_widget({"key": "example", "name": "x", "view": node})

    assert any("onclick" in problem.message for problem in problems)


def test_ready_widgets_are_complete() -> None:
    assert set(widgets.ready_widgets()) == READY


@pytest.mark.parametrize("ready", widgets.ready_widgets().values(), ids=lambda ready: ready.key)
def test_ready_widget_passes_its_own_checks(ready: widgets.ReadyWidget) -> None:
    assert widgets.check_widget(ready.definition) == []
    assert widgets.validate_state(ready.definition, ready.example["state"]) == []
    assert set(ready.definition) == {"key", "name", "description", "category", "tags", "stateSchema", "view"}


@pytest.mark.parametrize("ready", widgets.ready_widgets().values(), ids=lambda ready: ready.key)
def test_ready_widget_refuses_a_foreign_state(ready: widgets.ReadyWidget) -> None:
    assert [problem.code for problem in widgets.validate_state(ready.definition, [])] == ["invalid_state"]
