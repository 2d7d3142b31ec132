"""Adapters of the queue contract, both on PgQueuer: its in-memory one, and the one inside PostgreSQL."""
