"""One byte sequence per JSON value (RFC 8785), and its SHA-256: what a person was shown can be proved unchanged."""

from hashlib import sha256

import rfc8785

from flow_runtime.errors import Json
from flow_runtime.json_limits import JsonError, check_json


def canonical_bytes(value: Json) -> bytes:
    """The value in the JSON Canonicalization Scheme: two equal values, and only those, give the same bytes.

    Raises:
        JsonError: the value is no JSON, nests too deeply, or holds a whole number beyond ±(2**53 - 1), which a browser
            would show as another number (``number_not_exact``).
    """
    check_json(value)
    try:
        return rfc8785.dumps(value)
    except rfc8785.IntegerDomainError as error:
        raise JsonError("number_not_exact", str(error), remedy="Send large numbers as text.") from None


def digest(value: Json) -> str:
    """SHA-256 of the canonical bytes, as 64 hexadecimal digits.

    Raises:
        JsonError: as `canonical_bytes`.
    """
    return sha256(canonical_bytes(value)).hexdigest()
