"""The catalogue of models, with every call on somebody's account: checked before it is made, counted afterwards."""

import asyncio
import time
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial

from sqlalchemy import Connection

from flow_runtime.errors import StepFailed
from flow_runtime.model import (
    Delta,
    Embedder,
    ModelRequest,
    Moderator,
    TextDelta,
    ToolCallDelta,
    UsageDelta,
    UserMessage,
)
from flow_runtime.models.catalog import BUILT_IN, LANGCHAIN_PROVIDERS, ChosenModel
from flow_runtime.run import Run
from peer_server.access import Principal
from peer_server.budget import Subject, tokens_in
from peer_server.services.models.meter import AdmittedCall, FindPayers, Meter, characters_of
from peer_server.services.models.model_catalog import WorkspaceModels
from peer_server.services.oversight.telemetry import Telemetry
from peer_server.stores.model_spending import Used
from peer_server.stores.payers import payers_of


class MeteredModels:
    """Implements the catalogue's contract for one payer; `for_run` and `for_person` answer one for another."""

    def __init__(
        self, models: WorkspaceModels, meter: Meter, *, telemetry: Telemetry, payers: FindPayers | None = None
    ) -> None:
        self._telemetry = telemetry
        self._models = models
        self._meter = meter
        self._payers = payers

    def for_run(self, run: Run, *, peer_id: str | None = None) -> "MeteredModels":
        """The same models, on the account of that run, and of the Peer that it asks."""
        return self._for(_Remembered(partial(_of_run, run=run, peer_id=peer_id)))

    def for_person(self, principal: Principal) -> "MeteredModels":
        """The same models, on the account of that person."""
        subjects = [Subject("workspace", principal.workspace_id), Subject("user", principal.id)]
        return self._for(lambda _conn: subjects)

    def _for(self, payers: FindPayers) -> "MeteredModels":
        return MeteredModels(self._models, self._meter, telemetry=self._telemetry, payers=payers)

    def resolve(self, model: str, workspace_id: str = "") -> ChosenModel:
        """The model of that name; nothing is connected yet. Raises `InvalidDefinition` ``unknown_model``."""
        chosen = self._models.resolve(model, workspace_id)
        if not workspace_id:
            return chosen
        payers = self._payers or (lambda _conn: [Subject("workspace", workspace_id)])
        chat = _MeteredChat(chosen, self._meter, telemetry=self._telemetry, workspace_id=workspace_id, payers=payers)
        return replace(chosen, chat=chat)


class _Remembered:
    """Looks up once who pays."""

    def __init__(self, find: FindPayers) -> None:
        self._find = find
        self._found: Collection[Subject] | None = None

    def __call__(self, conn: Connection) -> Collection[Subject]:
        if self._found is None:
            self._found = self._find(conn)
        return self._found


def _of_run(conn: Connection, *, run: Run, peer_id: str | None) -> Collection[Subject]:
    found = payers_of(conn, run)
    return found if peer_id is None else found | {Subject("peer", peer_id)}


class _MeteredChat:
    """A chat of somebody's account."""

    def __init__(
        self, chosen: ChosenModel, meter: Meter, *, telemetry: Telemetry, workspace_id: str, payers: FindPayers
    ) -> None:
        self._telemetry = telemetry
        self._chosen = chosen
        self._meter = meter
        self._workspace_id = workspace_id
        self._payers = payers

    async def stream(self, request: ModelRequest) -> AsyncGenerator[list[Delta], None]:
        """As the chat does it, with the price in what it says of its use. Raises `BudgetSpent` before anything else."""
        call = await self._meter.admit(
            request, workspace_id=self._workspace_id, payers=self._payers, model=self._chosen.full_name
        )
        tally, began, outcome = _Tally(call, request), time.perf_counter(), "stopped"
        try:
            async with aclosing(self._chosen.chat.stream(request)) as batches:
                async for batch in batches:
                    yield tally.noting(batch)
            outcome = "completed"
        except Exception:
            tally.has_failed, outcome = True, "failed"
            raise
        finally:
            used = tally.used()
            self._telemetry.model_call(
                _source_of(self._chosen.full_name),
                outcome,
                seconds=time.perf_counter() - began,
                tokens=tally.by_kind(used),
                cost=used.cost,
                currency=used.currency,
            )
            # Whoever stops listening must not keep the count from being made.
            counting = asyncio.ensure_future(self._meter.settle(call, used))
            await asyncio.shield(counting)

    async def moderate(self, model: str, text: str) -> Mapping[str, float]:
        """As the chat does it; providers take nothing for it. Raises `StepFailed` ``no_moderation``."""
        chat = self._chosen.chat
        if not isinstance(chat, Moderator):
            message = f"the connection of {self._chosen.full_name!r} offers no moderation"
            raise StepFailed("no_moderation", message)
        return await chat.moderate(model, text)

    async def embed(self, model: str, texts: Sequence[str]) -> tuple[Sequence[Sequence[float]], int]:
        """As the chat does it. Raises `BudgetSpent`; `StepFailed` ``no_embeddings``."""
        chat = self._chosen.chat
        if not isinstance(chat, Embedder):
            message = f"the connection of {self._chosen.full_name!r} gives no embeddings"
            raise StepFailed("no_embeddings", message, category="connection")
        request = ModelRequest(model, [UserMessage(text) for text in texts])
        name = self._chosen.full_name
        call = await self._meter.admit(request, workspace_id=self._workspace_id, payers=self._payers, model=name)
        used = Used(0)
        try:
            vectors, tokens = await chat.embed(model, texts)
            used = call.used(tokens, 0)
        finally:
            await asyncio.shield(asyncio.ensure_future(self._meter.settle(call, used)))
        return vectors, tokens

    async def prepare(self) -> None:
        """As the chat does it."""
        await self._chosen.chat.prepare()

    async def close(self) -> None:
        """The chat belongs to the catalogue."""


def _source_of(model: str) -> str:
    """Where a model comes from: one of four words, since names of connections are chosen by people."""
    prefix = model.partition(":")[0]
    if prefix in BUILT_IN:
        return prefix
    return "langchain" if prefix in LANGCHAIN_PROVIDERS else "connection"


class _Tally:
    """What a call has used so far: what the provider says, else an estimate from the length of the texts."""

    def __init__(self, call: AdmittedCall, request: ModelRequest) -> None:
        self.has_failed = False
        self._call = call
        self._request = request
        self._told: UsageDelta | None = None
        self._characters = 0

    def noting(self, batch: list[Delta]) -> list[Delta]:
        """The batch, with the price where it tells of use."""
        return [self._noted(delta) for delta in batch]

    def used(self) -> Used:
        """What to count: nothing where the call failed before anything came, else at least its prompt."""
        if self._told is not None:
            told = self._told
            return self._call.used(
                told.prompt_tokens, told.completion_tokens, total=told.total_tokens, cached=told.cached_tokens
            )
        if self.has_failed and not self._characters:
            return Used(0)
        return self._call.used(tokens_in(characters_of(self._request)), tokens_in(self._characters))

    def by_kind(self, used: Used) -> dict[str, int]:
        """The tokens apart, where the provider told them apart."""
        if self._told is None:
            return {"estimated": used.tokens} if used.tokens else {}
        told = self._told
        return {"prompt": told.prompt_tokens, "completion": told.completion_tokens, "cached": told.cached_tokens}

    def _noted(self, delta: Delta) -> Delta:
        match delta:
            case TextDelta(text=text) | ToolCallDelta(arguments=text):
                self._characters += len(text)
            case UsageDelta():
                self._told = delta
                if self._call.price is not None:
                    price = self._call.price.of(
                        prompt=delta.prompt_tokens, completion=delta.completion_tokens, cached=delta.cached_tokens
                    )
                    return replace(delta, price=price)
        return delta
