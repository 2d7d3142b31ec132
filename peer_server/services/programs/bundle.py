"""What lets programs and visitors in: keys, endpoints, pushes, and the secrets of single runs."""

from dataclasses import dataclass

import httpx2

from flow_runtime.clock import Clock
from flow_runtime.store import Store
from peer_server.secrets import Keyring
from peer_server.services.flows.directory import Directory
from peer_server.services.oversight.audit_trail import AuditTrail
from peer_server.services.programs.api_keys import ApiKeyService
from peer_server.services.programs.endpoints import EndpointService
from peer_server.services.programs.push_outbox import PushOutbox
from peer_server.services.programs.share_links import ShareLinkService
from peer_server.services.runs.kept_answers import KeptAnswers
from peer_server.services.runs.resume_secrets import ResumeSecrets
from peer_server.services.vault import Vault


@dataclass(frozen=True, slots=True)
class Programs:
    """The services behind `/v1/client`, `/v1/flow/share` and what sets them up."""

    keys: ApiKeyService
    resume_secrets: ResumeSecrets
    links: ShareLinkService
    endpoints: EndpointService
    pushes: PushOutbox
    kept: KeptAnswers


def build_programs(
    store: Store,
    *,
    keyring: Keyring,
    directory: Directory,
    trail: AuditTrail,
    clock: Clock,
    http: httpx2.AsyncClient,
) -> Programs:
    """Everything, connected."""
    endpoints = EndpointService(store, vault=Vault(keyring), directory=directory, trail=trail, clock=clock)
    return Programs(
        keys=ApiKeyService(store, keyring=keyring, trail=trail, clock=clock),
        resume_secrets=ResumeSecrets(store, keyring=keyring),
        links=ShareLinkService(store, keyring=keyring, directory=directory, trail=trail, clock=clock),
        endpoints=endpoints,
        pushes=PushOutbox(store, http=http, endpoints=endpoints, clock=clock),
        kept=KeptAnswers(store, keyring=keyring, clock=clock),
    )
