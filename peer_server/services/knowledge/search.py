"""Search over data sources: by words, by meaning where a source has embeddings, and by both weighed together."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import Connection

from flow_runtime.errors import BudgetSpent, Json, StepFailed
from flow_runtime.store import Store
from peer_server.access import unknown
from peer_server.knowledge import Findings, FoundText
from peer_server.passage_ranking import Weights, nearest, rarity, share_of, signature, similarity
from peer_server.search_words import Analyzer
from peer_server.services.knowledge.embedding import embed
from peer_server.services.models.metered_models import MeteredModels
from peer_server.stores import passages as rows
from peer_server.stores.data_sources import DataSourceRow, find_sources
from peer_server.stores.passages import FoundPassage

LONGEST_QUERY: Final = 2_000
MOST_RESULTS: Final = 50
_MOST_WORDS: Final = 32
_CANDIDATES: Final = 100
"""Passages that are looked at closely for each way of finding them."""
_NEAR: Final = 200


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked of the data sources that compare words alike."""

    language: str
    rarities: Mapping[str, float]


class KnowledgeSearch:
    """Finds passages. Whoever asks has been let in before."""

    def __init__(self, store: Store, *, models: MeteredModels) -> None:
        self._store = store
        self._models = models

    async def find(
        self,
        workspace_id: str,
        sources: Sequence[str],
        *,
        query: str,
        limit: int,
        weights: Weights | None = None,
        strict: bool = True,
    ) -> Findings:
        """The passages of these data sources (by id or name) that fit best, and at least as well as the threshold.

        Raises `NotFound` naming a data source that is not there; without `strict` the others answer. Raises
        `StepFailed` ``data_source_unavailable`` naming one whose embeddings cannot be asked for.
        """
        known = await self._store.read(find_sources, list(sources), workspace_id=workspace_id)
        missing = [name for name in sources if name not in known]
        if missing and strict:
            raise unknown("data source", missing[0])
        chosen = {row.id: row for row in known.values()}
        text = query[:LONGEST_QUERY].replace("\0", "")
        wanted, usage = await self._embedded(text, list(chosen.values()))
        questions, ids = await self._store.read(_candidates, text, list(chosen.values()), wanted, limit=limit)
        candidates = await self._store.read(rows.load_passages, ids)
        weights = weights or Weights()
        scored = await asyncio.to_thread(_scored, candidates, chosen, questions, wanted=wanted, weights=weights)
        best = sorted((one for one in scored if one.score >= weights.threshold and one.score > 0), key=_order)
        return Findings(best[:limit], missing, usage)

    async def __call__(
        self, workspace_id: str, sources: Sequence[str], *, query: str, limit: int, threshold: float
    ) -> dict[str, Json]:
        """``{results, usage}`` for a step. Raises as `find` does."""
        weights = Weights(threshold=threshold)
        findings = await self.find(workspace_id, sources, query=query, limit=limit, weights=weights)
        return {"results": [one.as_json() for one in findings.found], "usage": list(findings.usage)}

    async def _embedded(
        self, text: str, sources: Sequence[DataSourceRow]
    ) -> tuple[Mapping[str, bytes], list[Mapping[str, Json]]]:
        """The meaning of the question, for each model that sources are embedded with."""
        first: dict[str, DataSourceRow] = {}
        for source in sources:
            if source.embedding_model is not None:
                first.setdefault(source.embedding_model, source)
        if not text.strip():
            return {}, []
        found = await asyncio.gather(*(self._embed(text, source, model) for model, source in first.items()))
        return {model: vector for model, vector, _ in found}, [usage for _, _, usage in found]

    async def _embed(self, text: str, source: DataSourceRow, model: str) -> tuple[str, bytes, Mapping[str, Json]]:
        try:
            embedded = await embed(self._models, [text], model=model, workspace_id=source.workspace_id)
        except BudgetSpent:
            raise
        except StepFailed as error:
            raise StepFailed(
                "data_source_unavailable",
                f"the data source {source.name!r} cannot be searched by meaning: {error.message}",
                category="connection",
                retryable=error.retryable,
                remedy=f"look at the connection behind {model!r}, or take the embeddings off the data source",
            ) from error
        return model, embedded.vectors[0], embedded.usage


def _order(one: FoundText) -> tuple[float, str, str, str]:
    """Best first; what fits alike in an order that stays."""
    return -one.score, one.document_id, one.place, one.text


def _candidates(
    conn: Connection, text: str, sources: Sequence[DataSourceRow], wanted: Mapping[str, bytes], *, limit: int
) -> tuple[Mapping[str, _Question], list[int]]:
    """What is asked of each data source, and the passages that may answer."""
    languages, models = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
    for source in sources:
        languages[source.language].append(source.id)
        if source.embedding_model in wanted:
            models[str(source.embedding_model)].append(source.id)
    questions: dict[str, _Question] = {}
    ids: dict[int, None] = {}
    most = max(_CANDIDATES, 4 * limit)
    for language, source_ids in languages.items():
        words = list(dict.fromkeys(Analyzer(language).words(text)))[:_MOST_WORDS]
        counts, total = rows.frequencies(conn, source_ids, words)
        # A word that nobody uses tells no more than one that is used once: the question may have many of them.
        rarities = {word: rarity(max(counts[word], 1), max(total, 1)) for word in words}
        questions |= dict.fromkeys(source_ids, _Question(language, rarities))
        held = {word: told for word, told in rarities.items() if counts[word]}
        ids |= dict.fromkeys(rows.by_words(conn, source_ids, held, limit=most))
    for model, source_ids in models.items():
        signs = rows.signatures(conn, source_ids)
        ids |= dict.fromkeys(nearest(signature(wanted[model]), signs, limit=max(_NEAR, 4 * limit)))
    return questions, [*ids]


def _scored(
    candidates: Sequence[FoundPassage],
    sources: Mapping[str, DataSourceRow],
    questions: Mapping[str, _Question],
    *,
    wanted: Mapping[str, bytes],
    weights: Weights,
) -> list[FoundText]:
    analyzers = {one.language: Analyzer(one.language) for one in questions.values()}
    found = []
    for one in candidates:
        question, model = questions[one.source_id], sources[one.source_id].embedding_model
        searched = f"{one.place}\n{one.text}"
        words = share_of(set(analyzers[question.language].words(searched)), question.rarities)
        vector = wanted.get(model) if model is not None else None
        is_comparable = vector is not None and one.embedding is not None and len(vector) == len(one.embedding)
        meaning = similarity(vector, one.embedding) if is_comparable and vector and one.embedding else None
        found.append(replace(_text(one), score=weights.score(words, meaning)))
    return found


def _text(one: FoundPassage) -> FoundText:
    return FoundText(
        text=one.text,
        place=one.place,
        score=0.0,
        source_id=one.source_id,
        source=one.source,
        document_id=one.document_id,
        document=one.document,
        file_id=one.file_id,
    )
