"""The people desk example."""
