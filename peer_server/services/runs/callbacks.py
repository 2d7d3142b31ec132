"""Callback URLs of waiting requests: the token in the URL is the only right to answer, and it answers once."""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from flow_runtime.client import FlowClient
from flow_runtime.errors import Conflict, Json, NotFound
from flow_runtime.run import Interrupt
from flow_runtime.store import Store
from flow_runtime.stores.interrupts import find_callback, get_interrupt
from peer_server.access import unknown
from peer_server.resolutions import same_resolution
from peer_server.secrets import Keyring

PATH: Final = "/v1/flowrun/callback"
_LOOKS: Final = 5
_PAUSE_S: Final = 0.2
Admit: TypeAlias = Callable[[], Awaitable[None]]


class CallbackService:
    """Makes callback URLs for steps, and takes what comes back."""

    def __init__(self, store: Store, *, client: FlowClient, keyring: Keyring) -> None:
        self._store = store
        self._client = client
        self._keyring = keyring

    async def deliver(self, token: str, answer: Json, *, admit: Admit) -> tuple[Interrupt, bool]:
        """Settle the wait that the token belongs to; the very same answer again is told so, as senders repeat theirs.

        `admit` is asked before a token that is not known yet is waited for, and may raise. Answers the wait and whether
        this was a repetition. Raises `NotFound`, `Gone`, and `Conflict` ``already_settled`` if it was answered
        otherwise.
        """
        found = await self._find(self._keyring.digest(token), admit)
        by = {"kind": "system", "id": "callback", "name": "Callback"}
        workspace_id = found.workspace_id
        try:
            settled = await self._client.settle(found.id, workspace_id=workspace_id, resolution=answer, decided_by=by)
        except Conflict as conflict:
            if conflict.code != "already_settled":
                raise
            recorded = await self._store.read(get_interrupt, found.id, workspace_id=workspace_id)
            if not same_resolution(recorded.resolution, answer):
                raise
            return recorded, True
        return settled, False

    async def _find(self, digest: str, admit: Admit) -> Interrupt:
        """The wait; looked for again for a moment: an answer may be faster than the request that asks for it."""
        for look in range(_LOOKS):
            try:
                return await self._store.read(find_callback, digest)
            except NotFound:
                if not look:
                    await admit()
                await asyncio.sleep(_PAUSE_S)
        raise unknown("callback", "of this URL")


class CallbackUrls:
    """The URL of each wait: the same whenever it is asked for, so that a repeated request repeats it."""

    def __init__(self, *, keyring: Keyring, base_url: str) -> None:
        self._keyring = keyring
        self._base_url = base_url

    def __call__(self, interrupt_id: str) -> tuple[str, str]:
        """The public URL that ends this wait, and the digest of its token."""
        secret = self._keyring.derive(b"callback")
        raw = hmac.digest(secret, interrupt_id.encode(), hashlib.sha256)
        token = base64.b32encode(raw).decode().rstrip("=").lower()
        return f"{self._base_url}{PATH}/{token}", self._keyring.digest(token)
