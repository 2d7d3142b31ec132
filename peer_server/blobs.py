"""The blob contract: bytes under random keys. Names and paths from users never get here."""

from collections.abc import AsyncIterator
from typing import Protocol


class Blobs(Protocol):
    """Three verbs; keys are ids that we made."""

    async def put(self, key: str, data: bytes) -> None:
        """Store the bytes; durable on return."""
        ...

    def read(self, key: str) -> AsyncIterator[bytes]:
        """The bytes in pieces. Raises `KeyError` if there are none."""
        ...

    async def delete(self, key: str) -> None:
        """Forget the bytes. Idempotent."""
        ...
