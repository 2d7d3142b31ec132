"""Durable flows: definitions as data, a journal, and a runtime that survives anything."""
