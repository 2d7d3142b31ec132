"""The support desk example."""
