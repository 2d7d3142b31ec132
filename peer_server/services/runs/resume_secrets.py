"""Resume secrets: whoever holds the one of a run may poll it, read its output, and answer as whoever started it.

A secret is made from the run's id by a key of the keyring, so it is stored nowhere and can be told again.
"""

import base64
import hmac
from typing import Final

from flow_runtime.store import Store
from peer_server.access import VISITOR_PERMISSIONS, Principal, Unauthenticated
from peer_server.secrets import Keyring, Secret
from peer_server.services.runs.runs import SHARE
from peer_server.stores.run_origins import find_origin
from peer_server.stores.share_links import has_link

PREFIX: Final = "prs"


class ResumeSecrets:
    """Makes the secrets of runs, and turns them into principals."""

    def __init__(self, store: Store, *, keyring: Keyring) -> None:
        self._store = store
        self._keyring = keyring

    def of(self, run_id: str) -> Secret:
        """The secret of a run; give it only to whoever started that."""
        raw = hmac.digest(self._keyring.derive(b"resume secret"), run_id.encode(), "sha256")
        return Secret(f"{PREFIX}_{run_id}_{base64.urlsafe_b64encode(raw).decode().rstrip('=')}")

    async def authenticate(self, secret: Secret) -> Principal:
        """Whoever started the run, for that run alone. Raises `Unauthenticated`.

        The secrets of runs that a share link started end when that is withdrawn.
        """
        shown = secret.reveal()
        run_id = shown.removeprefix(f"{PREFIX}_").partition("_")[0]
        if shown.isascii() and secret == self.of(run_id):
            origin = await self._store.read(find_origin, run_id)
            if origin is not None and origin.started_by is not None:
                is_open = origin.trigger_type != SHARE or await self._store.read(has_link, origin.started_by)
                if is_open:
                    return Principal(
                        "visitor",
                        origin.started_by,
                        origin.trigger_source or "Visitor",
                        origin.workspace_id,
                        VISITOR_PERMISSIONS,
                        run_id=run_id,
                    )
        raise Unauthenticated("unauthenticated", "the resume secret is wrong or over")
