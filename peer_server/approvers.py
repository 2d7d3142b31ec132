"""Whom a question concerns: who may answer it, and who is close enough to see it. Pure; one rule for every door.

=====================  =============================================================================================
approver               means
=====================  =============================================================================================
``starter``            whoever started the run
``participants``       whoever takes part in the conversation
``user:<…>``           the person with that id or address, or with that name if nobody else here has it and it reads as
                       neither of them
``group:<…>``          everybody in the group with that id or name
``role:<…>``           who is at least that in the workspace (member, admin, owner), or to the flow (viewer … admin)
``not:<…>``            not the starter, participants, person or group named there, whatever else they are
=====================  =============================================================================================

Without approvers, or with nothing but ``not:``, the starter and the participants answer, and approvals also whoever may
run the flow. Visitors of a public link are participants, but approve only where the approvers name them; whoever came
by a share link of a flow counts only where `starter` is named.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from flow_runtime.ids import ID_LENGTH
from flow_runtime.run import InterruptKind
from peer_server.access import ROLES, WORKSPACE_ROLES, Principal, Role

FLOW_PREFIX: Final = "flow:"
"""Subjects that are a role on the flow that asks."""
BARRED: Final = "not:"
"""Subjects that may not answer, whatever else they are: who is barred counts as this before what it counts as."""
_DEFAULT_ROLE: Final = "flow:runner"
_ANYBODY: Final = "anybody"
_MISLEADING: Final = re.compile(rf"@|^[0-9a-z]{{{ID_LENGTH}}}$")
"""Names that read as an address or an id. People choose their names, so these must not count as another one's."""


@dataclass(frozen=True, slots=True)
class Question:
    """What decides whom an interrupt concerns."""

    kind: InterruptKind
    approvers: Sequence[str]
    started_by: str | None
    is_shared: bool
    """Whether a share link of the flow started the run."""
    owner_id: str | None = None
    """Whose conversation it is asked in."""
    is_visitors: bool = False
    """Whether that is a visitor of a public link."""


def audience(question: Question) -> Mapping[str, bool]:
    """The subjects that a question concerns, each with whether it may answer."""
    starter = _person(question.started_by)
    participants = _person(question.owner_id)
    close = {*starter, *participants}
    named = [one for one in question.approvers if not one.startswith(BARRED)]
    barred = {
        BARRED + subject
        for approver in question.approvers
        if approver.startswith(BARRED)
        for subject in _kept_out(approver.removeprefix(BARRED), starter=starter, participants=participants)
    }
    if question.is_shared and "starter" not in question.approvers:
        close = set()
    if named:
        answering = {
            subject for approver in named for subject in _subjects(approver, starter=starter, participants=participants)
        }
    elif question.kind is InterruptKind.APPROVAL:
        answering = {_DEFAULT_ROLE} | (close - participants if question.is_visitors else close)
    else:
        answering = close
    return {subject: subject in answering for subject in sorted(close | answering)} | dict.fromkeys(barred, False)


def subjects_of(principal: Principal, *, groups: Collection[str], is_only_of_name: bool) -> frozenset[str]:
    """Everything that the principal counts as, besides what it is to a flow. `groups` are their ids and names."""
    found = set(_person(principal.id))
    if principal.kind == "user":
        name = principal.name if is_only_of_name and not _MISLEADING.search(principal.name) else None
        named = [principal.id, principal.email, name]
        rank = WORKSPACE_ROLES.index(principal.role or "member")
        found |= {f"user:{name}" for name in named if name}
        found |= {f"group:{group}" for group in groups}
        found |= {f"role:{role}" for role in WORKSPACE_ROLES[: rank + 1]}
    return frozenset(found)


def barred_as(principal: Principal, subjects: Collection[str]) -> frozenset[str]:
    """The subjects that bar somebody who counts as these; by a name everybody is barred who has it."""
    return frozenset(BARRED + subject for subject in (*subjects, f"user:{principal.name}", _ANYBODY))


def flow_subjects(role: Role | None) -> frozenset[str]:
    """What somebody of this role counts as to questions of the flow."""
    return frozenset() if role is None else frozenset(FLOW_PREFIX + one for one in ROLES[: ROLES.index(role) + 1])


def _person(id: str | None) -> frozenset[str]:
    return frozenset() if id is None else frozenset({f"id:{id}"})


def _kept_out(approver: str, *, starter: frozenset[str], participants: frozenset[str]) -> Collection[str]:
    """Whom ``not:`` bars; a word that is not known bars everybody, since it cannot be told whom it meant."""
    if approver.partition(":")[0] in {"starter", "participants", "user", "group"}:
        return _subjects(approver, starter=starter, participants=participants)
    return {_ANYBODY}


def _subjects(approver: str, *, starter: frozenset[str], participants: frozenset[str]) -> Collection[str]:
    kind, _, name = approver.partition(":")
    match kind:
        case "starter":
            return starter
        case "participants":
            return participants
        case "user":
            return {f"user:{name}", f"user:{name.lower()}"} if "@" in name else {approver}
        case "group":
            return {approver}
        case "role":
            in_workspace = {approver} if name in WORKSPACE_ROLES else set()
            return in_workspace | ({FLOW_PREFIX + name} if name in ROLES else set())
    return ()
