"""One function answers every interrupt, through whichever door: policy, validation, audit, and the first one wins."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from flow_runtime.client import FlowClient
from flow_runtime.errors import Conflict, Gone, Json
from flow_runtime.run import ASKED_KINDS, Interrupt, InterruptKind, InterruptStatus, Run
from flow_runtime.store import Store, Transaction
from flow_runtime.stores.interrupts import get_interrupt
from flow_runtime.stores.runs import get_run, lock_run
from peer_server.access import ROLES, WORKSPACE_ROLES, Principal, Role, suffices, unknown
from peer_server.resolutions import check_resolution, read_resolution, same_resolution
from peer_server.services.audit_trail import AuditTrail
from peer_server.services.reach import role_on_runs_of
from peer_server.stores.conversation_rows import Conversation, find_conversation


@dataclass(frozen=True, slots=True)
class Decision:
    """An interrupt as it was settled; `repeated` if it had been, by the very same answer."""

    interrupt: Interrupt
    repeated: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """An interrupt with what decides who may answer it."""

    interrupt: Interrupt
    run: Run
    conversation: Conversation | None
    role: Role | None
    """What the principal is to the flow that asks."""

    def is_close_to(self, principal: Principal) -> bool:
        """Whether the principal started the run or takes part in its conversation.

        Whoever came by a share link counts as the starter only of what names it.
        """
        if self.run.trigger.type == "share" and "starter" not in self.interrupt.approvers:
            return False
        return self.run.started_by == principal.id or (
            self.conversation is not None and self.conversation.is_open_to(principal)
        )

    def may_be_answered_by(self, principal: Principal) -> bool:
        """The approvers if there are any; else who is close to it, and for approvals whoever may run the flow."""
        approvers = self.interrupt.approvers
        if approvers:
            return any(self._is(principal, subject) for subject in approvers)
        is_approval = self.interrupt.kind is InterruptKind.APPROVAL
        return self.is_close_to(principal) or (is_approval and suffices(self.role, "flow.run"))

    def _is(self, principal: Principal, subject: str) -> bool:
        kind, _, name = subject.partition(":")
        match kind:
            case "starter":
                return self.run.started_by == principal.id
            case "participants":
                return self.conversation is not None and self.conversation.is_open_to(principal)
            case "user":
                return principal.kind == "user" and name in (principal.id, principal.name)
            case "role":
                return self._has_role(principal, name)
            case _:
                return False

    def _has_role(self, principal: Principal, name: str) -> bool:
        """Whether the principal is at least that: in the workspace, or to the flow that asks."""
        in_workspace = name in WORKSPACE_ROLES and principal.role in WORKSPACE_ROLES[WORKSPACE_ROLES.index(name) :]
        return in_workspace or (name in ROLES and self.role in ROLES[ROLES.index(name) :])


def load_asked(conn: Connection, interrupt_id: str, *, principal: Principal) -> Asked:
    """The interrupt and its surroundings. Raises `NotFound` if the principal could not answer it or see its run."""
    interrupt = get_interrupt(conn, interrupt_id, workspace_id=principal.workspace_id)
    if interrupt.kind not in ASKED_KINDS or principal.run_id not in (None, interrupt.root_run_id):
        raise unknown("interrupt", interrupt_id)
    run = get_run(conn, interrupt.root_run_id, workspace_id=principal.workspace_id)
    conversation = find_conversation(conn, interrupt.conversation_id) if interrupt.conversation_id else None
    asked = Asked(interrupt, run, conversation, role_on_runs_of(conn, principal, run.flow_id))
    if not asked.may_be_answered_by(principal) and not asked.is_close_to(principal):
        raise unknown("interrupt", interrupt_id)
    return asked


class DecisionService:
    """Answers and withdrawals of interrupts. The only writer of decisions."""

    def __init__(self, store: Store, *, client: FlowClient, trail: AuditTrail) -> None:
        self._store = store
        self._client = client
        self._trail = trail

    async def get(self, principal: Principal, interrupt_id: str) -> Interrupt:
        """The interrupt, if this principal may answer it or is close to it. Raises `NotFound`."""
        return (await self._store.read(load_asked, interrupt_id, principal=principal)).interrupt

    async def decide(
        self, principal: Principal, interrupt_id: str, resolution: Mapping[str, Json], *, door: str
    ) -> Decision:
        """Answer an interrupt. The first answer counts; the same one again is answered with what was recorded.

        Raises `NotFound` (also for those who may not answer it), `InvalidDefinition` (400 or 422), `Conflict`
        (``wrong_kind``; ``already_settled`` with the recorded decision in `details`), `Gone` (expired, cancelled).
        """
        asked = await self._store.read(load_asked, interrupt_id, principal=principal)
        if not asked.may_be_answered_by(principal):
            raise unknown("interrupt", interrupt_id)
        answer = read_resolution(asked.interrupt, resolution)
        if asked.interrupt.status is InterruptStatus.OPEN:
            check_resolution(asked.interrupt, answer)
        try:
            return Decision(await self._store.write(self._settle, asked, principal, answer, door=door), repeated=False)
        except Conflict as conflict:
            if conflict.code != "already_settled":
                raise
            recorded = await self._store.read(get_interrupt, interrupt_id, workspace_id=principal.workspace_id)
            if not same_resolution(recorded.resolution, answer):
                raise
            return Decision(recorded, repeated=True)

    async def withdraw(self, principal: Principal, interrupt_id: str, *, door: str) -> Interrupt:
        """Take a request back: the interrupt is cancelled, and the run that asked with all that it belongs to.

        For the starter and the participants. Raises `NotFound`, `Conflict` ``already_settled``, `Gone`.
        """
        asked = await self._store.read(load_asked, interrupt_id, principal=principal)
        if not asked.is_close_to(principal):
            raise unknown("interrupt", interrupt_id)
        return await self._store.write(self._withdraw, asked, principal, door=door)

    def _settle(
        self, tx: Transaction, asked: Asked, principal: Principal, answer: Mapping[str, Json], *, door: str
    ) -> Interrupt:
        """The answer and its record in one transaction: the run cannot go on without the record."""
        settled = self._client.settle_in(
            tx,
            asked.interrupt.id,
            workspace_id=principal.workspace_id,
            resolution=answer,
            decided_by={**principal.subject(), "door": door},
        )
        self._record(tx, settled, principal, event="interrupt.decided", door=door, answer=answer)
        return settled

    def _withdraw(self, tx: Transaction, asked: Asked, principal: Principal, *, door: str) -> Interrupt:
        # The whole tree is cancelled, so its root is locked before the run that asks: parents first.
        lock_run(tx, asked.interrupt.root_run_id)
        cancelled = self._client.settle_in(
            tx,
            asked.interrupt.id,
            workspace_id=principal.workspace_id,
            status=InterruptStatus.CANCELLED,
            decided_by={**principal.subject(), "door": door},
        )
        self._client.cancel_in(tx, asked.interrupt.root_run_id, reason=f"{principal.name} took the request back")
        self._record(tx, cancelled, principal, event="interrupt.withdrawn", door=door, answer=None)
        return cancelled

    def _record(
        self,
        tx: Transaction,
        interrupt: Interrupt,
        principal: Principal,
        *,
        event: str,
        door: str,
        answer: Mapping[str, Json] | None,
    ) -> None:
        decision = (answer or {}).get("decision")
        title = interrupt.payload.get("title") or interrupt.step_id
        self._trail.record(
            tx,
            event,
            by=principal,
            of=("interrupt", interrupt.id),
            flow_id=get_run(tx.conn, interrupt.run_id, workspace_id=interrupt.workspace_id).flow_id,
            description=f"{decision or event.partition('.')[2]} – {title}",
            digest=interrupt.digest,
            details={
                "kind": interrupt.kind.value,
                "runId": interrupt.run_id,
                "stepId": interrupt.step_id,
                "answer": answer,
            },
            channel=door,
        )


def require_open(interrupt: Interrupt) -> None:
    """Raise unless the interrupt is still open: `Conflict` ``already_settled`` or `Gone`."""
    if interrupt.status is InterruptStatus.SETTLED:
        raise Conflict("already_settled", f"the interrupt {interrupt.id!r} is settled already")
    if interrupt.status is not InterruptStatus.OPEN:
        raise Gone(f"interrupt_{interrupt.status.value}", f"the interrupt {interrupt.id!r} is closed")
