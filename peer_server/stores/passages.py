"""Passages as rows, and how they are found: by words (FTS5, tsvector) and by embeddings. One contract, two dialects.

Words come from `search_words`, so that both databases compare the same ones. What a document's next indexing has
written so far is not found yet.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Select,
    String,
    and_,
    cast,
    column,
    delete,
    func,
    insert,
    literal,
    literal_column,
    select,
    table,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from flow_runtime.store import Transaction
from peer_server.stores.knowledge_tables import data_sources, documents, passages

_LAST_POSITION: Final = 16_383
"""What a tsvector can tell of where a word is."""
_LENGTH_COUNTS: Final = 1
"""For `ts_rank_cd`: a word tells less in a long passage."""
_AT_ONCE: Final = 500
_fts: Final = table("passage_words", column("rowid"))


@dataclass(frozen=True, slots=True)
class NewPassage:
    """What is stored of a passage. `embedding` and `signature` are those of `passage_ranking`."""

    number: int
    place: str
    text: str
    words: Sequence[str]
    embedding: bytes | None = None
    signature: bytes | None = None


@dataclass(frozen=True, slots=True)
class FoundPassage:
    """A passage with where it is from."""

    id: int
    text: str
    place: str
    number: int
    source_id: str
    source: str
    document_id: str
    document: str
    file_id: str
    embedding: bytes | None


_FOUND: Final[list[Column[Any]]] = [
    *(passages.c[name] for name in ("id", "text", "place", "number", "source_id")),
    data_sources.c.name,
    *(passages.c.document_id, documents.c.name, documents.c.file_id, passages.c.embedding),
]


def add_passages(tx: Transaction, new: Sequence[NewPassage], *, source_id: str, document_id: str, rev: int) -> None:
    """Store passages of one indexing of a document."""
    whose = {"source_id": source_id, "document_id": document_id, "rev": rev}
    rows = [
        {
            "number": one.number,
            "place": one.place,
            "text": one.text,
            "words": _stored(tx.conn, one.words),
            "embedding": one.embedding,
            "signature": one.signature,
            **whose,
        }
        for one in new
    ]
    if rows:
        tx.conn.execute(insert(passages), rows)


def drop_passages(tx: Transaction, document_id: str, *, but: int) -> None:
    """Remove what other indexings of the document have left."""
    tx.conn.execute(delete(passages).where(passages.c.document_id == document_id, passages.c.rev != but))


def frequencies(conn: Connection, source_ids: Collection[str], words: Collection[str]) -> tuple[Mapping[str, int], int]:
    """In how many passages of these data sources each word is, and how many passages there are."""
    total = conn.scalar(_counted(source_ids)) or 0
    if conn.dialect.name == "postgresql":
        counts = {word: conn.scalar(_counted(source_ids).where(_has(word))) or 0 for word in words}
    else:
        counts = {word: conn.scalar(_matching(_counted(source_ids), source_ids, [word])) or 0 for word in words}
    return counts, total


def by_words(conn: Connection, source_ids: Collection[str], rarities: Mapping[str, float], *, limit: int) -> list[int]:
    """The ids of the passages that fit these words best: BM25 in SQLite, `ts_rank_cd` with rare words first else."""
    if not rarities:
        return []
    query = _visible(select(passages.c.id), source_ids)
    if conn.dialect.name == "postgresql":
        rank = sum((told * _rank(word) for word, told in rarities.items()), start=literal(0.0))
        query = query.where(passages.c.words.bool_op("@@")(_query(*rarities))).order_by(rank.desc(), passages.c.id)
    else:
        query = _matching(query, source_ids, rarities)
        query = query.order_by(literal_column("bm25(passage_words, 1.0, 0.0)"), passages.c.id)
    return [*conn.scalars(query.limit(limit))]


def signatures(conn: Connection, source_ids: Collection[str]) -> list[tuple[int, bytes]]:
    """The signature of every passage of these data sources that has one."""
    query = _visible(select(passages.c.id, passages.c.signature), source_ids).where(passages.c.signature.is_not(None))
    return [(row.id, row.signature) for row in conn.execute(query)]


def load_passages(conn: Connection, ids: Sequence[int]) -> list[FoundPassage]:
    """These passages, as far as they are still to be found."""
    found: list[FoundPassage] = []
    for start in range(0, len(ids), _AT_ONCE):
        query = select(*_FOUND).join(documents, _is_current())
        query = query.join(data_sources, data_sources.c.id == passages.c.source_id)
        query = query.where(passages.c.id.in_(ids[start : start + _AT_ONCE]))
        found += [FoundPassage(*row[: len(_FOUND)]) for row in conn.execute(query)]
    return found


def _stored(conn: Connection, words: Sequence[str]) -> str:
    """Words as the column keeps them: one after the other, or with their positions. They hold nothing to be escaped."""
    if conn.dialect.name != "postgresql":
        return " ".join(words)
    places: dict[str, list[str]] = {}
    for position, word in enumerate(words, start=1):
        places.setdefault(word, []).append(str(min(position, _LAST_POSITION)))
    return " ".join(f"'{word}':{','.join(at)}" for word, at in places.items())


def _is_current() -> ColumnElement[bool]:
    return and_(documents.c.id == passages.c.document_id, documents.c.rev == passages.c.rev)


def _visible(query: Select[Any], source_ids: Collection[str]) -> Select[Any]:
    return query.join(documents, _is_current()).where(passages.c.source_id.in_(source_ids))


def _counted(source_ids: Collection[str]) -> Select[Any]:
    return _visible(select(func.count()).select_from(passages), source_ids)


# --- SQLite -----------------------------------------------------------------------------------------------------------


def _matching(query: Select[Any], source_ids: Collection[str], words: Collection[str]) -> Select[Any]:
    """Only passages of these data sources that hold one of the words."""
    places, wanted = (" OR ".join(f'"{one}"' for one in several) for several in (source_ids, words))
    match = literal(f"source_id : ({places}) AND words : ({wanted})", String)
    joined = query.join(_fts, passages.c.id == literal_column("+passage_words.rowid"))  # + has it look here first.
    return joined.where(literal_column("passage_words").op("MATCH")(match))


# --- PostgreSQL -------------------------------------------------------------------------------------------------------


def _query(*words: str) -> ColumnElement[Any]:
    return cast(" | ".join(f"'{word}'" for word in words), TSQUERY)


def _has(word: str) -> ColumnElement[bool]:
    return passages.c.words.bool_op("@@")(_query(word))


def _rank(word: str) -> ColumnElement[float]:
    return func.ts_rank_cd(passages.c.words, _query(word), _LENGTH_COUNTS)
