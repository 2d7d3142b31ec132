"""The names that an expression sees: a view on the state that looks up only what is asked for."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from flow_runtime.errors import Json
from flow_runtime.frame import Frame
from flow_runtime.plan import BASE_NAMES
from flow_runtime.run import Run


class ScopeView(Mapping[str, Json]):
    """All names at one frame of one run. The nearest binding wins; a declared name that nothing bound yet is null."""

    __slots__ = ("_env", "_frame", "_run")

    def __init__(self, frame: Frame, *, run: Run, env: Mapping[str, Json]) -> None:
        self._frame = frame
        self._run = run
        self._env = env

    def __getitem__(self, name: str) -> Json:
        frame: Frame | None = self._frame
        while frame is not None:
            if name in frame.names:
                return frame.names[name]
            frame = frame.parent
        special = _SPECIAL.get(name)
        if special is not None:
            return special(self)
        if name in self._frame.scope.names or name in BASE_NAMES:
            return None
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        yield from self._frame.scope.names | BASE_NAMES

    def __len__(self) -> int:
        return len(self._frame.scope.names | BASE_NAMES)

    def inputs(self) -> Json:
        """The run's inputs with their defaults, whatever variables of the same names hold now."""
        *_, outermost = self._frame.outwards()
        return {**outermost.scope.defaults, **self._run.inputs}

    def steps(self) -> Json:
        """``{step id: {output}}`` of every finished step that can be seen from here."""
        found: dict[str, Json] = {}
        for frame in self._frame.outwards():
            found |= {step_id: {"output": output} for step_id, output in frame.outputs.items()}
        return found

    def env(self) -> Json:
        """The flow's and the workspace's variables, secure ones in clear."""
        return self._env

    def trigger(self) -> Json:
        """What started the run."""
        trigger = self._run.trigger
        return {"type": trigger.type, "data": trigger.data, "source": trigger.source}

    def flow(self) -> Json:
        """Which flow this is."""
        run = self._run
        return {"id": run.flow_id, "version": run.version, "executionId": run.id, "triggerType": run.trigger.type}

    def run(self) -> Json:
        """Which run this is."""
        run = self._run
        return {
            "id": run.id,
            "environment": run.environment,
            "startedBy": run.started_by,
            "createdAt": run.created_at.isoformat(),
            "rootRunId": run.root_run_id,
        }

    def context(self) -> Json:
        """Every name but `context` itself."""
        return {name: self[name] for name in self if name != "context"}

    def from_conversation(self, name: str) -> Json:
        """What the conversation layer handed to the run under that name."""
        return (self._run.context or {}).get(name)


_SPECIAL: Final[Mapping[str, Callable[[ScopeView], Json]]] = {
    "inputs": ScopeView.inputs,
    "steps": ScopeView.steps,
    "env": ScopeView.env,
    "trigger": ScopeView.trigger,
    "_trigger": ScopeView.trigger,
    "flow": ScopeView.flow,
    "run": ScopeView.run,
    "context": ScopeView.context,
    "messages": lambda view: view.from_conversation("messages") or [],
    "conversation": lambda view: view.from_conversation("conversation"),
    "user": lambda view: view.from_conversation("user"),
    "peer": lambda view: view.from_conversation("peer"),
}
