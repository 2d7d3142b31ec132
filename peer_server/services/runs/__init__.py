"""Runs, and what they wait for."""
