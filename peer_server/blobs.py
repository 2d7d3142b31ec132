"""The blob contract: bytes under random keys. Names and paths from users never get here."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Protocol


class Blobs(Protocol):
    """Five verbs; keys are ids that we made."""

    async def put(self, key: str, pieces: AsyncIterator[bytes]) -> None:
        """Store what the pieces come to; durable on return. If they raise, nothing is stored under the key."""
        ...

    def read(self, key: str) -> AsyncIterator[bytes]:
        """The bytes in pieces. Raises `KeyError` if there are none."""
        ...

    async def delete(self, key: str) -> None:
        """Forget the bytes. Idempotent."""
        ...

    async def exists(self, key: str) -> bool:
        """Whether there are bytes under the key."""
        ...

    def keys(self, *, older_than: datetime) -> AsyncIterator[Sequence[str]]:
        """The keys under which something was stored before then, some at a time, in no order.

        What is in the same place and is no key of ours is passed over.
        """
        ...
