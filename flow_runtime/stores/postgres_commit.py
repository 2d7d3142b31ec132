"""A write that commits exactly once, whatever happens to its connection.

A connection that is lost during the commit leaves open whether it happened. Every writing transaction therefore leaves
a mark of its own; whoever tries again sets the same mark first, waits if need be until the lost transaction has ended,
and learns from the conflict that it was committed. Asking for the state of a transaction id would not do: after a crash
the server may give the same id to another transaction.
"""

from collections.abc import Callable
from typing import Generic, TypeVar
from uuid import uuid4

from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from flow_runtime import failpoints
from flow_runtime.store import Transaction

T = TypeVar("T")
Callbacks = list[Callable[[], None]]

_MARK = text("INSERT INTO flow_runtime_commits (id, at) VALUES (:id, now()) ON CONFLICT DO NOTHING")
_MARK_IF_CHANGED = text(
    "INSERT INTO flow_runtime_commits (id, at) SELECT :id, now() WHERE pg_current_xact_id_if_assigned() IS NOT NULL"
)
_FORGET = text("DELETE FROM flow_runtime_commits WHERE at < now() - interval '1 hour'")


class OneCommit(Generic[T]):
    """One change, attempted as often as it takes."""

    def __init__(self, engine: AsyncEngine, change: Callable[[Transaction], T]) -> None:
        self._engine = engine
        self._change = change
        self._mark = {"id": uuid4()}
        self._unsure: tuple[T, Callbacks] | None = None
        """What the last attempt would have answered, if it got as far as its commit."""

    async def attempt(self) -> tuple[T, Callbacks]:
        """Make the change and commit; answers its value and what must happen now. Raises what went wrong."""
        async with self._engine.connect() as conn:
            if self._unsure is not None and (await conn.execute(_MARK, self._mark)).rowcount == 0:
                return self._unsure
            answer = await conn.run_sync(self._run)
            if self._unsure is None:
                await conn.execute(_MARK_IF_CHANGED, self._mark)
            failpoints.hit("store.before_commit")
            self._unsure = answer
            await conn.commit()
            failpoints.hit("store.after_commit")
            return answer

    def _run(self, conn: Connection) -> tuple[T, Callbacks]:
        tx = Transaction(conn)
        answer = self._change(tx)
        tx.run_endings()
        return answer, tx.callbacks


async def forget_marks(engine: AsyncEngine) -> None:
    """Remove the marks of writes that nobody tries again any more."""
    async with engine.begin() as conn:
        await conn.execute(_FORGET)
