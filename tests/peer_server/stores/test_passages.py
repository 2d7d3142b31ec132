"""Search by words and by embeddings: one contract, on both databases."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert

from flow_runtime.ids import new_id
from flow_runtime.store import Store, Transaction
from flow_runtime.stores.postgres import PostgresStore
from flow_runtime.stores.sqlite import SqliteStore
from peer_server.app import bring_up_to_date
from peer_server.passage_ranking import packed, rarity, signature
from peer_server.search_words import Analyzer
from peer_server.stores import data_sources, documents, passages
from peer_server.stores.data_sources import DataSourceRow
from peer_server.stores.documents import DocumentRow
from peer_server.stores.identity_tables import workspaces
from peer_server.stores.passages import NewPassage
from tests.services.postgres import PostgresServer

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 27, tzinfo=UTC)
HANDBOOK = (
    "Everybody has 25 days of holiday in the year.",
    "Holidays are asked for in the portal; the manager approves every holiday there.",
    "The office in Köln opens at eight; the kitchen does too.",
    "It's the porters who know where the keys of the office are.",
)
MARKS = "quote ' double \" backslash \\ colon : star * minus - brackets () {} [] AND OR NOT NEAR 1e5 3d % _"


class Shelf:
    """Data sources with a document of passages each."""

    def __init__(self, store: Store) -> None:
        self.store = store

    async def put(self, *texts: str, language: str = "en", vectors: tuple[tuple[float, ...], ...] = ()) -> DocumentRow:
        """A new data source with one document, indexed."""
        return await self.store.write(self._put, texts, language, vectors)

    def _put(
        self, tx: Transaction, texts: tuple[str, ...], language: str, vectors: tuple[tuple[float, ...], ...]
    ) -> DocumentRow:
        workspace_id, source_id = new_id(), new_id()
        tx.conn.execute(
            insert(workspaces).values(id=workspace_id, name="Acme", kek_id="k", wrapped_key=b"", created_at=NOW)
        )
        source = DataSourceRow(
            source_id, workspace_id, f"Source {source_id}", "", language, None, 1000, 100, "me", NOW, NOW
        )
        data_sources.insert_source(tx, source)
        document = DocumentRow(
            id=new_id(), source_id=source_id, workspace_id=workspace_id, file_id=new_id(), name="handbook.md",
            mime="text/markdown", size=1, status="ready", error=None, attempts=0, due_at=None, claim=None, rev=1,
            passages=len(texts), done=0, total=0, created_by="me", created_at=NOW, indexed_at=NOW,
        )  # fmt: skip
        documents.insert_document(tx, document)
        self.add(tx, document, texts, language=language, vectors=vectors)
        return document

    def add(
        self, tx: Transaction, document: DocumentRow, texts: tuple[str, ...], *, language: str = "en",
        vectors: tuple[tuple[float, ...], ...] = (),
    ) -> None:  # fmt: skip
        """Passages of the document's indexing."""
        analyzer = Analyzer(language)
        embeddings: list[bytes | None] = [*map(packed, vectors)] or [None] * len(texts)
        new = [
            NewPassage(number, "", text, analyzer.words(text), embedding, signature(embedding) if embedding else None)
            for number, (text, embedding) in enumerate(zip(texts, embeddings, strict=True), start=1)
        ]
        passages.add_passages(tx, new, source_id=document.source_id, document_id=document.id, rev=document.rev)

    async def find(self, question: str, *shelves: DocumentRow, language: str = "en", limit: int = 10) -> list[str]:
        """The texts that fit, best first."""
        words = list(dict.fromkeys(Analyzer(language).words(question)))
        places = [document.source_id for document in shelves]
        counts, total = await self.store.read(passages.frequencies, places, words)
        rarities = {word: rarity(counts[word], total) for word in words}
        ids = await self.store.read(passages.by_words, places, rarities, limit=limit)
        found = {one.id: one.text for one in await self.store.read(passages.load_passages, ids)}
        return [found[id_] for id_ in ids]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
async def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Store]:
    """One of each; every test has data sources of its own in it."""
    found: Store = SqliteStore(tmp_path_factory.mktemp("data") / "peer.db")
    postgres: PostgresServer | None = None
    name = ""
    if request.param == "postgresql":
        postgres = request.getfixturevalue("postgres_server")
        name = postgres.create_database()
        found = PostgresStore(postgres.url(name), connections=4)
    await found.open()
    await bring_up_to_date(found)
    yield found
    await found.close()
    if postgres is not None:
        postgres.drop_database(name)


@pytest.fixture
def shelf(store: Store) -> Shelf:
    return Shelf(store)


async def test_passages_are_found_by_their_words_whatever_their_form(shelf: Shelf) -> None:
    book = await shelf.put(*HANDBOOK)
    assert await shelf.find("HOLIDAY", book) == await shelf.find("holidays", book)
    assert set(await shelf.find("holidays", book)) == set(HANDBOOK[:2])
    assert await shelf.find("koln", book) == [HANDBOOK[2]]
    assert await shelf.find("aeroplanes", book) == []
    assert await shelf.find("", book) == []
    assert await shelf.find("holiday office keys", book, limit=1) == [HANDBOOK[3]]


async def test_rare_words_count_more_than_common_ones(shelf: Shelf) -> None:
    book = await shelf.put(*HANDBOOK, *["the the the the of of of the the"] * 5)
    assert (await shelf.find("is the kitchen of the office open", book))[0] == HANDBOOK[2]


@pytest.mark.parametrize(
    ("language", "text", "question"),
    [
        ("de", "Die Häuser stehen am Fluss.", "haus"),
        ("tr", "Kitaplarımız IŞIKLI odada.", "ışıklı kitap"),
        ("any", "東京都の天気は晴れです。", "天気"),
        ("any", "no endings are cut", "NO"),
    ],
)
async def test_each_language_is_compared_in_its_own_way(shelf: Shelf, language: str, text: str, question: str) -> None:
    book = await shelf.put(text, "something else", language=language)
    assert await shelf.find(question, book, language=language) == [text]


async def test_nothing_in_a_text_or_a_question_is_a_command(shelf: Shelf) -> None:
    book = await shelf.put(MARKS, "x")
    assert await shelf.find(MARKS, book) == [MARKS]
    for word in ("1e5", "3d", "backslash \\", "NEAR(", "it's'", '"', "a:*", "NOT"):
        assert set(await shelf.find(word, book)) <= {MARKS}
    assert await shelf.find("1e5", book) == [MARKS]


async def test_only_the_data_sources_that_are_asked_answer(shelf: Shelf) -> None:
    mine, other = await shelf.put("a secret plan"), await shelf.put("another secret plan")
    assert await shelf.find("secret", mine) == ["a secret plan"]
    assert len(await shelf.find("secret", mine, other)) == 2
    assert await shelf.store.read(passages.frequencies, [mine.source_id], ["secret", "no"]) == (
        {"secret": 1, "no": 0},
        1,
    )


async def test_an_indexing_is_found_once_it_is_whole(shelf: Shelf, store: Store) -> None:
    # Given a document whose next indexing has begun
    book = await shelf.put("the old words")
    await store.write(shelf.add, replace(book, rev=2), ("the new words",))
    assert await shelf.find("old new words", book) == ["the old words"]
    # When it is whole
    await store.write(lambda tx: documents.change_document(tx, book.id, rev=2))
    await store.write(passages.drop_passages, book.id, but=2)
    # Then it alone is found
    assert await shelf.find("old new words", book) == ["the new words"]
    assert await shelf.find("old", book) == []
    await store.write(documents.delete_document, book.id)
    assert await shelf.find("new words", book) == []


async def test_embeddings_come_back_as_they_went_in(shelf: Shelf, store: Store) -> None:
    book = await shelf.put("east", "north", vectors=((2.0, 0.0), (0.0, 3.0)))
    await shelf.put("elsewhere", vectors=((1.0, 1.0),))
    signs = await store.read(passages.signatures, [book.source_id])
    found = await store.read(passages.load_passages, [id_ for id_, _ in signs])
    assert {one.text: one.embedding for one in found} == {"east": packed((1, 0)), "north": packed((0, 1))}
    assert {sign for _, sign in signs} == {b"\x02", b"\x01"}


async def test_one_document_is_worked_on_by_one_at_a_time(shelf: Shelf, store: Store) -> None:
    book = await shelf.put("words")
    later = datetime(2026, 11, 28, tzinfo=UTC)
    assert await store.write(documents.claim_document, "a", now=NOW, until=later) is None
    await store.write(documents.index_again, source_id=book.source_id, now=NOW)
    claimed = await store.write(documents.claim_document, "a", now=NOW, until=later)
    assert claimed is not None
    assert (claimed.status, claimed.attempts) == ("indexing", 1)
    # Nobody else gets it, until whoever holds it has not been heard of for too long
    assert await store.write(documents.claim_document, "b", now=NOW, until=later) is None
    again = await store.write(documents.claim_document, "b", now=later, until=later)
    assert again is not None
    assert await store.write(lambda tx: documents.held(tx.conn, book.id, "a")) is None
