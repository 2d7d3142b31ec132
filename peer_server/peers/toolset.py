"""The tools of a Peer as its model sees them: one per flow attached as a tool. No human decision is ever a tool."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from flow_runtime.errors import FlowError, Json
from flow_runtime.model import ToolSpec
from flow_runtime.store import Store
from peer_server.peer import AttachedAs, Attachment, FlowVersion, PeerVersion, ResolvedFlow
from peer_server.peers.directory import PeerDirectory
from peer_server.peers.knowledge_tool import knowledge_tool

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_-]+")
_LONGEST_NAME = 64
"""What every provider accepts."""


@dataclass(frozen=True, slots=True)
class Tool:
    """One attached flow: what the model sees, and what a call runs."""

    spec: ToolSpec
    attachment: Attachment
    flow: ResolvedFlow

    @property
    def title(self) -> str:
        """What people see."""
        return self.flow.definition.name


class Toolset:
    """The usable tools of one Peer version by name; `missing` holds why an attached flow cannot be used."""

    def __init__(
        self, tools: Iterable[Tool] = (), *, missing: Iterable[FlowError] = (), knowledge: ToolSpec | None = None
    ) -> None:
        self._tools = {tool.spec.name: tool for tool in tools}
        self._knowledge = knowledge
        self.missing = tuple(missing)

    def __iter__(self) -> Iterator[Tool]:
        return iter(self._tools.values())

    def get(self, name: str) -> Tool | None:
        """The tool of that name; None for everything else, however it is spelled."""
        return self._tools.get(name)

    @property
    def specs(self) -> tuple[ToolSpec, ...]:
        """What goes into the model request."""
        own = () if self._knowledge is None else (self._knowledge,)
        return (*own, *(tool.spec for tool in self._tools.values()))

    def spec(self, name: str) -> ToolSpec | None:
        """What the model was told of the tool of that name."""
        return next((spec for spec in self.specs if spec.name == name), None)


def load_toolset(
    conn: Connection, directory: PeerDirectory, *, workspace_id: str, peer: PeerVersion, as_: AttachedAs = "tool"
) -> Toolset:
    """Resolve the flows that the Peer has attached in this way. A flow that is gone takes no other with it."""
    tools: list[Tool] = []
    missing: list[FlowError] = []
    knowledge = knowledge_tool(peer) if as_ == "tool" else None
    taken = set() if knowledge is None else {knowledge.name}
    for attachment in peer.attachments:
        if attachment.as_ != as_:
            continue
        try:
            flow = directory.resolve(
                conn,
                workspace_id=workspace_id,
                flow_id=attachment.flow_id,
                version=attachment.version,
                person_id=peer.previewed_by,
            )
        except FlowError as error:
            missing.append(error)
            continue
        name = _free_name(attachment.tool_name or flow.definition.name, taken)
        taken.add(name)
        tools.append(Tool(_spec(name, attachment, flow), attachment, flow))
    return Toolset(tools, missing=missing, knowledge=knowledge)


class FlowDescriber:
    """Says how a flow looks as a tool, to steps that let a model run flows."""

    def __init__(self, store: Store, directory: PeerDirectory) -> None:
        self._store = store
        self._directory = directory

    async def __call__(self, workspace_id: str, flow_id: str, version: FlowVersion) -> ToolSpec:
        """The flow's own name, description and parameters. Raises `NotFound`, `Conflict` ``not_published``."""

        def find(conn: Connection) -> ToolSpec:
            flow = self._directory.resolve(conn, workspace_id=workspace_id, flow_id=flow_id, version=version)
            definition = flow.definition
            name = _free_name(definition.name, set())
            return ToolSpec(name, definition.description or definition.name, parameters_of(definition.inputs))

        return await self._store.read(find)


def _spec(name: str, attachment: Attachment, flow: ResolvedFlow) -> ToolSpec:
    definition = flow.definition
    description = attachment.description or definition.description or definition.name
    return ToolSpec(name, description, parameters_of(definition.inputs))


def parameters_of(inputs: Mapping[str, Json]) -> dict[str, Json]:
    """A flow's input schema as the parameters of a tool: always of type object, closed unless it says otherwise."""
    return {"type": "object", "properties": {}, "additionalProperties": False, **inputs}


def _free_name(wanted: str, taken: set[str]) -> str:
    """A name that every provider accepts and that no other tool has; one that is acceptable already is kept."""
    tidied = _NOT_IN_NAMES.sub("_", wanted)
    base = (tidied if tidied == wanted else tidied.strip("_"))[:_LONGEST_NAME] or "flow"
    name, number = base, 2
    while name in taken:
        name = f"{base[: _LONGEST_NAME - 4]}_{number}"
        number += 1
    return name
