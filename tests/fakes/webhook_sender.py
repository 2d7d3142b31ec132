"""Sends events to webhooks, signed as the generic tool wants it; anything about them can be wrong."""

import hashlib
import hmac
import json
import time
from collections.abc import Awaitable, Callable

import httpx2

from flow_runtime.errors import Json

Send = Callable[..., Awaitable[httpx2.Response]]


def send_signed(nobody: httpx2.AsyncClient, url: str, secret: str, *, now: Callable[[], float] = time.time) -> Send:
    """A function that sends one event there."""

    async def send(data: Json, *, id: str = "e1", late_s: int = 0, sent: Json = None, **wrong: str) -> httpx2.Response:
        body, timestamp = json.dumps(data), str(int(now()) - late_s)
        content = f"{id}.{timestamp}.{body}".encode()
        signature = hmac.new(wrong.pop("secret", secret).encode(), content, hashlib.sha256).hexdigest()
        headers = {"x-webhook-id": id, "x-webhook-timestamp": timestamp, "x-webhook-signature": f"sha256={signature}"}
        changed = {name.replace("_", "-"): value for name, value in wrong.items()}
        headers = {**headers, "content-type": "application/json", **changed}
        text = body if sent is None else json.dumps(sent)
        return await nobody.post(url, content=text, headers={name: value for name, value in headers.items() if value})

    return send
