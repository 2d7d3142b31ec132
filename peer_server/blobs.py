"""The blob contract: bytes under random keys. Names and paths from users never get here."""

from collections.abc import AsyncIterator
from typing import Protocol


class Blobs(Protocol):
    """Three verbs; keys are ids that we made."""

    async def put(self, key: str, pieces: AsyncIterator[bytes]) -> None:
        """Store what the pieces come to; durable on return. If they raise, nothing is stored under the key."""
        ...

    def read(self, key: str) -> AsyncIterator[bytes]:
        """The bytes in pieces. Raises `KeyError` if there are none."""
        ...

    async def delete(self, key: str) -> None:
        """Forget the bytes. Idempotent."""
        ...
