"""A client of Peer Server for programs: `PeerServer` waits, `AsyncPeerServer` awaits, and both offer the very same.

    with PeerServer("http://127.0.0.1:8400", token=token) as server:
        outcome = server.flows.execute(flow_id, {"amount": 120})
        if outcome.waiting:
            outcome = server.runs.approve(outcome.run_id, comment="fine")
        print(outcome.output)

Nothing here knows the server from inside: it speaks the HTTP that `/openapi.json` describes.
"""

from peer_server.client.connection import AsyncPeerServer, PeerServer
from peer_server.client.problems import (
    Conflict,
    Gone,
    InvalidRequest,
    NotAllowed,
    NotFound,
    NotSignedIn,
    PeerServerError,
    Problem,
    RunFailed,
    ServerFault,
    TooLarge,
    TooManyRequests,
    Unreachable,
    WaitedTooLong,
)
from peer_server.client.records import (
    ApiKey,
    AuditRecord,
    Conversation,
    Deployed,
    Findings,
    Flow,
    Interrupt,
    Invitation,
    Member,
    Message,
    Outcome,
    Page,
    Peer,
    Question,
    RunDetails,
    RunSummary,
    Sent,
    Step,
    StoredFile,
)

__all__ = [
    "ApiKey",
    "AsyncPeerServer",
    "AuditRecord",
    "Conflict",
    "Conversation",
    "Deployed",
    "Findings",
    "Flow",
    "Gone",
    "Interrupt",
    "InvalidRequest",
    "Invitation",
    "Member",
    "Message",
    "NotAllowed",
    "NotFound",
    "NotSignedIn",
    "Outcome",
    "Page",
    "Peer",
    "PeerServer",
    "PeerServerError",
    "Problem",
    "Question",
    "RunDetails",
    "RunFailed",
    "RunSummary",
    "Sent",
    "ServerFault",
    "Step",
    "StoredFile",
    "TooLarge",
    "TooManyRequests",
    "Unreachable",
    "WaitedTooLong",
]
