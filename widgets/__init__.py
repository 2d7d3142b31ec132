"""The widget catalogue and the ready-made widgets, as declarative data."""
