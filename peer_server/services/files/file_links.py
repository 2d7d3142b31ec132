"""Links that open one file for a while, for anybody who has them: signed, so that nothing needs to be stored."""

import base64
import hmac
from datetime import UTC, datetime, timedelta
from typing import Final

from flow_runtime.clock import Clock
from peer_server.access import unknown
from peer_server.secrets import Keyring

_SIGNATURE_BYTES: Final = 32


class FileLinks:
    """Makes and checks the tokens of links. A link ends with its time, or with its file."""

    def __init__(self, keyring: Keyring, *, clock: Clock) -> None:
        self._key = keyring.derive(b"file links")
        self._clock = clock

    def make(self, file_id: str, *, lasts: timedelta) -> tuple[str, datetime]:
        """The token of a link, and when it ends. The caller has checked the right to the file."""
        ends = int((self._clock.now() + lasts).timestamp())
        payload = f"{file_id}.{ends}"
        return f"{payload}.{self._sign(payload)}", datetime.fromtimestamp(ends, UTC)

    def open(self, token: str) -> str:
        """The id of the file. Raises `NotFound` for a token that is wrong or over, without saying which."""
        payload, _, signature = token.rpartition(".")
        file_id, _, ends = payload.rpartition(".")
        is_ours = token.isascii() and hmac.compare_digest(signature, self._sign(payload))
        if not is_ours or int(ends) <= self._clock.now().timestamp():
            raise unknown("file", "of this link")
        return file_id

    def _sign(self, payload: str) -> str:
        raw = hmac.digest(self._key, payload.encode(), "sha256")[:_SIGNATURE_BYTES]
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")
