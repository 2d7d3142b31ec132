"""The field service example."""
