"""Looks up Peers and versions of flows for conversations, runs and sub-flows: the one place that says what runs."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from sqlalchemy import Connection

from flow_runtime.errors import Conflict, FlowError, Json
from flow_runtime.flow import FlowDefinition, Guardrails
from flow_runtime.resolver import ResolvedFlow as RuntimeFlow
from flow_runtime.stores.definitions import digest_of, get_definition
from peer_server.access import Principal, unknown
from peer_server.knowledge import PeerKnowledge
from peer_server.passage_ranking import Weights
from peer_server.peer import Attachment, FlowVersion, PeerVersion, ResolvedFlow
from peer_server.services.access.reach import reach_flow, reach_peer
from peer_server.services.flows.flow_checks import FlowChecks, parse_definition
from peer_server.services.people.sign_in import principal_of
from peer_server.stores import flows as flow_rows
from peer_server.stores import peers as peer_rows
from peer_server.stores.flows import FlowRow
from peer_server.stores.identity import get_user

_KEPT_DEFINITIONS = 256


class Directory:
    """Synchronous lookups over the caller's connection. Parsed definitions are kept: they never change."""

    def __init__(self, checks: FlowChecks) -> None:
        self._checks = checks
        self._parsed: dict[str, FlowDefinition] = {}

    def load_peer(
        self, conn: Connection, workspace_id: str, peer_id: str, *, preview: bool, person_id: str | None = None
    ) -> PeerVersion:
        """The newest published version, or the draft in previews. Raises `NotFound`; `Conflict` ``not_published``.

        In a preview the drafts of the attached flows answer too: of those that `person_id`, who previews, may edit,
        unless a certain version is attached.
        """
        row = peer_rows.get_peer(conn, peer_id, workspace_id=workspace_id)
        if not preview:
            return _peer_version(row.id, peer_rows.published_content(conn, row), version=row.latest_version)
        draft = _peer_version(row.id, row.draft, version=None)
        person = get_user(conn, person_id) if person_id else None
        if person is None or person.workspace_id != workspace_id:
            return draft
        who = principal_of(person, None)
        attachments = [_drafted(conn, who, attachment) for attachment in draft.attachments]
        return replace(draft, attachments=attachments, previewed_by=person.id)

    def admit(self, conn: Connection, principal: Principal, peer_id: str, *, permission: str) -> None:
        """Let those pass who may do that with the Peer. Raises `NotFound`, `Forbidden`."""
        reach_peer(conn, principal, peer_id, permission)

    def resolve(
        self,
        conn: Connection,
        *,
        workspace_id: str,
        flow_id: str,
        version: FlowVersion,
        person_id: str | None = None,
    ) -> ResolvedFlow:
        """What that version of the flow is right now; its draft only for a person who may edit it and all that it uses.

        ``deployed`` means the deployed version, else the newest published one. Raises `NotFound`; `Forbidden`;
        `Conflict` ``not_published`` if there is none; `InvalidDefinition` ``checks_failed`` for a draft out of reach.
        """
        if version == "draft":
            person = get_user(conn, person_id) if person_id else None
            if person is None or person.workspace_id != workspace_id:
                raise unknown("flow", flow_id)
            who = principal_of(person, None)
            flow = reach_flow(conn, who, flow_id, "flow.edit")
            self._checks.require_reach(conn, flow, who)
            return self.draft_of(conn, flow)
        flow = flow_rows.get_flow(conn, flow_id, workspace_id=workspace_id)
        number = _number(flow, version)
        digest = flow_rows.get_version(conn, flow_id, number, workspace_id=workspace_id).digest
        return ResolvedFlow(digest, number, self.definition(conn, digest))

    def draft_of(self, conn: Connection, flow: FlowRow) -> ResolvedFlow:
        """The draft of a flow; the caller has checked that it may be looked at, or run."""
        digest = digest_of(flow.draft)
        return ResolvedFlow(digest, None, self.definition(conn, digest))

    def definition(self, conn: Connection, digest: str) -> FlowDefinition:
        """The definition with that digest, parsed. Raises `NotFound`."""
        parsed = self._parsed.get(digest)
        if parsed is None:
            if len(self._parsed) >= _KEPT_DEFINITIONS:
                self._parsed.pop(next(iter(self._parsed)), None)  # Readers are threads: another may be faster.
            parsed = self._parsed[digest] = parse_definition(get_definition(conn, digest))
        return parsed


class RuntimeResolver:
    """The directory as the runtime asks it: for sub-flows, which never run a draft."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def resolve(
        self, conn: Connection, *, workspace_id: str, flow_id: str, version: Literal["deployed", "latest"] | int
    ) -> RuntimeFlow:
        """That version. Raises `NotFound`; `Conflict` ``not_published``."""
        found = self._directory.resolve(conn, workspace_id=workspace_id, flow_id=flow_id, version=version)
        return RuntimeFlow(found.digest, found.version or 0, get_definition(conn, found.digest))


def _drafted(conn: Connection, person: Principal, attachment: Attachment) -> Attachment:
    """The attachment with the flow's draft, if this person may edit that flow and no certain version is attached."""
    if isinstance(attachment.version, int):
        return attachment
    try:
        reach_flow(conn, person, attachment.flow_id, "flow.edit")
    except FlowError:
        return attachment
    return replace(attachment, version="draft")


def _number(flow: FlowRow, version: FlowVersion) -> int:
    if isinstance(version, int):
        return version
    number = flow.latest_version if version == "latest" else flow.deployed_version or flow.latest_version
    if number is None:
        raise Conflict(
            "not_published", f"the flow {flow.name!r} has no published version", remedy="publish the flow first"
        )
    return number


def _peer_version(peer_id: str, content: Mapping[str, Json], *, version: int | None) -> PeerVersion:
    return PeerVersion(
        id=peer_id,
        name=content["name"],
        version=version,
        model=content["model"],
        description=content.get("description", ""),
        instructions=content.get("instructions", ""),
        greeting=content.get("greeting", ""),
        starters=content.get("starters", ()),
        script=content.get("script", ()),
        guardrails=Guardrails.model_validate(content.get("guardrails", {})),
        knowledge=_knowledge(content.get("knowledge")),
        attachments=[
            Attachment(
                id=one["id"],
                flow_id=one["flowId"],
                version=one["version"],
                as_=one["as"],
                tool_name=one.get("toolName"),
                description=one.get("description"),
            )
            for one in content.get("attachments", ())
        ],
    )


def _knowledge(content: Mapping[str, Json] | None) -> PeerKnowledge | None:
    if content is None or not content["sources"]:
        return None
    weights = Weights(content["textWeight"], content["vectorWeight"], content["threshold"])
    return PeerKnowledge(content["sources"], use=content["use"], limit=content["limit"], weights=weights)
