"""What admins do with data sources; everybody in the workspace may see and search them."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel
from sqlalchemy import Connection

from flow_runtime.clock import Clock
from flow_runtime.errors import Conflict, InvalidDefinition, Json, invalid
from flow_runtime.ids import new_id
from flow_runtime.store import Store, Transaction
from flow_runtime.stores.paging import Page
from peer_server.access import Principal
from peer_server.documented import DocumentedModel
from peer_server.pointers import faults_of
from peer_server.search_words import Language
from peer_server.services.knowledge.indexer import DocumentIndexer
from peer_server.services.oversight.audit_trail import AuditTrail
from peer_server.stores import data_sources as rows
from peer_server.stores.data_sources import Contents, DataSourceRow
from peer_server.stores.documents import index_again
from peer_server.stores.files import drop_uses
from peer_server.stores.model_connections import find_connection

MOST_SOURCES: Final = 200
_INSTALLATION: Final = "openai"
"""The installation's own connection that gives embeddings."""
_INDEXED: Final = frozenset({"language", "embedding_model", "passage_size", "passage_overlap"})
"""A change of these has every document indexed anew."""


class DataSourceContent(DocumentedModel, BaseModel):
    """Everything about a data source that people choose."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", strict=True)

    name: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^\S(.*\S)?$", examples=["Employee handbook"])]
    """Steps and Peers may name it by this, or by its id."""
    description: Annotated[str, Field(max_length=2000)] = ""
    language: Language = "en"
    """What its documents are written in, so that a word is found in every form; `any` compares words as they are."""
    embedding_model: (
        Annotated[
            str,
            Field(max_length=256, pattern=r"^[a-z0-9_-]+:\S+$", examples=["our-models:text-embedding-3-small"]),
        ]
        | None
    ) = None
    """`<connection>:<model>`: passages are found by what they mean, too. Without one they are found by their words."""
    passage_size: Annotated[int, Field(ge=200, le=4000)] = 1200
    """Characters of a passage at most."""
    passage_overlap: Annotated[int, Field(ge=0, le=1000)] = 150
    """Characters that a passage repeats of the one before it; less than half a passage."""


class DataSourceService:
    """Data sources of one's workspace; the caller has been let in as one who may see or manage them."""

    def __init__(self, store: Store, *, indexer: DocumentIndexer, trail: AuditTrail, clock: Clock) -> None:
        self._store = store
        self._indexer = indexer
        self._trail = trail
        self._clock = clock

    async def create(self, principal: Principal, content: DataSourceContent) -> DataSourceRow:
        """Make a data source. Raises `Conflict` ``name_taken``, ``too_many_sources``; `InvalidDefinition`."""

        def make(tx: Transaction) -> DataSourceRow:
            self._check(tx.conn, principal, content)
            if rows.count_sources(tx.conn, workspace_id=principal.workspace_id) >= MOST_SOURCES:
                remedy = "put more documents into one of them, or delete one"
                raise Conflict(
                    "too_many_sources", f"a workspace has {MOST_SOURCES} data sources at most", remedy=remedy
                )
            now = self._clock.now()
            row = DataSourceRow(
                id=new_id(),
                workspace_id=principal.workspace_id,
                **content.model_dump(),
                created_by=principal.id,
                created_at=now,
                updated_at=now,
            )
            rows.insert_source(tx, row)
            self._record(tx, principal, row, "created")
            return row

        return await self._store.write(make)

    async def page(
        self, principal: Principal, *, search: str, cursor: str | None, limit: int
    ) -> Page[tuple[DataSourceRow, Contents]]:
        """A page of data sources with what is in each, newest first."""

        def find(conn: Connection) -> Page[tuple[DataSourceRow, Contents]]:
            page = rows.list_sources(
                conn, workspace_id=principal.workspace_id, search=search, cursor=cursor, limit=limit
            )
            contents = rows.contents_of(conn, [row.id for row in page.items])
            return Page([(row, contents.get(row.id, Contents())) for row in page.items], page.next_cursor)

        return await self._store.read(find)

    async def get(self, principal: Principal, source_id: str) -> tuple[DataSourceRow, Contents]:
        """One data source, and what is in it. Raises `NotFound`."""

        def find(conn: Connection) -> tuple[DataSourceRow, Contents]:
            row = rows.get_source(conn, source_id, workspace_id=principal.workspace_id)
            return row, rows.contents_of(conn, [row.id]).get(row.id, Contents())

        return await self._store.read(find)

    async def change(self, principal: Principal, source_id: str, changes: Mapping[str, Any]) -> None:
        """Change these fields of its content; what decides how documents are indexed has them indexed anew.

        Raises as `create`; `NotFound`.
        """

        def change(tx: Transaction) -> None:
            row = rows.get_source(tx.conn, source_id, workspace_id=principal.workspace_id, lock=True)
            names = DataSourceContent.model_fields
            content = _parsed({**{name: getattr(row, name) for name in names}, **changes})
            self._check(tx.conn, principal, content, before=row)
            values: dict[str, Json] = {
                name: getattr(content, name) for name in names if getattr(content, name) != getattr(row, name)
            }
            if not values:
                return
            now = self._clock.now()
            rows.change_source(tx, row.id, **values, updated_at=now)
            if _INDEXED & values.keys():
                index_again(tx, source_id=row.id, now=now)
                tx.after_commit(self._indexer.wake)
            self._record(tx, principal, row, "edited", details={"changed": sorted(values)})

        await self._store.write(change)

    async def delete(self, principal: Principal, source_id: str) -> None:
        """Remove a data source with its documents; steps and Peers that name it find nothing. Raises `NotFound`."""

        def remove(tx: Transaction) -> None:
            row = rows.get_source(tx.conn, source_id, workspace_id=principal.workspace_id, lock=True)
            rows.delete_source(tx, row.id)
            drop_uses(tx, kind="source", object_id=row.id)
            self._record(tx, principal, row, "deleted")

        await self._store.write(remove)

    def _check(
        self, conn: Connection, principal: Principal, content: DataSourceContent, *, before: DataSourceRow | None = None
    ) -> None:
        workspace_id = principal.workspace_id
        if before is None or content.name != before.name:
            taken = rows.find_sources(conn, [content.name], workspace_id=workspace_id)
            if taken:
                message = f"there is a data source {content.name!r} already"
                raise Conflict("name_taken", message, path="/name", remedy="choose another name")
        if 2 * content.passage_overlap >= content.passage_size:
            message = "passages may repeat less than half of their size"
            raise InvalidDefinition("invalid_overlap", message, path="/passageOverlap", remedy="shorten the overlap")
        model = content.embedding_model
        if model is None or (before is not None and model == before.embedding_model):
            return
        name = model.partition(":")[0]
        if name != _INSTALLATION and find_connection(conn, name, workspace_id=workspace_id) is None:
            message = f"there is no connection {name!r} to a provider of models"
            remedy = "an admin makes connections at /v1/connection"
            raise InvalidDefinition("unknown_connection", message, path="/embeddingModel", remedy=remedy)

    def _record(
        self, tx: Transaction, principal: Principal, row: DataSourceRow, word: str, *, details: Json = None
    ) -> None:
        self._trail.record(
            tx,
            f"data.{word}",
            by=principal,
            of=("data-source", row.id),
            description=f"{word} the data source {row.name!r}",
            details=details,
        )


def _parsed(content: Mapping[str, Json]) -> DataSourceContent:
    try:
        return DataSourceContent.model_validate(dict(content))
    except ValidationError as error:
        raise invalid("this is not a data source", faults_of(error, content), code="invalid_request") from error
