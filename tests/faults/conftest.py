"""Whole servers on both databases, and a shop that counts."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.server_process import ServerProcess
from tests.faults.shop_process import ShopProcess

DATABASES = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ShopProcess]:
    """One shop for all tests: what was charged is told apart by the runs that charged."""
    with ShopProcess(tmp_path_factory.mktemp("shop")) as running:
        yield running


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of an empty database of each kind; "" is a SQLite file of the server's own."""
    return "" if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def fresh_server(tmp_path: Path, database_url: str) -> Iterator[ServerProcess]:
    """A server on an empty database of each kind, running."""
    with ServerProcess(tmp_path / "server", database_url=database_url) as server:
        server.start()
        yield server


@pytest.fixture(scope="module")
def sqlite_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A running server on SQLite that the tests of one module share."""
    with ServerProcess(tmp_path_factory.mktemp("server")) as server:
        server.start()
        yield server
