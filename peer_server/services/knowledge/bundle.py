"""Everything around data sources, put together."""

from dataclasses import dataclass

from flow_runtime.clock import Clock
from flow_runtime.store import Store
from peer_server.services.files.files import FileService
from peer_server.services.knowledge.data_sources import DataSourceService
from peer_server.services.knowledge.documents import DocumentService
from peer_server.services.knowledge.indexer import DocumentIndexer
from peer_server.services.knowledge.search import KnowledgeSearch
from peer_server.services.models.metered_models import MeteredModels
from peer_server.services.oversight.audit_trail import AuditTrail


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The services behind `/v1/data-source`, the loop that indexes, and the search of steps and Peers."""

    sources: DataSourceService
    documents: DocumentService
    indexer: DocumentIndexer
    search: KnowledgeSearch


def build_knowledge(
    store: Store, *, files: FileService, models: MeteredModels, trail: AuditTrail, clock: Clock
) -> Knowledge:
    """These services over one store."""
    indexer = DocumentIndexer(store, files=files, models=models, clock=clock)
    return Knowledge(
        sources=DataSourceService(store, indexer=indexer, trail=trail, clock=clock),
        documents=DocumentService(store, indexer=indexer, trail=trail, clock=clock),
        indexer=indexer,
        search=KnowledgeSearch(store, models=models),
    )
