"""Conversations with Peers, and the platform around flows."""
