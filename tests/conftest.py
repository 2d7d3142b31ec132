"""Fixtures that every test may ask for. Servers start when the first test asks, and once per test process."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from tests.services import child
from tests.services.postgres import PostgresServer
from tests.services.programs import find_chromium, find_postgres, find_redis
from tests.services.redis import RedisServer


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """The product runs on asyncio, so the tests do."""
    return "asyncio"


@pytest.fixture
def free_port() -> int:
    """A TCP port on 127.0.0.1 that nobody listens on."""
    return child.free_port()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL server; most tests want `postgres_url`, a database of their own in it."""
    programs = find_postgres()
    if programs is None:
        _missing("PostgreSQL")
    with PostgresServer(programs) as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The address of an empty PostgreSQL database that only this test uses."""
    name = postgres_server.create_database()
    yield postgres_server.url(name)
    postgres_server.drop_database(name)


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """A Redis server; most tests want `redis_url`."""
    program = find_redis()
    if program is None:
        _missing("Redis")
    with RedisServer(program) as server:
        yield server


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """The address of a Redis that is empty when the test starts."""
    redis_server.flush()
    return redis_server.url


@pytest.fixture(scope="session")
def chromium_path() -> Path:
    """Where Chromium is, for Playwright's `executable_path`."""
    program = find_chromium()
    if program is None:
        _missing("Chromium")
    return program


def _missing(program: str) -> NoReturn:
    """Skip on a developer's machine, fail in CI: a green build has tested everything."""
    message = f"{program} is missing: `make test` installs it"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last: their driver keeps an event loop running, beside which no other test could have one."""
    items.sort(key=lambda item: "e2e" in item.path.parts)
