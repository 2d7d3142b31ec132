"""Client tools: which browser offers what, and which one holds the lease of a call.

Leases live in this process and end with their socket; the interrupt in the store is the truth, so a lost lease costs
nothing but a new claim.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flow_runtime.errors import Conflict, Json
from flow_runtime.ids import new_id
from flow_runtime.run import Interrupt, InterruptKind
from peer_server.access import Principal, unknown
from peer_server.bus import Bus
from peer_server.conversation_log import channel
from peer_server.services.runs.decisions import Decision, DecisionService, require_open
from peer_server.wire import ClientToolReleased


@dataclass(frozen=True, slots=True)
class ToolLease:
    """Who may answer a client tool call: `token` is handed to one session and must come back with the result."""

    token: str
    session_id: str
    conversation_id: str | None


class ClientToolService:
    """Offers, claims and results. A session is one signed-in socket."""

    def __init__(self, *, decisions: DecisionService, bus: Bus) -> None:
        self._decisions = decisions
        self._bus = bus
        self._offers: dict[str, frozenset[str]] = {}
        self._leases: dict[str, ToolLease] = {}

    def offer(self, session_id: str, tools: Iterable[str]) -> None:
        """The session can execute these tools, and no others."""
        self._offers[session_id] = frozenset(tools)

    async def claim(self, principal: Principal, session_id: str, interrupt_id: str) -> str:
        """Take the lease of a call and answer its token; the same session gets the same token again.

        Raises `NotFound`; `Conflict` ``tool_not_offered``, ``lease_held``, ``already_settled``; `Gone`.
        """
        interrupt = await self._open_call(principal, interrupt_id)
        tool_name = str(interrupt.payload.get("toolName", ""))
        if tool_name not in self._offers.get(session_id, frozenset()):
            raise Conflict("tool_not_offered", f"this session does not offer {tool_name!r}", remedy="offer it in hello")
        held = self._leases.get(interrupt_id)
        if held is None:
            held = ToolLease(new_id(), session_id, interrupt.conversation_id)
            self._leases[interrupt_id] = held
        if held.session_id != session_id:
            raise Conflict("lease_held", "another session executes this call", remedy="wait for `clientTool.released`")
        return held.token

    async def result(
        self, principal: Principal, session_id: str, interrupt_id: str, *, lease: str, tool_result: Mapping[str, Json]
    ) -> Decision:
        """Answer a call under its lease. Raises as `DecisionService.decide`; `Conflict` ``lease_lost``.

        A result that does not fit the schema leaves the lease where it is.
        """
        held = self._leases.get(interrupt_id)
        if held is not None and (held.token != lease or held.session_id != session_id):
            raise _lease_lost()
        if held is None:
            # After a restart, or a repeat of an answer that was taken: only the latter can still be answered.
            await self._require_settled(principal, interrupt_id)
        body = {"toolResult": dict(tool_result)}
        decision = await self._decisions.decide(principal, interrupt_id, body, door="socket")
        self._leases.pop(interrupt_id, None)
        return decision

    def release(self, session_id: str) -> None:
        """The session is over: its offers are gone, and its leases are free for whoever offers the tool."""
        self._offers.pop(session_id, None)
        for interrupt_id, lease in list(self._leases.items()):
            if lease.session_id != session_id:
                continue
            del self._leases[interrupt_id]
            if lease.conversation_id is not None:
                freed = ClientToolReleased(conversation_id=lease.conversation_id, interrupt_id=interrupt_id)
                self._bus.publish(channel(lease.conversation_id), freed)

    async def _open_call(self, principal: Principal, interrupt_id: str) -> Interrupt:
        interrupt = await self._decisions.get(principal, interrupt_id)
        if interrupt.kind is not InterruptKind.CLIENT_TOOL:
            raise unknown("client tool call", interrupt_id)
        require_open(interrupt)
        return interrupt

    async def _require_settled(self, principal: Principal, interrupt_id: str) -> None:
        interrupt = await self._decisions.get(principal, interrupt_id)
        if interrupt.settled_at is None:
            raise _lease_lost()


def _lease_lost() -> Conflict:
    return Conflict("lease_lost", "this lease is not, or no longer, yours", remedy="claim the call again")
