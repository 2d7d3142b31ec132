"""One function answers every interrupt, through whichever door: policy, validation, audit, and the first one wins."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

import orjson
from sqlalchemy import Connection

from flow_runtime.client import FlowClient
from flow_runtime.errors import Conflict, Gone, Json
from flow_runtime.run import ASKED_KINDS, Interrupt, InterruptKind, InterruptStatus, Run
from flow_runtime.store import Store, Transaction
from flow_runtime.stores.interrupts import get_interrupt
from flow_runtime.stores.runs import get_run, lock_run
from peer_server.access import Principal, unknown
from peer_server.approvers import audience, barred_as, flow_subjects
from peer_server.inbox_projection import question
from peer_server.resolutions import check_resolution, read_resolution, same_resolution
from peer_server.services.access.reach import role_on_runs_of
from peer_server.services.files.file_access import give_files
from peer_server.services.oversight.audit_trail import AuditTrail
from peer_server.stores.conversation_rows import Conversation, find_conversation
from peer_server.stores.inbox import load_subjects


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
    subjects: frozenset[str]
    """Everything that the principal counts as."""
    barring: frozenset[str]
    """The subjects that bar it."""

    @property
    def audience(self) -> Mapping[str, bool]:
        """Whom it concerns, each with whether it may answer."""
        return audience(question(self.interrupt, self.run, conversation=self.conversation))

    @property
    def is_principals(self) -> bool:
        """Whether the principal may answer it, started the run, or takes part in the conversation."""
        return not self.subjects.isdisjoint(self.audience)

    @property
    def is_close(self) -> bool:
        """Whether the principal started the run or takes part in its conversation."""
        return any(subject.startswith("id:") for subject in self.subjects & self.audience.keys())

    @property
    def may_be_answered(self) -> bool:
        """Whether the principal may answer it."""
        return self.barring.isdisjoint(self.audience) and any(
            may_answer for subject, may_answer in self.audience.items() if subject in self.subjects
        )


def load_asked(conn: Connection, interrupt_id: str, *, principal: Principal) -> Asked:
    """The interrupt and its surroundings. Raises `NotFound` if the principal could not answer it or see its run."""
    interrupt = get_interrupt(conn, interrupt_id, workspace_id=principal.workspace_id)
    if interrupt.kind not in ASKED_KINDS or principal.run_id not in (None, interrupt.root_run_id):
        raise unknown("interrupt", interrupt_id)
    run = get_run(conn, interrupt.root_run_id, workspace_id=principal.workspace_id)
    conversation = find_conversation(conn, interrupt.conversation_id) if interrupt.conversation_id else None
    own = load_subjects(conn, principal)
    subjects = own | flow_subjects(role_on_runs_of(conn, principal, run.flow_id))
    asked = Asked(interrupt, run, conversation, subjects, barred_as(principal, own))
    if not asked.is_principals:
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
        if not asked.may_be_answered:
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
        if not asked.is_close:
            raise unknown("interrupt", interrupt_id)
        return await self._store.write(self._withdraw, asked, principal, door=door)

    def _settle(
        self, tx: Transaction, asked: Asked, principal: Principal, answer: Mapping[str, Json], *, door: str
    ) -> Interrupt:
        """The answer and its record in one transaction: the run cannot go on without the record."""
        if not load_asked(tx.conn, asked.interrupt.id, principal=principal).may_be_answered:
            raise unknown("interrupt", asked.interrupt.id)  # It was taken from them a moment ago.
        give_files(tx, principal, answer, to=("run", asked.run.id), code="invalid_form")
        if asked.conversation is not None:
            give_files(tx, principal, answer, to=("conversation", asked.conversation.id), code="invalid_form")
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
                "answer": _recorded(interrupt, answer),
            },
            channel=door,
        )


def _recorded(interrupt: Interrupt, answer: Mapping[str, Json] | None) -> Json:
    """A decision as it was made; of forms and browser tools, which may hold anything, only the digest."""
    if answer is None or interrupt.kind is InterruptKind.APPROVAL:
        return answer
    return {"sha256": sha256(orjson.dumps(dict(answer), option=orjson.OPT_SORT_KEYS)).hexdigest()}


def require_open(interrupt: Interrupt) -> None:
    """Raise unless the interrupt is still open: `Conflict` ``already_settled`` or `Gone`."""
    if interrupt.status is InterruptStatus.SETTLED:
        raise Conflict("already_settled", f"the interrupt {interrupt.id!r} is settled already")
    if interrupt.status is not InterruptStatus.OPEN:
        raise Gone(f"interrupt_{interrupt.status.value}", f"the interrupt {interrupt.id!r} is closed")
