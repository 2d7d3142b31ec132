"""The tool by which a model looks things up in what its Peer knows. Pure."""

from typing import Final

from flow_runtime.model import ToolSpec
from peer_server.peer import PeerVersion

TOOL: Final = "search_knowledge"
TITLE: Final = "Search knowledge"
CITE: Final = "Cite what you use by its number in square brackets, such as [1]."


def knowledge_tool(peer: PeerVersion) -> ToolSpec | None:
    """The tool that searches; None if the Peer has nothing to search in, or searches by itself."""
    if peer.knowledge is None or peer.knowledge.use != "tool":
        return None
    about = "Search the documents that you know. Ask in a few words or a question."
    query = {"type": "string", "minLength": 1, "maxLength": 1000, "description": "What to look for."}
    parameters = {
        "type": "object",
        "properties": {"query": query},
        "required": ["query"],
        "additionalProperties": False,
    }
    return ToolSpec(TOOL, f"{about} {CITE}", parameters)
