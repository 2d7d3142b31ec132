"""What a Peer is: instructions, a model and attached flows, as one immutable version. Plain data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from flow_runtime.errors import Json
from flow_runtime.flow import FlowDefinition, Guardrails
from peer_server.knowledge import PeerKnowledge

AttachedAs = Literal["tool", "action", "message"]
"""How a flow serves a Peer: the model decides (tool), people press a button (action), it answers itself (message)."""

FlowVersion = Literal["deployed", "latest", "draft"] | int
"""Which version of a flow is meant; `draft` only in previews."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """One flow that a Peer may use. `tool_name` and `description` default to those of the flow."""

    id: str
    flow_id: str
    version: FlowVersion
    as_: AttachedAs
    tool_name: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class PeerVersion:
    """One version of a Peer; `version` is None for its draft. `script` steers the scripted model only.

    `previewed_by` is who tries the draft out: drafts of flows are run by their rights.
    """

    id: str
    name: str
    version: int | None
    model: str
    description: str = ""
    instructions: str = ""
    greeting: str = ""
    starters: Sequence[str] = ()
    script: Sequence[Mapping[str, Json]] = ()
    attachments: Sequence[Attachment] = ()
    guardrails: Guardrails = field(default_factory=Guardrails)
    knowledge: PeerKnowledge | None = None
    previewed_by: str | None = None

    def attachment(self, attachment_id: str) -> Attachment | None:
        """The attachment with that id."""
        return next((found for found in self.attachments if found.id == attachment_id), None)

    @property
    def message_flow(self) -> Attachment | None:
        """The flow that answers every message in place of the model, if there is one."""
        return next((found for found in self.attachments if found.as_ == "message"), None)


MESSAGE_INPUT: Final = "message"
"""The input that a flow which answers messages gets the text as, if it has one of that name."""


def beyond_a_message(schema: Mapping[str, Json]) -> list[str]:
    """The inputs that such a flow requires and no message has."""
    return [name for name in schema.get("required", ()) if name != MESSAGE_INPUT]


@dataclass(frozen=True, slots=True)
class ResolvedFlow:
    """The immutable definition behind a flow's version; `version` is None for a draft."""

    digest: str
    version: int | None
    definition: FlowDefinition
