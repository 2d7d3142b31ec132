"""What the checks find in a flow as its people see it: its structure, and whether all that it needs is within reach."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import orjson
from pydantic import ValidationError
from sqlalchemy import Connection

from flow_runtime.checks import ResourceKind, check_flow, references
from flow_runtime.errors import Json, invalid
from flow_runtime.flow import FlowDefinition
from flow_runtime.registry import StepRegistry
from flow_runtime.step import Fault
from peer_server.access import Principal, suffices
from peer_server.pointers import faults_of
from peer_server.services.access.reach import role_on_flow
from peer_server.stores import flows as rows
from peer_server.stores.flows import FlowRow
from peer_server.stores.resources import KnownResources, load_resources
from peer_server.stores.variables import list_variables
from widgets import ready_widgets

LEVELS: Final = ("error", "warning", "hint")
BUILT_IN_TRIGGERS: Final[Mapping[str, str]] = {
    "api": "A program, by API key",
    "form": "A person, by a form page",
    "peer.action": "A Peer, as a tool or a button",
    "peer.message": "Every message to a Peer",
    "schedule": "The clock",
    "share": "Whoever has the link",
}
"""What starts flows without a tool, and what people call it; triggers of tools are of the type `webhook.<id>`."""


class FlowChecks:
    """Finds mistakes in drafts and versions of flows."""

    def __init__(self, registry: StepRegistry) -> None:
        self._registry = registry

    def find(self, conn: Connection, flow: FlowRow, principal: Principal) -> list[Fault]:
        """Every finding about the draft of this row, errors first. Synchronous: call it inside a transaction."""
        resources = self._resources(conn, flow, principal)
        definition = parse_definition(flow.draft)
        found = check_flow(definition, self._registry, resources=resources)
        ours = (*_without_value(conn, flow), *_unknown_triggers(definition))
        return sorted([*found, *ours], key=lambda fault: LEVELS.index(fault.level))

    def require_reach(self, conn: Connection, flow: FlowRow, principal: Principal) -> None:
        """Raise `InvalidDefinition` ``checks_failed`` if a draft uses flows or Peers that are not within one's reach.

        What does not exist at all is no matter here: the step that needs it will say so when it runs.
        """
        within = self._resources(conn, flow, principal)
        resources = OutOfReach(within, self._resources(conn, flow, principal, is_strict=False))
        faults = check_flow(parse_definition(flow.draft), self._registry, resources=resources)
        found = [fault_json(fault) for fault in faults if fault.code == "missing_resource"]
        if found:
            raise invalid("the draft uses what is not within your reach", found, code="checks_failed")

    def refuse(self, conn: Connection, flow: FlowRow, principal: Principal, *, levels: set[str], verb: str) -> None:
        """Raise `InvalidDefinition` ``checks_failed`` if there are findings of these levels."""
        found = [fault for fault in self.find(conn, flow, principal) if fault.level in levels]
        if found:
            raise invalid(
                f"the flow has {len(found)} finding(s) that must be fixed before you {verb} it",
                [fault_json(fault) for fault in found],
                code="checks_failed",
            )

    def _resources(
        self, conn: Connection, flow: FlowRow, principal: Principal, *, is_strict: bool = True
    ) -> KnownResources:
        """What the flow may refer to.

        Whoever makes it refer to another flow or Peer must be allowed to use that one, since those who run this flow
        need not be. What a published version refers to already stays (to mention an id is not enough), and those who
        may not edit are told nothing by this. Otherwise (not `is_strict`) all that exists counts.
        """
        is_editor = is_strict and suffices(role_on_flow(conn, principal, flow), "flow.edit")
        kept = self._published(conn, flow) if is_editor else None
        return load_resources(conn, flow.id, principal=principal, kept=kept, widgets=frozenset(ready_widgets()))

    def _published(self, conn: Connection, flow: FlowRow) -> Collection[tuple[ResourceKind, str]]:
        """What the newest version refers to."""
        if flow.latest_version is None:
            return ()
        latest = rows.get_version(conn, flow.id, flow.latest_version, workspace_id=flow.workspace_id)
        return frozenset(references(parse_definition(rows.version_definition(conn, latest)), self._registry))


def parse_definition(definition: Mapping[str, Json], *, prefix: str = "/definition") -> FlowDefinition:
    """The definition as a model. Raises `InvalidDefinition` listing every fault of its structure with its path."""
    try:
        return FlowDefinition.model_validate_json(orjson.dumps(definition), strict=True)
    except ValidationError as error:
        faults = faults_of(error, definition, prefix=prefix)
        raise invalid("this is not a flow definition", faults, code="invalid_definition") from error


def fault_json(fault: Fault) -> dict[str, Json]:
    """A finding as clients get it."""
    told = {"level": fault.level, "code": fault.code, "message": fault.message, "path": fault.path}
    return {**told, "remedy": fault.remedy}


def by_level(faults: Sequence[Fault]) -> dict[str, list[dict[str, Json]]]:
    """Findings as ``{errors, warnings, hints}``."""
    found: dict[str, list[dict[str, Json]]] = {"errors": [], "warnings": [], "hints": []}
    for fault in faults:
        found[f"{fault.level}s"].append(fault_json(fault))
    return found


@dataclass(frozen=True, slots=True)
class OutOfReach:
    """Counts as missing only what exists for somebody, but not for the one who asks."""

    within: KnownResources
    existing: KnownResources

    def has(self, kind: ResourceKind, name: str) -> bool:
        """Whether it is within reach, or nowhere."""
        return self.within.has(kind, name) or not self.existing.has(kind, name)

    def lacks(self, kind: ResourceKind, name: str) -> str:
        """That is no matter of reach."""
        return ""


def _without_value(conn: Connection, flow: FlowRow) -> Iterator[Fault]:
    """Secure variables that came with an import and wait for their value."""
    for row in list_variables(conn, flow.id, workspace_id=flow.workspace_id):
        if not row.is_set:
            message = f"the secure variable {row.name!r} has no value yet"
            yield Fault("variable_without_value", message, "", "set its value, or delete it", "warning")


def _unknown_triggers(definition: FlowDefinition) -> Iterator[Fault]:
    """Triggers that nothing here ever pulls: mostly a slip of the pen."""
    for index, trigger in enumerate(definition.triggers):
        if trigger.type not in BUILT_IN_TRIGGERS and not trigger.type.startswith("webhook."):
            message = f"nothing here starts flows by the trigger {trigger.type!r}"
            remedy = f"choose one of: {', '.join(BUILT_IN_TRIGGERS)}, or one of a tool"
            yield Fault("unknown_trigger", message, f"/triggers/{index}/type", remedy, "hint")
