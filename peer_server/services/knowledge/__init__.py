"""Data sources: what people upload so that flows and Peers can look things up, indexed and searched."""
