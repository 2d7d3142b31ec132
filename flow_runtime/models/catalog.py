"""Find a chat model by name: ``default``, ``scripted``, ``openai:<name>`` or ``<provider>:<name>``."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from flow_runtime.errors import InvalidDefinition
from flow_runtime.model import ChatModel
from flow_runtime.models.langchain import LangChainChat, load_by_name
from flow_runtime.models.openai import OPENAI_URL, OpenAIChat
from flow_runtime.models.scripted import ScriptedChat
from flow_runtime.run import Run

SCRIPTED = "scripted"
DEFAULT = "default"
BUILT_IN = frozenset({SCRIPTED, DEFAULT, "openai"})
"""What stands before the colon, or alone, in names of the installation's own models."""
LANGCHAIN_PROVIDERS = frozenset(
    {"anthropic", "azure_ai", "azure_openai", "bedrock", "bedrock_converse", "cohere", "deepseek", "fireworks"}
    | {"google_anthropic_vertex", "google_genai", "google_vertexai", "groq", "huggingface", "ibm", "mistralai"}
    | {"nvidia", "ollama", "openrouter", "perplexity", "together", "upstage", "xai"}
)
"""Providers that `init_chat_model` knows."""
OPENAI_SERVER = "openai"
"""The provider of connections to whatever server speaks the API of OpenAI."""
KEYED_PROVIDERS: Mapping[str, str] = {
    "anthropic": "langchain-anthropic",
    "deepseek": "langchain-deepseek",
    "fireworks": "langchain-fireworks",
    "google_genai": "langchain-google-genai",
    "groq": "langchain-groq",
    "mistralai": "langchain-mistralai",
    "openrouter": "langchain-openrouter",
    "perplexity": "langchain-perplexity",
    "together": "langchain-together",
    "xai": "langchain-xai",
}
"""Those that take nothing but one key, and the package that each of them needs."""
OPENAI_DEFAULT = "openai:gpt-5.4-mini"
"""What ``default`` means when there is a key but no `PEER_SERVER_MODEL`."""


def missing_packages(provider: str) -> list[str]:
    """What must be installed before models of that LangChain provider can be called."""
    wanted = {"peer-server[langchain]": "langchain"}
    if package := KEYED_PROVIDERS.get(provider):
        wanted[package] = package.replace("-", "_")
    return [package for package, module in wanted.items() if find_spec(module) is None]


@dataclass(frozen=True)
class ModelSettings:
    """What the composition root knows: `PEER_SERVER_MODEL`, `OPENAI_API_KEY`, `OPENAI_BASE_URL`."""

    default_model: str | None = None
    openai_api_key: str | None = None
    openai_base_url: str | None = None


@dataclass(frozen=True)
class ChosenModel:
    """A found model. Put `name` into `ModelRequest.model`; `full_name` is what usage records and the UI show."""

    chat: ChatModel
    name: str
    full_name: str

    @property
    def is_scripted(self) -> bool:
        """Whether the UI must say that no AI is at work."""
        return self.full_name == SCRIPTED


class ModelCatalog:
    """Makes each connection once, on demand, and closes them all at the end."""

    def __init__(self, settings: ModelSettings) -> None:
        self._settings = settings
        self._chats: dict[str, ChatModel] = {}

    def resolve(self, model: str, workspace_id: str = "") -> ChosenModel:
        """The model of that name; nothing is connected yet. Raises `InvalidDefinition` ``unknown_model``."""
        full_name = self._default() if model == DEFAULT else model
        if full_name == SCRIPTED:
            return ChosenModel(self._chats.setdefault(SCRIPTED, ScriptedChat()), SCRIPTED, SCRIPTED)
        provider, colon, name = full_name.partition(":")
        if not (provider and colon and name):
            remedy = "Use default, scripted, openai:<name> or <provider>:<name>."
            raise InvalidDefinition("unknown_model", f"there is no model {full_name!r}", remedy=remedy)
        connection = provider if provider == "openai" else full_name
        if connection not in self._chats:
            self._chats[connection] = self._connect(full_name)
        return ChosenModel(self._chats[connection], name, full_name)

    def for_run(self, run: Run, *, peer_id: str | None = None) -> "ModelCatalog":
        """The same models; whoever counts what runs use answers others."""
        return self

    def connect(self, base_url: str, api_key: str, *, http: Any) -> ChatModel:  # noqa: ANN401 - see `OpenAIChat`
        """A chat behind another OpenAI-compatible server, through that client; the catalogue does not keep it."""
        return OpenAIChat(api_key=api_key, base_url=base_url, http=http)

    def connect_provider(self, model: str, api_key: str) -> ChatModel:
        """A chat of the LangChain model ``provider:name`` with that key; the catalogue does not keep it."""
        return LangChainChat(lambda: load_by_name(model, api_key=api_key))

    async def close(self) -> None:
        """Close every connection. Idempotent."""
        chats, self._chats = self._chats, {}
        for chat in chats.values():
            await chat.close()

    def _default(self) -> str:
        return self._settings.default_model or (OPENAI_DEFAULT if self._settings.openai_api_key else SCRIPTED)

    def _connect(self, full_name: str) -> ChatModel:
        if not full_name.startswith("openai:"):
            return LangChainChat(lambda: load_by_name(full_name))
        return OpenAIChat(
            api_key=self._settings.openai_api_key or "", base_url=self._settings.openai_base_url or OPENAI_URL
        )
