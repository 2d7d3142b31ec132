"""The examples use the same processes as the fault tests."""

from tests.faults.conftest import database_url, fresh_server, shop

__all__ = ["database_url", "fresh_server", "shop"]
