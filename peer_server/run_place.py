"""Where a run stands in its conversation: the card it belongs to, and the flows between the two."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Connection

from flow_runtime.errors import Json, NotFound
from flow_runtime.flow import ScopeDefinition, StepDefinition
from flow_runtime.run import Interrupt, Run
from flow_runtime.stores.definitions import get_definition
from flow_runtime.stores.runs import get_run
from peer_server.peers.turn_queue import TURN
from peer_server.wire import Actor, PathEntry, RunStep

V = TypeVar("V")
_REMEMBERED = 2048


@dataclass(frozen=True, slots=True)
class Outline:
    """What is shown of a definition: its name, and its steps by id."""

    name: str
    steps: Mapping[str, StepDefinition]

    def step(self, key: str, status: str) -> RunStep | None:
        """The step with that key as the wire tells it; None for keys of something else."""
        step = self.steps.get(step_id_of(key))
        if step is None:
            return None
        return RunStep.model_validate(
            {"key": key, "step_id": step.id, "name": step.name or step.id, "type": step.type, "status": status}
        )


@dataclass(frozen=True, slots=True)
class Place:
    """The chain of runs from the one that a turn started (`runs[0]`) down to this one (`runs[-1]`). Never changes."""

    runs: Sequence[Run]
    outlines: Sequence[Outline]

    @property
    def root(self) -> Run:
        """The run that the turn started."""
        return self.runs[0]

    @property
    def outline(self) -> Outline:
        """This run's own definition."""
        return self.outlines[-1]

    @property
    def origin(self) -> Mapping[str, Json]:
        """Which turn, message and tool call the run began in, and who caused it."""
        return self.root.origin or {}

    @property
    def is_root(self) -> bool:
        """Whether this is the run that the turn started."""
        return len(self.runs) == 1

    @property
    def caused_by(self) -> Actor | None:
        """The person on whose behalf the run works."""
        caused_by = self.origin.get("causedBy")
        return None if caused_by is None else actor_of(caused_by)

    def path(self, interrupt: Interrupt) -> list[PathEntry]:
        """Every level from the conversation down to the waiting step."""
        keys = [run.parent_key or "" for run in self.runs[1:]] + [interrupt.key]
        levels = zip(self.runs, self.outlines, keys, strict=True)
        return [PathEntry(run_id=run.id, flow_name=outline.name, key=key) for run, outline, key in levels]


class Places:
    """Finds places, and remembers the last ones: what they hold never changes."""

    def __init__(self) -> None:
        self._places: OrderedDict[str, Place] = OrderedDict()
        self._outlines: OrderedDict[str, Outline] = OrderedDict()

    def of(self, conn: Connection, run: Run) -> Place:
        """The place of a run that is no turn."""
        place = self._places.get(run.id)
        if place is None:
            chain = [run]
            while (parent_id := chain[0].parent_run_id) is not None:
                parent = get_run(conn, parent_id, workspace_id=run.workspace_id)
                if parent.kind == TURN:
                    break
                chain.insert(0, parent)
            place = Place(tuple(chain), tuple(self.outline(conn, one.definition_digest) for one in chain))
            _remember(self._places, run.id, place)
        return place

    def outline(self, conn: Connection, digest: str | None) -> Outline:
        """What is shown of the definition with that digest."""
        if digest is None:
            return Outline("", {})
        outline = self._outlines.get(digest)
        if outline is None:
            try:
                definition = get_definition(conn, digest)
            except NotFound:
                # The run will fail for it; telling so must not fail as well.
                return Outline("", {})
            outline = Outline(str(definition.get("name", "")), steps_of(definition))
            _remember(self._outlines, digest, outline)
        return outline


def step_id_of(key: str) -> str:
    """The step that a key such as ``loop1[3]/ask`` belongs to; step ids are unique in a flow."""
    return key.rpartition("/")[2]


def actor_of(subject: Mapping[str, Json]) -> Actor:
    """A stored subject as the wire tells it; whatever acts by key acts for the system."""
    kind = subject.get("kind", "system")
    shown = kind if kind in ("user", "peer", "flow", "visitor") else "system"
    return Actor.model_validate({"kind": shown, "id": subject.get("id", ""), "name": subject.get("name", "")})


def steps_of(definition: Json) -> dict[str, StepDefinition]:
    """Every step of a definition at any depth: scopes may hide anywhere in a container's config."""
    found: dict[str, StepDefinition] = {}
    pending: list[Json] = [definition]
    while pending:
        node = pending.pop()
        if isinstance(node, list):
            pending.extend(node)
        elif isinstance(node, dict):
            if "start" in node and isinstance(node.get("steps"), list):
                scope = ScopeDefinition.model_validate({"start": node["start"], "steps": node["steps"]})
                found.update({step.id: step for step in scope.steps})
                pending.extend(dict(step.config) for step in scope.steps)
            else:
                pending.extend(node.values())
    return found


def _remember(memory: OrderedDict[str, V], key: str, value: V) -> None:
    memory[key] = value
    while len(memory) > _REMEMBERED:
        memory.popitem(last=False)
