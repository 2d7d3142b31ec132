"""The one way to record what somebody did: in the transaction that did it."""

from functools import partial

from flow_runtime.clock import Clock
from flow_runtime.errors import Json
from flow_runtime.ids import new_id
from flow_runtime.store import Transaction
from peer_server.access import Principal
from peer_server.audit_anchors import Anchor, Anchors
from peer_server.audit_events import AUDIT_EVENTS
from peer_server.secrets import Keyring
from peer_server.stores.audit import AuditRecord, add_audit_record


class AuditTrail:
    """Writes audit records for every service. `anchors` notes seals outside the database."""

    def __init__(self, *, keyring: Keyring, clock: Clock, anchors: Anchors | None = None) -> None:
        self._key = audit_key(keyring)
        self._clock = clock
        self._anchors = anchors

    def record(
        self,
        tx: Transaction,
        event: str,
        *,
        by: Principal,
        of: tuple[str, str],
        description: str,
        flow_id: str | None = None,
        details: Json = None,
        channel: str | None = None,
        digest: str | None = None,
    ) -> None:
        """Record an event of `AUDIT_EVENTS` in this transaction: both are kept, or neither.

        `of` is the kind and id of what it is about; `flow_id` the flow whose log shows it, if it is about something
        else than a flow. `description` is a sentence for people, without the name of who did it. Never hand over a
        secret: name what changed, not the values. `channel` is the door, where the principal does not say.
        """
        record = AuditRecord(
            id=new_id(),
            workspace_id=by.workspace_id,
            at=self._clock.now(),
            event=event,
            category=AUDIT_EVENTS[event].category,
            actor_kind=by.kind,
            actor_id=by.id,
            actor_name=by.name,
            address=by.address,
            channel=channel or by.door,
            object_kind=of[0],
            object_id=of[1],
            flow_id=of[1] if of[0] == "flow" else flow_id,
            description=description,
            digest=digest,
            details=details,
        )
        add_audit_record(tx, record, key=self._key, noted=partial(self._note, record))

    def close(self) -> None:
        """Write the anchors that wait."""
        if self._anchors is not None:
            self._anchors.flush()

    def _note(self, record: AuditRecord, seq: int, mac: str) -> None:
        if self._anchors is not None:
            self._anchors.note(Anchor(record.workspace_id, seq, mac, record.at))


def audit_key(keyring: Keyring) -> bytes:
    """The key of the seals."""
    return keyring.derive(b"peer-server audit chain")
