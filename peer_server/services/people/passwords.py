"""Passwords: argon2id hashes, made and compared in a thread because that is slow on purpose."""

import asyncio
from functools import cached_property
from typing import TYPE_CHECKING, Final

from flow_runtime.errors import InvalidDefinition
from peer_server.secrets import Secret

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST: Final = 10
LONGEST: Final = 256
_AT_ONCE: Final = 4
"""Hashes that are computed at the same time: each takes 19 MiB, and a flood of guesses must not take all memory."""


class Passwords:
    """Hashes of 19 MiB and two passes, as OWASP advises; one that was made otherwise still counts, and is renewed."""

    def __init__(self) -> None:
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def hash(self, password: Secret) -> str:
        """What is stored of a password. Raises `InvalidDefinition` ``weak_password``."""
        require_strong(password)
        async with self._slots:
            return await asyncio.to_thread(self._hasher.hash, password.reveal())

    async def matches(self, stored: str | None, password: Secret) -> bool:
        """Whether it is the password; without one that is stored it takes as long to say no."""
        async with self._slots:
            return await asyncio.to_thread(self._verify, stored, password)

    def is_outdated(self, stored: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(stored)

    def _verify(self, stored: str | None, password: Secret) -> bool:
        from argon2.exceptions import Argon2Error, InvalidHashError  # noqa: PLC0415 - as below

        if len(password.reveal()) > LONGEST:
            return False
        try:
            self._hasher.verify(stored or self._nobodys, password.reveal())
        except (Argon2Error, InvalidHashError):
            return False
        return stored is not None

    @cached_property
    def _hasher(self) -> "PasswordHasher":
        from argon2 import PasswordHasher  # noqa: PLC0415 - start-up budget: the first sign-in pays

        return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

    @cached_property
    def _nobodys(self) -> str:
        return self._hasher.hash("nobody has this password")


def require_strong(password: Secret) -> None:
    """Raises `InvalidDefinition` ``weak_password`` for what is quickly guessed. Length counts, not kinds of signs."""
    text = password.reveal()
    if not SHORTEST <= len(text) <= LONGEST or len(set(text)) < SHORTEST // 2:
        raise InvalidDefinition(
            "weak_password",
            f"a password has {SHORTEST} to {LONGEST} characters, and not always the same ones",
            path="/password",
            remedy="take a few words that only you put together",
        )
