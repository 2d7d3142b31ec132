"""Identifiers: UUIDv7 written in 25 lower-case characters, so that ids sort by the time they were made."""

from collections.abc import Callable
from hashlib import sha256
from itertools import count
from typing import Final, TypeAlias

import uuid_utils

ID_LENGTH: Final = 25
"""Characters of an id: 128 bits in base 36. All ids have one length, so none is a prefix of another."""

IdSource: TypeAlias = Callable[[], str]
"""Gives the next new id at each call; inject one where ids must be repeatable."""

_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"


def new_id() -> str:
    """A new id, unique across processes; ids of one process sort in the order they were made."""
    return encode_id(uuid_utils.uuid7().int)


def stable_id(*parts: str) -> str:
    """The id that belongs to these parts, the same whenever it is asked for, so it need not be remembered."""
    return encode_id(int.from_bytes(sha256("\0".join(parts).encode()).digest()[:16]))


def encode_id(number: int) -> str:
    """Write 128 bits as an id; order is kept.

    Raises:
        ValueError: the number is negative or needs more than 128 bits.
    """
    if not 0 <= number < 1 << 128:
        raise ValueError(f"an id holds 128 bits, got {number!r}")
    digits = []
    for _ in range(ID_LENGTH):
        number, digit = divmod(number, 36)
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))


def sequential_ids(start: int = 1) -> IdSource:
    """A repeatable source for tests and previews: every id differs from the last by one."""
    numbers = count(start)
    return lambda: encode_id(next(numbers))
