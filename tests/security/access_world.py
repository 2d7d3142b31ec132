"""The world of the access matrix: everybody who may come to a door, and a sample of everything that routes name.

A route that names a new kind of thing in its path needs one line in `AccessWorld.samples`; the matrix says so.
"""

import copy
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
from sqlalchemy import update

from flow_runtime.errors import Json
from flow_runtime.ids import new_id
from flow_runtime.store import Transaction
from peer_server.access import ROLES, Role, WorkspaceRole
from peer_server.stores.identity_tables import credentials
from tests.fakes.flows import APPROVAL, make_flow, make_peer
from tests.fakes.live_server import TOKEN, LiveServer
from tests.fakes.people import Person, join, tenant

_RUN = {"amount": 5}


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody at the door: what they show, and what they are there. `kind` None is a credential that is no good."""

    name: str
    headers: Mapping[str, str]
    kind: str | None
    token: str = ""
    workspace_role: WorkspaceRole | None = None
    role: Role | None = None
    """What they are to the sample flow and the sample Peer."""
    is_here: bool = True
    """Whether their workspace is the one with the samples."""
    is_starter: bool = False
    """Whether they started the sample run."""


@dataclass(slots=True)
class AccessWorld:
    """Made once, in a server of its own."""

    server: LiveServer
    callers: list[Caller] = field(default_factory=list)
    samples: dict[str, str] = field(default_factory=dict)
    """What stands for each path parameter."""
    package: bytes = b""
    """An export, for what imports one."""
    roles: dict[Role, Person] = field(default_factory=dict)
    _clients: dict[str, httpx2.AsyncClient] = field(default_factory=dict)

    async def build(self) -> None:
        """Make everything."""
        async with self.server.client() as owner:
            await self._people(owner)
            await self._things(owner)
            await self._programs(owner)

    async def _people(self, owner: httpx2.AsyncClient) -> None:
        other = await tenant(self.server, "Other")
        plain, admin = await join(self.server, owner, "Plain"), await join(self.server, owner, "Admin", role="admin")
        self.roles = {role: await join(self.server, owner, f"The {role}") for role in ROLES}
        gone = (await plain.client.post("/v1/me/token", json={"name": "expired", "expiresInDays": 1})).json()["token"]
        self.server.run(self.server.services.store.write(_expire, self.server.keyring.digest(gone)))
        self.callers += [
            Caller("nobody", {}, None),
            Caller("an expired token", _bearer(gone), None, gone),
            Caller(
                "the owner of another workspace",
                _bearer(other.token),
                "user",
                other.token,
                "owner",
                None,
                is_here=False,
            ),
            Caller("a member without a grant", _bearer(plain.token), "user", plain.token, "member"),
            *(
                Caller(f"a member as {role}", _bearer(person.token), "user", person.token, "member", role)
                for role, person in self.roles.items()
            ),
            Caller("an admin of the workspace", _bearer(admin.token), "user", admin.token, "admin"),
            Caller("the owner", _bearer(TOKEN), "user", TOKEN, "owner", "admin", is_starter=True),
        ]
        await other.client.put("/v1/workspace/variable/NAME", json={"value": "theirs"})
        self.samples["user_id"] = (await join(self.server, owner, "Victim")).id

    async def _things(self, owner: httpx2.AsyncClient) -> None:
        flow_id = await self.shared_flow(owner)
        peer_id = await self.shared_peer(owner, flow_id)
        waiting = (await owner.post(f"/v1/flow/execute/{flow_id}", json={"inputs": _RUN})).json()
        group = (await owner.post("/v1/workspace/group", json={"name": "Group"})).json()
        conversation = (await owner.post("/v1/conversation", json={"peerId": peer_id})).json()
        upload = await owner.post("/v1/file", files={"file": ("a.txt", b"a", "text/plain")})
        await owner.put(f"/v1/flow/{flow_id}/variable/NAME", json={"value": "x"})
        await owner.put("/v1/workspace/variable/NAME", json={"value": "x"})
        self.package = (await owner.get(f"/v1/flow/{flow_id}/export?format=zip")).content
        self.samples |= {
            "flow_id": flow_id,
            "peer_id": peer_id,
            "run_id": waiting["appRunId"],
            "app_run_id": waiting["appRunId"],
            "interrupt_id": waiting["waitState"]["executionId"],
            "conversation_id": conversation["id"],
            "file_id": upload.json()["id"],
            "group_id": group["id"],
            "invitation_id": await self._invite(owner),
            "source_id": await self._source(owner),
            "document_id": "unknown",
            "widget_id": "unknown",
            "message_widget_id": "unknown",
            "credential_id": "unknown",
            "schedule_id": "unknown",
            "session_id": "unknown",
            "token_id": "unknown",
            "link_id": "unknown",
            "key_id": "unknown",
            "backup_id": "unknown",
            "delivery_id": "unknown",
            "request_id": "unknown",
            "report_id": "unknown",
            "connection_id": "unknown",
            "budget_id": "unknown",
            "tool_id": "unknown",
            "trigger_id": "unknown",
            "token": "unknown",
            "subject_kind": "user",
            "subject_id": "unknown",
            "number": "1",
            "name": "NAME",
        }

    async def fresh(self, names: Collection[str]) -> dict[str, str]:
        """New things for these path parameters, for calls that take them away."""
        async with self.server.client() as owner:
            made: dict[str, str] = {}
            if "flow_id" in names:
                made["flow_id"] = await self.shared_flow(owner)
            elif "peer_id" in names:
                made["peer_id"] = await self.shared_peer(owner, self.samples["flow_id"])
            elif "user_id" in names or "group_id" in names:
                made["user_id"] = (await join(self.server, owner, "Leaver")).id
                body = {"name": f"Group of {made['user_id']}", "members": [made["user_id"]]}
                made["group_id"] = (await owner.post("/v1/workspace/group", json=body)).json()["id"]
            elif "source_id" in names:
                made["source_id"] = await self._source(owner)
            elif "invitation_id" in names:
                made["invitation_id"] = await self._invite(owner)
            elif "name" in names:
                await owner.put("/v1/workspace/variable/NAME", json={"value": "x"})
            return made

    async def _source(self, owner: httpx2.AsyncClient) -> str:
        made = await owner.post("/v1/data-source", json={"name": f"Source {new_id()}"})
        identifier: str = made.json()["id"]
        return identifier

    async def _invite(self, owner: httpx2.AsyncClient) -> str:
        body = {"emails": [f"guest.{new_id()}@example.com"]}
        identifier: str = (await owner.post("/v1/workspace/invitation", json=body)).json()["items"][0]["id"]
        return identifier

    async def _programs(self, owner: httpx2.AsyncClient) -> None:
        flow_id, peer_id = self.samples["flow_id"], self.samples["peer_id"]
        other_id = await make_flow(owner, APPROVAL, deploy=True)
        own = (await owner.post(f"/v1/flow/{flow_id}/api-key", json={"name": "own"})).json()["key"]
        foreign = (await owner.post(f"/v1/flow/{other_id}/api-key", json={"name": "other"})).json()["key"]
        share = (await owner.post(f"/v1/flow/{flow_id}/share", json={})).json()["token"]
        link = (await owner.post(f"/v1/peer/{peer_id}/link", json={})).json()["token"]
        async with self.server.anonymous() as stranger:
            visitor = (await stranger.post("/v1/auth/visit", json={"token": link})).json()["session"]
        self.callers += [
            Caller("a key of the flow", {"x-api-key": own}, "key", own, role="runner"),
            Caller("a key of another flow", {"x-api-key": foreign}, "key", foreign),
            Caller("a share token", _bearer(share), None, share),
            Caller("a visitor of the Peer", _bearer(visitor), "visitor", visitor, role="runner"),
        ]

    async def shared_flow(self, owner: httpx2.AsyncClient) -> str:
        """A flow on which every role has its person."""
        flow_id = await make_flow(owner, copy.deepcopy(APPROVAL), deploy=True)
        await self._share(owner, f"flow/{flow_id}")
        return flow_id

    async def shared_peer(self, owner: httpx2.AsyncClient, flow_id: str) -> str:
        """A Peer on which every role has its person."""
        peer_id = await make_peer(owner, {"flowId": flow_id, "toolName": "pay"})
        await self._share(owner, f"peer/{peer_id}")
        return peer_id

    async def _share(self, owner: httpx2.AsyncClient, thing: str) -> None:
        grants = [{"subjectId": person.id, "role": role} for role, person in self.roles.items()]
        given = await owner.put(f"/v1/{thing}/grant", json={"grants": grants})
        assert given.status_code == 200, given.text

    def client(self, caller: Caller) -> httpx2.AsyncClient:
        """The HTTP client that shows what this caller shows."""
        if caller.name not in self._clients:
            client = self._clients[caller.name] = self.server.anonymous()
            client.headers.update(dict(caller.headers))
        return self._clients[caller.name]

    async def close(self) -> None:
        """Let go of all clients."""
        for client in self._clients.values():
            await client.aclose()


def _expire(tx: Transaction, digest: str) -> None:
    past = datetime.now(UTC) - timedelta(days=1)
    tx.conn.execute(update(credentials).where(credentials.c.digest == digest).values(expires_at=past))


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def sample_body(schema: dict[str, Any], definitions: Mapping[str, Any]) -> Json:
    """A value that the schema accepts: its example if it has one, else as little as it takes."""
    if "$ref" in schema:
        return sample_body(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    for options in ("anyOf", "oneOf", "allOf"):
        if options in schema:
            return sample_body(schema[options][0], definitions)
    if schema.get("examples"):
        return schema["examples"][0]
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    return _plain(schema, definitions)


def _plain(schema: dict[str, Any], definitions: Mapping[str, Any]) -> Json:
    match schema.get("type"):
        case "object":
            wanted = {name: schema["properties"][name] for name in schema.get("required", ())}
            return {name: sample_body(one, definitions) for name, one in wanted.items()}
        case "array":
            return [sample_body(schema["items"], definitions)] * int(schema.get("minItems", 0))
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return True
        case "string" if schema.get("format") == "date-time":
            return (datetime.now(UTC) + timedelta(days=1)).isoformat()
    return "x" * max(int(schema.get("minLength", 1)), 1)
