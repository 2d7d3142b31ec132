"""Models and guardrails: connections to providers, names, files as models get them."""
