"""Which PostgreSQL errors mean "try again": a lost connection, a restart, a deadlock; and how patiently to do so."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from flow_runtime.errors import StoreUnavailable

T = TypeVar("T")

PATIENCE_S = 15.0
"""How long a write is retried: long enough for a restart of the server, short enough for the person who waits."""

_RETRYABLE_STATES = {
    "40001",  # serialization failure
    "40P01",  # deadlock: this transaction was the victim
    "53300",  # too many connections
    "55P03",  # lock not available
    "57P01",  # the administrator ends the connection
    "57P02",  # crash of a neighbour process
    "57P03",  # starting up or shutting down
}
_CONNECTION_CLASS = "08"


def is_transient(error: BaseException) -> bool:
    """Whether the same work may succeed a little later."""
    for cause in _causes(error):
        state = getattr(cause, "sqlstate", None)
        if isinstance(state, str):
            return state in _RETRYABLE_STATES or state.startswith(_CONNECTION_CLASS)
        # The driver stumbles over a connection that died between two of its own steps: `InternalClientError`.
        # All connections of the pool being taken for long comes from SQLAlchemy.
        if isinstance(cause, OSError | asyncpg.InternalClientError | NoConnectionFree):
            return True
        # "connection is closed" comes from the driver itself and carries no SQLSTATE.
        if isinstance(cause, asyncpg.InterfaceError) and "clos" in str(cause):
            return True
        if isinstance(cause, DBAPIError) and cause.connection_invalidated:
            return True
    return False


async def patiently(work: Callable[[], Awaitable[T]]) -> T:
    """Do this work, again after each transient error. Raises `StoreUnavailable` when patience ends."""
    give_up_at = time.monotonic() + PATIENCE_S
    for pause_s in _pauses():
        try:
            return await work()
        except Exception as error:
            if not is_transient(error):
                raise
            if time.monotonic() + pause_s > give_up_at:
                raise unavailable(error) from error
        await asyncio.sleep(pause_s)
    raise AssertionError("unreachable: the pauses never end")


def unavailable(error: BaseException) -> StoreUnavailable:
    """The error for callers when PostgreSQL cannot be reached."""
    return StoreUnavailable(
        "store_unavailable",
        f"PostgreSQL is unavailable: {error}",
        remedy="Nothing was written. Check the database server and PEER_SERVER_DATABASE_URL, then try again.",
    )


def _pauses() -> Iterator[float]:
    """Short at first (a deadlock is over at once), then calm (a restart takes seconds)."""
    pause_s = 0.01
    while True:
        yield pause_s
        pause_s = min(pause_s * 2, 0.5)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The driver's error inside SQLAlchemy's wrappers first, then the wrappers."""
    if isinstance(error, DBAPIError) and error.orig is not None:
        yield from _causes(error.orig)
    elif error.__cause__ is not None:
        yield error.__cause__
    yield error
