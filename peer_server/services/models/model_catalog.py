"""Finds models by name where a workspace has connections of its own: `<connection>:<model>`.

The name is looked up when the model is called: a connection that is changed or removed counts from the next call on.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Final

from httpx2 import AsyncClient
from sqlalchemy import Connection

from flow_runtime.errors import StepFailed
from flow_runtime.model import ChatModel, Delta, Embedder, ModelRequest, Moderator
from flow_runtime.models.catalog import BUILT_IN, LANGCHAIN_PROVIDERS, OPENAI_SERVER, ChosenModel, ModelCatalog
from flow_runtime.store import Store
from peer_server.secrets import Place, SecretUnreadable
from peer_server.services.vault import Vault
from peer_server.stores.model_connections import ModelConnectionRow, find_connection

OWNER: Final = "model-connection"
"""What stands where a flow's id would, in the place that a key is bound to."""


class WorkspaceModels:
    """The catalogue of the installation, and the connections of workspaces; implements the same contract."""

    def __init__(self, store: Store, *, catalog: ModelCatalog, vault: Vault, http: AsyncClient) -> None:
        self._store = store
        self._catalog = catalog
        self._vault = vault
        self._http = http
        self._open: dict[tuple[str, int, str], ChatModel] = {}

    def resolve(self, model: str, workspace_id: str = "") -> ChosenModel:
        """The model of that name; nothing is connected yet. Raises `InvalidDefinition` ``unknown_model``."""
        prefix, colon, name = model.partition(":")
        if not (colon and prefix and name and workspace_id) or prefix in BUILT_IN:
            return self._catalog.resolve(model)
        return ChosenModel(_Connected(self, prefix, workspace_id=workspace_id), name, model)

    async def chat_of(self, name: str, *, workspace_id: str, model: str) -> ChatModel:
        """The chat behind a connection of the workspace, else behind a provider of that name.

        Raises `StepFailed` ``connection_not_found``, ``connection_unreadable``.
        """
        row = await self._store.read(find_connection, name, workspace_id=workspace_id)
        if row is not None:
            return await self.chat(row, model)
        if name in LANGCHAIN_PROVIDERS:
            return self._catalog.resolve(f"{name}:{model}").chat
        raise StepFailed(
            "connection_not_found",
            f"there is no connection {name!r} to a provider of models",
            category="connection",
            remedy="an admin makes connections at /v1/connection; or choose another model",
        )

    async def chat(self, row: ModelConnectionRow, model: str) -> ChatModel:
        """The chat of that model by this connection; made once for each of its revisions. Raises `StepFailed`."""
        is_server = row.provider == OPENAI_SERVER
        place = (row.id, row.rev, "" if is_server else model)
        known = self._open.get(place)
        if known is None:
            key = await self._store.read(self._key, row)
            if is_server:
                found = self._catalog.connect(row.base_url, key, http=self._http)
            else:
                found = self._catalog.connect_provider(f"{row.provider}:{model}", key)
            known = self._open.setdefault(place, found)
        return known

    async def close(self) -> None:
        """Close what the catalogue holds. Idempotent; the guarded client belongs to somebody else."""
        self._open.clear()
        await self._catalog.close()

    def _key(self, conn: Connection, row: ModelConnectionRow) -> str:
        try:
            return self._vault.open(conn, row.ciphertext, place_of(row)).reveal()
        except SecretUnreadable as error:
            message = f"the key of the connection {row.name!r} does not open here"
            remedy = "an admin must set its key again"
            raise StepFailed("connection_unreadable", message, category="connection", remedy=remedy) from error


class _Connected:
    """A chat behind a name that is looked up at each call."""

    def __init__(self, models: WorkspaceModels, name: str, *, workspace_id: str) -> None:
        self._models = models
        self._name = name
        self._workspace_id = workspace_id

    async def stream(self, request: ModelRequest) -> AsyncGenerator[list[Delta], None]:
        """As the chat that is found does it."""
        async with aclosing((await self._chat(request.model)).stream(request)) as batches:
            async for batch in batches:
                yield batch

    async def moderate(self, model: str, text: str) -> Mapping[str, float]:
        """As the chat that is found does it. Raises `StepFailed` ``no_moderation``."""
        chat = await self._chat(model)
        if not isinstance(chat, Moderator):
            raise StepFailed("no_moderation", f"the connection {self._name!r} offers no moderation")
        return await chat.moderate(model, text)

    async def embed(self, model: str, texts: Sequence[str]) -> tuple[Sequence[Sequence[float]], int]:
        """As the chat that is found does it. Raises `StepFailed` ``no_embeddings``."""
        chat = await self._chat(model)
        if not isinstance(chat, Embedder):
            raise StepFailed(
                "no_embeddings", f"the connection {self._name!r} gives no embeddings", category="connection"
            )
        return await chat.embed(model, texts)

    async def prepare(self) -> None:
        """There is nothing to do before a call."""

    async def close(self) -> None:
        """Nothing is held here."""

    async def _chat(self, model: str) -> ChatModel:
        return await self._models.chat_of(self._name, workspace_id=self._workspace_id, model=model)


def place_of(row: ModelConnectionRow) -> Place:
    """Where the key of a connection belongs."""
    return Place(row.workspace_id, OWNER, row.id, row.rev)
