"""Embeddings through the connections of a workspace: what a text means, as a vector."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from flow_runtime.errors import Json, StepFailed
from flow_runtime.model import Embedder, ModelError
from peer_server.passage_ranking import packed
from peer_server.services.models.metered_models import MeteredModels

LONGEST_TEXT: Final = 8_000
"""Characters of a text that are embedded: what every provider takes."""
_TIMEOUT_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Embedded:
    """A packed vector for each text, and what the provider used for them."""

    vectors: Sequence[bytes]
    usage: Mapping[str, Json]


async def embed(models: MeteredModels, texts: Sequence[str], *, model: str, workspace_id: str) -> Embedded:
    """Embed these texts in one call. Raises `StepFailed` with the code of what went wrong.

    What the provider said is left out: it may repeat the key.
    """
    chosen = models.resolve(model, workspace_id)
    if not isinstance(chosen.chat, Embedder):
        raise _failed("no_embeddings", f"{model!r} gives no embeddings")
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            vectors, tokens = await chosen.chat.embed(chosen.name, [text[:LONGEST_TEXT] for text in texts])
    except ModelError as error:
        raise _failed(error.code, f"{model!r} failed: {error.code}", retryable=error.is_retryable) from error
    except TimeoutError:
        raise _failed("timeout", f"{model!r} did not answer in {_TIMEOUT_S:g} s", retryable=True) from None
    if len(vectors) != len(texts) or not all(vectors):
        raise _failed("no_embeddings", f"{model!r} gave no embedding for some text")
    usage = {"model": chosen.full_name, "promptTokens": tokens, "completionTokens": 0, "totalTokens": tokens}
    return Embedded([packed(vector) for vector in vectors], usage)


def _failed(code: str, message: str, *, retryable: bool = False) -> StepFailed:
    remedy = "look at the connection, and whether its model gives embeddings"
    return StepFailed(code, message, category="connection", retryable=retryable, remedy=remedy)
