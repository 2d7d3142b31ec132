"""One whole server for the attacks of a module; it must still be well when they are over."""

from collections.abc import Iterator

import httpx2
import pytest

from tests.faults.conftest import shop, sqlite_server
from tests.faults.server_process import ServerProcess
from tests.peer_server.conftest import nobody, owner

__all__ = ["nobody", "owner", "shop", "sqlite_server"]


@pytest.fixture(scope="module")
def server(sqlite_server: ServerProcess) -> Iterator[ServerProcess]:
    """The server under attack. Afterwards it lives, and has answered nothing with a fault of its own."""
    yield sqlite_server
    assert sqlite_server.is_alive
    assert sqlite_server.starts == 1
    # The socket library writes a traceback for text that is no UTF-8; every other one is a fault of ours.
    log = sqlite_server.log
    assert log.count("Traceback") == log.count("Invalid UTF-8 sequence"), log[-8000:]


@pytest.fixture(scope="module")
def client(server: ServerProcess) -> Iterator[httpx2.Client]:
    """The owner over REST."""
    with server.client() as client:
        yield client
