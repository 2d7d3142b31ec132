"""What a Peer knows and answers from: which data sources it searches, and what was found in them. Plain data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from flow_runtime.errors import Json
from peer_server.passage_ranking import Weights

KnowledgeUse = Literal["tool", "always"]
"""Whether the model decides when to search (tool), or every message is searched for before it answers (always)."""


@dataclass(frozen=True, slots=True)
class PeerKnowledge:
    """The data sources of a Peer, by their ids, and how they are searched."""

    sources: Sequence[str]
    use: KnowledgeUse = "tool"
    limit: int = 5
    weights: Weights = field(default_factory=Weights)


@dataclass(frozen=True, slots=True)
class FoundText:
    """A passage that fits, how well (0 to 1), and where it is from."""

    text: str
    place: str
    score: float
    source_id: str
    source: str
    document_id: str
    document: str
    file_id: str

    def as_json(self) -> dict[str, Json]:
        """As steps give it."""
        told: dict[str, Json] = {
            "text": self.text,
            "source": self.source,
            "document": self.document,
            "score": round(self.score, 4),
            "sourceId": self.source_id,
            "documentId": self.document_id,
        }
        return told | ({"place": self.place} if self.place else {})

    def citation(self, number: int) -> dict[str, Json]:
        """As messages cite it, under that number."""
        told: dict[str, Json] = {
            "number": number,
            "text": self.text,
            "source": self.source,
            "document": self.document,
            "documentId": self.document_id,
            "fileId": self.file_id,
            "place": self.place,
        }
        return {name: value for name, value in told.items() if value != ""}


@dataclass(frozen=True, slots=True)
class Findings:
    """What a search came to, best first; `missing` are data sources that do not exist any more."""

    found: Sequence[FoundText] = ()
    missing: Sequence[str] = ()
    usage: Sequence[Mapping[str, Json]] = ()
