"""The seal of an audit record: an HMAC over the seal before it and the record in canonical JSON. Pure."""

import hmac
from collections.abc import Mapping
from typing import Final

from flow_runtime.canonical import canonical_bytes
from flow_runtime.errors import Json

FIRST: Final = "0" * 64
"""What stands for the seal before the first record."""


def seal(record: Mapping[str, Json], *, key: bytes, before: str) -> str:
    """The seal of a record, as 64 hexadecimal digits.

    Nobody without the key can make one, and it fits only behind `before`: a record that was changed, moved, left out
    or slipped in breaks the chain at that place.
    """
    return hmac.digest(key, bytes.fromhex(before) + canonical_bytes(dict(record)), "sha256").hex()
