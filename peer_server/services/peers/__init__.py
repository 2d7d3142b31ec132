"""Peers: made, shown to those who chat, opened to visitors."""
