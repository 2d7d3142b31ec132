"""The widget catalogue and the ready-made widgets, as declarative data, and the checks that keep them so.

A widget is `{key, name, description, category, tags, stateSchema, view}`: a tree of catalogue components bound to a
state by JSON Pointer. It holds no code and no address of a remote resource. The renderer is in TypeScript; Python
only checks, so that nothing unchecked is stored or sent.
"""

from widgets.checks import check_widget, validate_state
from widgets.component import Component, load_catalogue
from widgets.problem import Problem
from widgets.ready_widget import ReadyWidget, ready_widgets

__all__ = [
    "Component",
    "Problem",
    "ReadyWidget",
    "check_widget",
    "load_catalogue",
    "ready_widgets",
    "validate_state",
]
