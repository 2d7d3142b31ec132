"""Changes that others would notice: told as hints, and confirmed by whoever publishes or deploys them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from flow_runtime.clock import Clock
from flow_runtime.errors import Conflict, Json
from flow_runtime.step import Fault
from peer_server.access import Principal
from peer_server.flow_contract import ContractChange, breaking_changes
from peer_server.stores import flows as rows
from peer_server.stores.dependants import Dependant, Follows, dependants_of
from peer_server.stores.flows import FlowRow

_NAMED: Final = 10
"""How many dependants one hint names."""
_BOTH: Final[Sequence[Follows]] = ("deployed", "latest")


@dataclass(frozen=True, slots=True)
class Impact:
    """What a definition would change for those who use the flow, and who these are. Empty if nobody would notice."""

    changes: Sequence[ContractChange]
    dependants: Sequence[Dependant]

    def as_json(self) -> dict[str, Json]:
        """What clients get; of dependants that one may not see only how many there are."""
        seen = [one for one in self.dependants if one.is_visible]
        return {
            "changes": [change.as_json() for change in self.changes],
            "dependants": [{"kind": one.kind, "id": one.id, "name": one.name} for one in seen],
            "hidden": len(self.dependants) - len(seen),
        }


class Dependants:
    """Looks for those who would notice a change of a flow."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def impact(
        self,
        conn: Connection,
        flow: FlowRow,
        definition: Mapping[str, Json],
        *,
        principal: Principal,
        of: Sequence[Follows] = _BOTH,
    ) -> Impact:
        """What this definition would break for those who follow the deployed or the latest version."""
        changes: dict[str, ContractChange] = {}
        affected: dict[str, Dependant] = {}
        found: list[Dependant] | None = None
        for follows in of:
            before = _now(conn, flow, follows)
            broken = [] if before is None else breaking_changes(before, definition)
            if broken and found is None:
                found = dependants_of(conn, flow, principal, now=self._clock.now())
            users = [one for one in found or () if one.follows == follows] if broken else []
            affected |= {f"{one.kind}:{one.id}": one for one in users}
            changes |= {change.message: change for change in broken if users}
        return Impact(list(changes.values()), list(affected.values()))

    def hints(
        self, conn: Connection, flow: FlowRow, definition: Mapping[str, Json], *, principal: Principal
    ) -> list[Fault]:
        """The impact of a draft, one hint for each change."""
        impact = self.impact(conn, flow, definition, principal=principal)
        names = sorted({f"the {one.kind} {one.name!r}" for one in impact.dependants if one.is_visible})
        users = ", ".join(names[:_NAMED]) + " and others" * (len(names) > _NAMED) if names else "others"
        remedy = "keep it as it was, or confirm when you publish or deploy"
        return [
            Fault("breaks_dependants", f"{change.message}, which {users} may rely on", change.path, remedy, "hint")
            for change in impact.changes
        ]

    def require_confirmation(
        self,
        conn: Connection,
        flow: FlowRow,
        definition: Mapping[str, Json],
        *,
        principal: Principal,
        of: Sequence[Follows],
    ) -> None:
        """Raises `Conflict` ``confirmation_needed`` with the impact, if somebody would notice."""
        impact = self.impact(conn, flow, definition, principal=principal, of=of)
        if impact.dependants:
            raise Conflict(
                "confirmation_needed",
                f"{len(impact.dependants)} other(s) use this flow, and inputs or outputs that they may rely on change",
                remedy="look at the list, and send `confirm: true` if that is meant",
                details=impact.as_json(),
            )


def _now(conn: Connection, flow: FlowRow, follows: Follows) -> Mapping[str, Json] | None:
    """What those who follow get now; before the first version nothing."""
    number = flow.latest_version if follows == "latest" else flow.deployed_version or flow.latest_version
    if number is None:
        return None
    return rows.version_definition(conn, rows.get_version(conn, flow.id, number, workspace_id=flow.workspace_id))
