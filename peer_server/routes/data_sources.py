"""`/v1/data-source`: what flows and Peers look things up in. Everybody may see and search, admins change."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Query
from pydantic import Field

from flow_runtime.errors import Json
from peer_server.access import Principal
from peer_server.knowledge import FoundText
from peer_server.passage_ranking import Weights
from peer_server.routes.answer_parts import Failure
from peer_server.search_words import Language
from peer_server.services.knowledge.data_sources import DataSourceContent
from peer_server.services.knowledge.search import LONGEST_QUERY, MOST_RESULTS
from peer_server.stores.data_sources import Contents, DataSourceRow
from peer_server.stores.documents import DocumentRow, DocumentStatus
from peer_server.web.guard import Use, needs, router
from peer_server.web.json_request import Answer, Body, Cursor, Limit

api = router("data source")
Reader = Annotated[Principal, needs("data.read")]
Admin = Annotated[Principal, needs("data.manage")]
Share = Annotated[float, Field(ge=0, le=1)]


class DataSourceChange(Body):
    """What is to be different; fields that are left out stay. Other passages or languages have it indexed anew."""

    name: Json = None
    description: Json = None
    language: Json = None
    embedding_model: Json = None
    """Null takes the embeddings off."""
    passage_size: Json = None
    passage_overlap: Json = None


class NewDocument(Body):
    """An uploaded file to be indexed."""

    file_id: Annotated[str, Field(min_length=1, max_length=64)]
    """Of `POST /v1/file`: text, Markdown, HTML, CSV, JSON or PDF. Whoever may see the data source may read it then."""
    name: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    """What citations call it; the name of the file if it is left out."""


class Search(Body):
    """What to look for."""

    query: Annotated[str, Field(min_length=1, max_length=LONGEST_QUERY, examples=["How many days of leave are there?"])]
    limit: Annotated[int, Field(ge=1, le=MOST_RESULTS)] = 10
    threshold: Share = 0.0
    """How well a passage must fit, from 0 to 1."""
    text_weight: Share = 0.5
    """How much its words count, where there are embeddings as well."""
    vector_weight: Share = 0.5
    """How much its meaning counts."""


class DataSourceAnswer(Answer):
    """A data source."""

    id: str
    name: str
    description: str
    language: Language
    embedding_model: str | None
    passage_size: int
    passage_overlap: int
    documents: int
    """How many there are."""
    ready: int
    """How many of them can be searched as they are now."""
    failed: int
    """How many could not be indexed; each says why."""
    passages: int
    created_at: datetime
    updated_at: datetime


class DataSourcePage(Answer):
    """A page of data sources."""

    items: list[DataSourceAnswer]
    next_cursor: str | None = None


class Progress(Answer):
    """How far the indexing at work is, in passages."""

    done: int
    total: int


class DocumentAnswer(Answer):
    """A document, and how far it is."""

    id: str
    source_id: str
    file_id: str
    name: str
    mime: str
    size: int
    status: DocumentStatus
    """While a document is indexed anew, what was found in it before stays to be found."""
    progress: Progress
    error: Failure | None
    """Why the last attempt failed; `pending` ones are tried again by themselves."""
    passages: int
    """How many can be found."""
    created_at: datetime
    indexed_at: datetime | None


class DocumentPage(Answer):
    """A page of documents."""

    items: list[DocumentAnswer]
    next_cursor: str | None = None


class FoundPassage(Answer):
    """A passage that fits."""

    text: str
    place: str
    """The headings above it, or its page or rows."""
    score: float
    """How well it fits, from 0 to 1."""
    source: str
    source_id: str
    document: str
    document_id: str
    file_id: str
    """`GET /v1/file/{fileId}` gives the whole document."""


class SearchAnswer(Answer):
    """The passages that fit, best first."""

    results: list[FoundPassage]


@api.post("/v1/data-source", status_code=201)
async def create(*, body: DataSourceContent, who: Admin, services: Use) -> DataSourceAnswer:
    """Make a data source; documents are put into it next."""
    return _source(await services.knowledge.sources.create(who, body), Contents())


@api.get("/v1/data-source")
async def page(
    *,
    who: Reader,
    services: Use,
    search: Annotated[str, Query(max_length=200)] = "",
    cursor: Annotated[Cursor, Query()] = None,
    limit: Annotated[Limit, Query()] = 50,
) -> DataSourcePage:
    """Data sources of the workspace, newest first."""
    found = await services.knowledge.sources.page(who, search=search, cursor=cursor, limit=limit)
    return DataSourcePage(items=[_source(*item) for item in found.items], next_cursor=found.next_cursor)


@api.get("/v1/data-source/{source_id}")
async def get(*, source_id: str, who: Reader, services: Use) -> DataSourceAnswer:
    """One data source, and how much is in it."""
    return _source(*await services.knowledge.sources.get(who, source_id))


@api.patch("/v1/data-source/{source_id}")
async def change(*, source_id: str, body: DataSourceChange, who: Admin, services: Use) -> DataSourceAnswer:
    """Change it. Until its documents are indexed anew, they are found as before."""
    await services.knowledge.sources.change(who, source_id, body.model_dump(exclude_unset=True))
    return _source(*await services.knowledge.sources.get(who, source_id))


@api.delete("/v1/data-source/{source_id}", status_code=204)
async def delete(*, source_id: str, who: Admin, services: Use) -> None:
    """Remove it with its documents; their files stay. Steps and Peers that name it say that it is missing."""
    await services.knowledge.sources.delete(who, source_id)


@api.post("/v1/data-source/{source_id}/search")
async def search(*, source_id: str, body: Search, who: Reader, services: Use) -> SearchAnswer:
    """Find passages: by their words, and by what they mean if the data source has embeddings."""
    source, _ = await services.knowledge.sources.get(who, source_id)
    weights = Weights(text=body.text_weight, vector=body.vector_weight, threshold=body.threshold)
    findings = await services.knowledge.search.find(
        who.workspace_id, [source.id], query=body.query, limit=body.limit, weights=weights
    )
    return SearchAnswer(results=[_found(one) for one in findings.found])


@api.post("/v1/data-source/{source_id}/document", status_code=201)
async def add_document(*, source_id: str, body: NewDocument, who: Admin, services: Use) -> DocumentAnswer:
    """Put an uploaded file into it. It is indexed soon; `status` and `progress` tell how far it is."""
    return _document(await services.knowledge.documents.add(who, source_id, file_id=body.file_id, name=body.name))


@api.get("/v1/data-source/{source_id}/document")
async def documents(
    *,
    source_id: str,
    who: Reader,
    services: Use,
    status: Annotated[DocumentStatus | None, Query()] = None,
    cursor: Annotated[Cursor, Query()] = None,
    limit: Annotated[Limit, Query()] = 50,
) -> DocumentPage:
    """Its documents, newest first."""
    found = await services.knowledge.documents.page(who, source_id, status=status, cursor=cursor, limit=limit)
    return DocumentPage(items=[_document(row) for row in found.items], next_cursor=found.next_cursor)


@api.get("/v1/data-source/{source_id}/document/{document_id}")
async def get_document(*, source_id: str, document_id: str, who: Reader, services: Use) -> DocumentAnswer:
    """One document, and how far it is."""
    return _document(await services.knowledge.documents.get(who, source_id, document_id))


@api.post("/v1/data-source/{source_id}/document/{document_id}/reindex")
async def reindex(*, source_id: str, document_id: str, who: Admin, services: Use) -> DocumentAnswer:
    """Index it anew, also after it failed."""
    return _document(await services.knowledge.documents.index_again(who, source_id, document_id))


@api.delete("/v1/data-source/{source_id}/document/{document_id}", status_code=204)
async def remove_document(*, source_id: str, document_id: str, who: Admin, services: Use) -> None:
    """Take it out; its file stays with whoever uploaded it."""
    await services.knowledge.documents.delete(who, source_id, document_id)


def _source(row: DataSourceRow, contents: Contents) -> DataSourceAnswer:
    counted = {name: getattr(contents, name) for name in Contents.__slots__}
    return DataSourceAnswer.model_validate(_fields(DataSourceAnswer, row) | counted)


def _document(row: DocumentRow) -> DocumentAnswer:
    progress = Progress(done=row.done, total=row.total)
    return DocumentAnswer.model_validate(_fields(DocumentAnswer, row) | {"progress": progress})


def _found(one: FoundText) -> FoundPassage:
    return FoundPassage.model_validate(_fields(FoundPassage, one))


def _fields(model: type[Answer], row: Any) -> dict[str, Any]:  # noqa: ANN401 - a row of any kind
    return {name: getattr(row, name) for name in model.model_fields if hasattr(row, name)}
