"""A running server for the tests of the doors, and what they put into it."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx2
import pytest

from tests.fakes.live_server import LiveServer


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """One server per module of tests."""
    with LiveServer(tmp_path_factory.mktemp("data")) as running:
        yield running


@pytest.fixture
async def owner(server: LiveServer) -> AsyncIterator[httpx2.AsyncClient]:
    """The owner, by bearer token."""
    async with server.client() as client:
        yield client


@pytest.fixture
async def nobody(server: LiveServer) -> AsyncIterator[httpx2.AsyncClient]:
    """Somebody who is not signed in."""
    async with server.anonymous() as client:
        yield client


@pytest.fixture
def data_dir(server: LiveServer) -> Path:
    """Where the server keeps its data."""
    return server.settings.data_dir
