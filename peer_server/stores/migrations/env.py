"""Runs the history on the connection, and with the version table, that `stores.migrate` hands over."""

from alembic import context

context.configure(**context.config.attributes["configure"])
context.run_migrations()
