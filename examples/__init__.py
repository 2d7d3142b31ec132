"""Runnable examples: one idea each, and the demo."""
