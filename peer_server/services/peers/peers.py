"""What people do with Peers: draft, attach flows, publish. Conversations see published versions only."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel
from sqlalchemy import Connection

from flow_runtime.clock import Clock
from flow_runtime.errors import Conflict, FlowError, Json, invalid
from flow_runtime.flow import Guardrails
from flow_runtime.ids import new_id
from flow_runtime.json_limits import LARGEST_NUMBER
from flow_runtime.models.scripted_rules import ScriptRule
from flow_runtime.scanners import ScannerRegistry, plan_guardrails
from flow_runtime.store import Store, Transaction
from flow_runtime.stores.paging import Page
from peer_server.access import Principal
from peer_server.definition_diff import field_differences
from peer_server.documented import DocumentedModel
from peer_server.peer import beyond_a_message
from peer_server.pointers import faults_of
from peer_server.services.access.audiences import Audiences, Offer, offer
from peer_server.services.access.reach import reach_flow, reach_peer
from peer_server.services.oversight.audit_trail import AuditTrail
from peer_server.stores import flows as flow_rows
from peer_server.stores import peers as rows
from peer_server.stores.audience import audience_of
from peer_server.stores.data_sources import find_sources
from peer_server.stores.peers import PeerRow, PeerVersionRow


class _Part(DocumentedModel, BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", strict=True)


PeerState = Literal["draft", "latest"] | int
"""What people call one state of a Peer."""


class AttachmentContent(_Part):
    """One flow that the Peer may use."""

    id: Annotated[str, Field(max_length=64)] | None = None
    """Made by the server; send it back to keep the attachment's identity."""
    flow_id: str
    version: Literal["deployed", "latest"] | Annotated[int, Field(ge=1, le=LARGEST_NUMBER)] = "deployed"
    as_: Annotated[Literal["tool", "action", "message"], Field(alias="as")] = "tool"
    """The model decides (`tool`), people press a button (`action`), or it answers every message (`message`)."""
    tool_name: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_-]{0,63}$")] | None = None
    description: Annotated[str, Field(max_length=2000)] | None = None


class KnowledgeContent(_Part):
    """What the Peer looks things up in. What it finds is material for it, and cited under its answers."""

    sources: Annotated[list[Annotated[str, Field(min_length=1, max_length=100)]], Field(max_length=20)]
    """Data sources by name or id; ids are kept."""
    use: Literal["tool", "always"] = "tool"
    """The model decides when to look something up (`tool`), or every message is looked up first (`always`)."""
    limit: Annotated[int, Field(ge=1, le=20)] = 5
    """Passages of one search at most."""
    threshold: Annotated[float, Field(ge=0, le=1)] = 0.1
    """How well a passage must fit, from 0 to 1."""
    text_weight: Annotated[float, Field(ge=0, le=1)] = 0.5
    """How much its words count."""
    vector_weight: Annotated[float, Field(ge=0, le=1)] = 0.5
    """How much its meaning counts, where the data source has embeddings."""


class PeerContent(_Part):
    """Everything that a version of a Peer freezes."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    description: Annotated[str, Field(max_length=2000)] = ""
    model: Annotated[
        str, Field(pattern=r"^(default|scripted|[a-z0-9_-]+:\S{1,200})$", examples=["default", "openai:gpt-5"])
    ] = "default"
    instructions: Annotated[str, Field(max_length=100_000)] = ""
    greeting: Annotated[str, Field(max_length=10_000)] = ""
    starters: Annotated[list[Annotated[str, Field(min_length=1, max_length=500)]], Field(max_length=12)] = []
    attachments: Annotated[list[AttachmentContent], Field(max_length=64)] = []
    script: Annotated[list[ScriptRule], Field(max_length=200)] = []
    guardrails: Guardrails = Guardrails()
    """What looks at everything that its model is given and says."""
    knowledge: KnowledgeContent | None = None
    """What it looks things up in."""


class PeerService:
    """Peers of one's workspace; every method answers `NotFound` for those of another."""

    def __init__(self, store: Store, *, clock: Clock, trail: AuditTrail, scanners: ScannerRegistry) -> None:
        self._store = store
        self._scanners = scanners
        self._clock = clock
        self._trail = trail
        self._audiences = Audiences(trail, clock)

    async def create(self, principal: Principal, content: PeerContent, *, seed_key: str | None = None) -> PeerRow:
        """Make a Peer and publish its version 1. Raises `InvalidDefinition` listing every bad attachment."""

        def make(tx: Transaction) -> PeerRow:
            draft = self._checked(tx.conn, content, principal)
            now = self._clock.now()
            row = PeerRow(
                id=new_id(),
                workspace_id=principal.workspace_id,
                owner_id=principal.id,
                seed_key=seed_key,
                name=content.name,
                draft=draft,
                draft_rev=1,
                latest_version=0,
                created_at=now,
                updated_at=now,
            )
            rows.insert_peer(tx, row)
            self._freeze(tx, row, principal, notes="")
            self._record(tx, principal, row.id, event="peer.created", words=f"made the Peer {row.name!r}")
            return rows.get_peer(tx.conn, row.id, workspace_id=row.workspace_id)

        return await self._store.write(make)

    async def get(self, principal: Principal, peer_id: str) -> PeerRow:
        """One Peer with its draft, for those who may change it."""
        return await self._store.read(reach_peer, principal, peer_id, "peer.edit")

    async def see(self, principal: Principal, peer_id: str) -> PeerRow:
        """One Peer for whoever reaches it; its draft is not for everybody. Raises `NotFound`."""
        return await self._store.read(reach_peer, principal, peer_id, "peer.read")

    async def page(self, principal: Principal, *, search: str, cursor: str | None, limit: int) -> Page[PeerRow]:
        """A page of the Peers that one may see, newest first."""
        return await self._store.read(rows.list_peers, principal, search=search, cursor=cursor, limit=limit)

    async def published(self, found: Sequence[PeerRow]) -> Mapping[str, Mapping[str, Json]]:
        """The published content of these Peers by id, for people who may see no drafts."""
        return await self._store.read(rows.published_contents, found)

    async def update(
        self, principal: Principal, peer_id: str, changes: Mapping[str, Json], *, draft_rev: int | None
    ) -> PeerRow:
        """Change fields of the draft. Raises `InvalidDefinition`; `Conflict` ``stale_draft`` if somebody was faster."""

        def change(tx: Transaction) -> PeerRow:
            peer = reach_peer(tx.conn, principal, peer_id, "peer.edit", lock=True)
            _require_draft_rev(peer, draft_rev)
            content = parse_peer({**peer.draft, **changes})
            return self._save(tx, peer, self._checked(tx.conn, content, principal, before=peer.draft), principal)

        return await self._store.write(change)

    async def versions(
        self, principal: Principal, peer_id: str, *, cursor: str | None, limit: int
    ) -> Page[PeerVersionRow]:
        """A page of the versions, newest first, for those who may change the Peer."""

        def find(conn: Connection) -> Page[PeerVersionRow]:
            peer = reach_peer(conn, principal, peer_id, "peer.edit")
            return rows.list_peer_versions(conn, peer, cursor=cursor, limit=limit)

        return await self._store.read(find)

    async def version(self, principal: Principal, peer_id: str, number: int) -> PeerVersionRow:
        """One version. Raises `NotFound`."""

        def find(conn: Connection) -> PeerVersionRow:
            return rows.get_peer_version(conn, reach_peer(conn, principal, peer_id, "peer.edit"), number)

        return await self._store.read(find)

    async def diff(
        self, principal: Principal, peer_id: str, *, before: PeerState, after: PeerState
    ) -> list[dict[str, Json]]:
        """Every field that differs between two states; attachments are told apart by their ids. Raises `NotFound`."""

        def find(conn: Connection) -> list[dict[str, Json]]:
            peer = reach_peer(conn, principal, peer_id, "peer.edit")
            old, new = (_comparable(_state(conn, peer, name)) for name in (before, after))
            return list(field_differences(old, new))

        return await self._store.read(find)

    async def restore(
        self, principal: Principal, peer_id: str, number: int, *, draft_rev: int | None, with_audience: bool
    ) -> tuple[PeerRow, Offer]:
        """Make a version the draft again, and tell who could reach the Peer when it was published.

        Only `with_audience` brings those grants back. Raises `NotFound`; `InvalidDefinition` if what it attached is
        gone; `Conflict` ``stale_draft``, ``no_audience``; `Forbidden`.
        """

        def bring_back(tx: Transaction) -> tuple[PeerRow, Offer]:
            peer = reach_peer(tx.conn, principal, peer_id, "peer.edit", lock=True)
            _require_draft_rev(peer, draft_rev)
            version = rows.get_peer_version(tx.conn, peer, number)
            draft = self._checked(tx.conn, parse_peer(version.content), principal, before=version.content)
            if with_audience:
                self._audiences.give_again(tx, "peer", peer, recorded=version.audience, principal=principal)
            saved = self._save(tx, peer, draft, principal)
            return saved, offer(tx.conn, "peer", peer, recorded=version.audience)

        return await self._store.write(bring_back)

    def _save(self, tx: Transaction, peer: PeerRow, draft: dict[str, Json], principal: Principal) -> PeerRow:
        changed = sorted(key for key in peer.draft.keys() | draft.keys() if peer.draft.get(key) != draft.get(key))
        if changed:
            words = f"changed {', '.join(changed)}"
            self._record(tx, principal, peer.id, event="peer.edited", words=words, details={"keys": changed})
        return rows.update_peer_draft(tx, peer, draft, now=self._clock.now())

    def _freeze(self, tx: Transaction, peer: PeerRow, principal: Principal, *, notes: str) -> int:
        audience = audience_of(tx.conn, "peer", peer.id, owner_id=peer.owner_id)
        now = self._clock.now()
        return rows.publish_peer(tx, peer, published_by=principal.id, now=now, notes=notes, audience=audience)

    async def delete(self, principal: Principal, peer_id: str) -> None:
        """Take the Peer away."""

        def take_away(tx: Transaction) -> None:
            peer = reach_peer(tx.conn, principal, peer_id, "peer.delete", lock=True)
            rows.delete_peer(tx, peer_id, now=self._clock.now())
            self._record(tx, principal, peer_id, event="peer.deleted", words=f"removed the Peer {peer.name!r}")

        await self._store.write(take_away)

    async def publish(self, principal: Principal, peer_id: str, *, notes: str = "") -> int:
        """Freeze the draft as the next version; new conversations and turns use it. Raises `InvalidDefinition`."""

        def freeze(tx: Transaction) -> int:
            peer = reach_peer(tx.conn, principal, peer_id, "peer.publish", lock=True)
            self._checked(tx.conn, parse_peer(peer.draft), principal, before=peer.draft)
            number = self._freeze(tx, peer, principal, notes=notes)
            words, details = f"published version {number}", {"version": number}
            self._record(tx, principal, peer_id, event="peer.published", words=words, details=details)
            return number

        return await self._store.write(freeze)

    def _checked(
        self, conn: Connection, content: PeerContent, principal: Principal, *, before: Mapping[str, Json] | None = None
    ) -> dict[str, Json]:
        """The content as stored. Raises `InvalidDefinition` listing every fault."""
        _, found = plan_guardrails(content.guardrails, self._scanners)
        faults = [{"code": one.code, "message": one.message, "path": one.path, "remedy": one.remedy} for one in found]
        return _checked(conn, content, principal, before=before, faults=faults)

    def _record(
        self,
        tx: Transaction,
        principal: Principal,
        peer_id: str,
        *,
        event: str,
        words: str,
        details: dict[str, Json] | None = None,
    ) -> None:
        self._trail.record(tx, event, by=principal, of=("peer", peer_id), description=words, details=details)


def _require_draft_rev(peer: PeerRow, draft_rev: int | None) -> None:
    if draft_rev is not None and draft_rev != peer.draft_rev:
        raise Conflict(
            "stale_draft",
            f"the draft is at revision {peer.draft_rev}, not {draft_rev}",
            remedy="read the Peer again, apply your change to that draft, and send its draftRev",
            details={"draftRev": peer.draft_rev},
        )


def _state(conn: Connection, peer: PeerRow, name: PeerState) -> Mapping[str, Json]:
    if name == "draft":
        return peer.draft
    return rows.get_peer_version(conn, peer, peer.latest_version if name == "latest" else name).content


def _comparable(content: Mapping[str, Json]) -> dict[str, Json]:
    return {**content, "attachments": {one["id"]: one for one in content.get("attachments", ())}}


def parse_peer(content: Mapping[str, Json]) -> PeerContent:
    """The content as a model. Raises `InvalidDefinition` listing every fault with its path."""
    try:
        return PeerContent.model_validate(dict(content))
    except ValidationError as error:
        raise invalid("this is not a Peer", faults_of(error, content), code="invalid_peer") from error


def _checked(
    conn: Connection,
    content: PeerContent,
    principal: Principal,
    *,
    before: Mapping[str, Json] | None,
    faults: list[dict[str, Json]],
) -> dict[str, Json]:
    """The content as stored, attachments with their ids. Raises `InvalidDefinition` listing every fault.

    Whoever attaches a flow must be allowed to run it, since those who chat need not be; what others attached `before`
    stays.
    """
    faults = [*faults, *_shape_faults(content.attachments)]
    kept = {one["flowId"] for one in (before or {}).get("attachments", ())}
    for index, attachment in enumerate(content.attachments):
        try:
            if attachment.flow_id in kept:
                flow = flow_rows.get_flow(conn, attachment.flow_id, workspace_id=principal.workspace_id)
            else:
                flow = reach_flow(conn, principal, attachment.flow_id, "flow.run")
            schema = flow_rows.offered_inputs(conn, flow, attachment.version)
        except FlowError as error:
            faults.append({"code": error.code, "message": error.message, "path": f"/attachments/{index}"})
            continue
        if attachment.as_ == "message":
            faults += [_uncollected(name, index) for name in beyond_a_message(schema)]
    knowledge, missing = _knowledge(conn, content.knowledge, workspace_id=principal.workspace_id)
    faults += missing
    if faults:
        raise invalid("this Peer cannot be saved", faults, code="invalid_peer")
    stored = content.model_dump(mode="json", by_alias=True, exclude_none=True)
    if knowledge is not None:
        stored["knowledge"]["sources"] = knowledge
    for attachment_json in stored["attachments"]:
        attachment_json.setdefault("id", new_id())
    return stored


def _knowledge(
    conn: Connection, content: KnowledgeContent | None, *, workspace_id: str
) -> tuple[list[str] | None, list[dict[str, Json]]]:
    """The ids of its data sources, and what is wrong with them."""
    if content is None:
        return None, []
    known = find_sources(conn, content.sources, workspace_id=workspace_id)
    faults = [
        {"code": "not_found", "message": f"there is no data source {name!r}", "path": f"/knowledge/sources/{index}"}
        for index, name in enumerate(content.sources)
        if name not in known
    ]
    return list(dict.fromkeys(known[name].id for name in content.sources if name in known)), faults


def _uncollected(name: str, index: int) -> dict[str, Json]:
    message = f"the flow requires the input {name!r}, which no message has"
    return {"code": "required", "message": message, "path": f"/attachments/{index}/as"}


def _shape_faults(attachments: Sequence[AttachmentContent]) -> list[dict[str, Json]]:
    faults: list[dict[str, Json]] = []
    seen: dict[str, set[str]] = {"id": set(), "toolName": set(), "message": set()}
    for index, attachment in enumerate(attachments):
        message = "message" if attachment.as_ == "message" else None
        for field, value in (("id", attachment.id), ("toolName", attachment.tool_name), ("message", message)):
            if value is not None and value in seen[field]:
                path = f"/attachments/{index}/{'as' if field == 'message' else field}"
                faults.append({"code": "duplicate", "message": f"a second attachment has {value!r} here", "path": path})
            seen[field].add(value or "")
    return faults
