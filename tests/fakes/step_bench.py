"""One step on a bench: a flow around it tells by which port it left, with what."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flow_runtime.errors import Json
from flow_runtime.flow import ScopeDefinition
from flow_runtime.run import Interrupt, Run
from tests.fakes.runtime_bench import Bench


@dataclass(frozen=True)
class Left:
    """How a step ended: the port, its output, and on the error path `error`."""

    port: str
    output: Json
    error: Mapping[str, Json] | None = None


class StepBench(Bench):
    """A bench with the built-in steps."""

    async def begin(
        self, type_name: str, config: dict[str, Json], inputs: dict[str, Json] | None = None, **fields: Json
    ) -> Run:
        """Start a flow that consists of this step; every port of it leads to a final step of its own."""
        envelope: dict[str, Json] = {
            name: fields.pop(name) for name in ("retry", "timeoutS", "onError") if name in fields
        }
        open_ports: Sequence[str] = fields.pop("open_ports", ())
        step_type = self.registry.get(type_name)
        assert step_type is not None
        ports = [*step_type.ports(step_type.config_model.model_validate(config)), "error"]
        step: dict[str, Json] = {
            "id": "step",
            "type": type_name,
            "name": "The step",
            "config": config,
            "output": "out",
            **envelope,
        }
        step["next"] = {port: f"left_{port}" for port in ports if port not in open_ports}
        finals = [_final(port) for port in ports if port not in open_ports]
        definition = {
            "name": "bench",
            "inputs": {"type": "object", "properties": {name: {} for name in inputs or {}}},
            "start": "step",
            "steps": [step, *finals],
        }
        return await self.start(definition, inputs, **fields)

    async def left(self, run: Run, *, timeout_s: float = 10) -> Left:
        """How the step ended."""
        ended = await self.ended(run, timeout_s=timeout_s)
        assert ended.status == "completed", f"{ended.status}: {ended.error}"
        return Left(**ended.output)

    async def asked(self, run: Run) -> Interrupt:
        """The interrupt that the run rests on, of whatever kind."""
        for _ in range(10_000):  # Timers wake nobody who waits for a run, so look until it is there.
            found = await self.open(run)
            if found:
                return found[0]
            await asyncio.sleep(0)
        raise AssertionError("the run rests on nothing")

    async def perform(
        self, type_name: str, config: dict[str, Json], inputs: dict[str, Json] | None = None, **fields: Json
    ) -> Left:
        """Start it and wait until it has left."""
        return await self.left(await self.begin(type_name, config, inputs, **fields))


def _final(port: str) -> dict[str, Any]:
    error = {"error": "{{ error }}"} if port == "error" else {}
    return {
        "id": f"left_{port}",
        "type": "final",
        "config": {"output": {"port": port, "output": "{{ out }}", **error}},
    }


def scope_of(*steps: dict[str, Json]) -> dict[str, Json]:
    """A nested scope that starts with its first step, as JSON."""
    found = ScopeDefinition.model_validate({"start": steps[0]["id"], "steps": list(steps)})
    return found.model_dump(by_alias=True, exclude_none=True)
