"""Finds a widget for the step that adds it to a message."""

from collections.abc import Mapping

from flow_runtime.errors import Json
from widgets import ready_widgets


async def find_widget(workspace_id: str, widget_id: str) -> Mapping[str, Json] | None:  # noqa: ARG001 - widgets of one's own belong to a workspace
    """The definition of a widget, or None."""
    ready = ready_widgets().get(widget_id)
    found: Mapping[str, Json] | None = None if ready is None else ready.definition
    return found
