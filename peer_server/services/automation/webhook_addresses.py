"""The callback URL and the secret of each webhook: who knows the one may knock, who knows the other is let in."""

import base64
import hashlib
import hmac
from typing import Final

from sqlalchemy import Connection

from peer_server.secrets import Keyring, Place, Secret, new_token
from peer_server.services.vault import Vault
from peer_server.stores.webhooks import WebhookRow

PATH: Final = "/v1/webhook"


class WebhookAddresses:
    """Derives the one, and seals the other."""

    def __init__(self, *, keyring: Keyring, vault: Vault, base_url: str) -> None:
        self._keyring = keyring
        self._vault = vault
        self._base_url = base_url

    def url(self, webhook_id: str) -> str:
        """Where the tool sends its events."""
        return f"{self._base_url}{PATH}/{self._token(webhook_id)}"

    def digest(self, token: str) -> str:
        """What is stored of the token in a URL."""
        return self._keyring.digest(token)

    def digest_of(self, webhook_id: str) -> str:
        """What is stored of the token in this webhook's URL."""
        return self._keyring.digest(self._token(webhook_id))

    def new_secret(self, conn: Connection, *, workspace_id: str, webhook_id: str, rev: int) -> tuple[Secret, bytes]:
        """A secret for signing, in clear and sealed."""
        secret = new_token("whs")
        return secret, self._vault.seal(conn, secret, _place(workspace_id, webhook_id, rev))

    def secret(self, conn: Connection, row: WebhookRow) -> Secret:
        """The secret of a webhook. Raises `SecretUnreadable`."""
        return self._vault.open(conn, row.secret, _place(row.workspace_id, row.id, row.secret_rev))

    def _token(self, webhook_id: str) -> str:
        raw = hmac.digest(self._keyring.derive(b"webhook"), webhook_id.encode(), hashlib.sha256)
        return base64.b32encode(raw).decode().rstrip("=").lower()


def _place(workspace_id: str, webhook_id: str, rev: int) -> Place:
    return Place(workspace_id, "webhook", webhook_id, rev)
