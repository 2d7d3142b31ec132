"""A runtime on a bench: a real store and queue, the test step types, and shortcuts to start, answer and look."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Literal

from sqlalchemy import Connection

from flow_runtime.clock import Clock, SystemClock
from flow_runtime.errors import Json, NotFound
from flow_runtime.lease import Projection
from flow_runtime.queue import Queue
from flow_runtime.registry import StepRegistry
from flow_runtime.resolver import LoadEnvironment, ResolvedFlow, no_environment
from flow_runtime.run import Event, Interrupt, InterruptStatus, Run, StartRun, Trigger
from flow_runtime.runtime import Runtime
from flow_runtime.step import StepServices
from flow_runtime.store import Store
from flow_runtime.stores.definitions import digest_of, put_definition
from tests.fakes.steps import Work, WorkOnce, fake_registry

WORKSPACE = "w1"


class Flows:
    """A resolver over definitions by name."""

    def __init__(self) -> None:
        self.definitions: dict[str, dict[str, Json]] = {}

    def resolve(
        self, conn: Connection, *, workspace_id: str, flow_id: str, version: Literal["deployed", "latest"] | int
    ) -> ResolvedFlow:
        definition = self.definitions.get(flow_id)
        if definition is None:
            raise NotFound("flow_not_found", f"there is no flow {flow_id!r}")
        return ResolvedFlow(digest_of(definition), 1, definition)


class Bench:
    """One process: a runtime over a store that may outlive it."""

    def __init__(
        self,
        store: Store,
        queue: Queue,
        *,
        clock: Clock | None = None,
        load_environment: LoadEnvironment = no_environment,
        projections: Sequence[Projection] = (),
        registry: StepRegistry | None = None,
        services: StepServices | None = None,
    ) -> None:
        self.store = store
        self.flows = Flows()
        self.registry = registry or fake_registry()
        self.runtime = Runtime(
            store,
            queue,
            registry=self.registry,
            services=services,
            clock=clock or SystemClock(),
            resolver=self.flows,
            load_environment=load_environment,
            projections=projections,
        )
        self.client = self.runtime.client

    @property
    def work(self) -> Work:
        """The `work` step type."""
        found = self.registry.get("work")
        assert isinstance(found, Work)
        return found

    @property
    def once(self) -> WorkOnce:
        """The `work-once` step type."""
        found = self.registry.get("work-once")
        assert isinstance(found, WorkOnce)
        return found

    @asynccontextmanager
    async def serving(self, **options: Json) -> AsyncIterator[None]:
        """Execute runs as long as the block lasts."""
        async with self.runtime.serving(**options):
            yield

    async def define(self, name: str, definition: dict[str, Json]) -> None:
        """Make a flow that other flows can call."""
        self.flows.definitions[name] = definition
        await self.store.write(put_definition, definition, now=self.runtime.clock.now())

    async def start(self, definition: dict[str, Json], inputs: dict[str, Json] | None = None, **fields: Json) -> Run:
        """Start a run of this definition."""
        digest = await self.store.write(put_definition, definition, now=self.runtime.clock.now())
        spec = StartRun(
            workspace_id=WORKSPACE,
            kind="flow",
            inputs=inputs or {},
            trigger=Trigger("api"),
            definition_digest=digest,
            **fields,
        )
        return await self.client.start(spec)

    async def ended(self, run: Run, *, timeout_s: float = 10) -> Run:
        """The run once it has ended."""
        found = await self.client.wait(run.id, workspace_id=WORKSPACE, timeout_s=timeout_s, until="ended")
        assert found.status.has_ended, f"still {found.status}"
        return found

    async def parked(self, run: Run, *, timeout_s: float = 10) -> Run:
        """The run once it rests on an answer from outside."""
        found = await self.client.wait(run.id, workspace_id=WORKSPACE, timeout_s=timeout_s)
        assert found.status == "waiting", f"{found.status}: {found.error}"
        return found

    async def open(self, run: Run) -> list[Interrupt]:
        """What is open in the run and all below it, oldest first."""
        found = await self.client.interrupts(run.id, with_children=True)
        return [interrupt for interrupt in found if interrupt.status is InterruptStatus.OPEN]

    async def answer(self, interrupt: Interrupt, resolution: Json = None) -> Interrupt:
        """Settle it; approve if nothing else is said."""
        answer = {"decision": "approve"} if resolution is None else resolution
        return await self.client.settle(interrupt.id, workspace_id=WORKSPACE, resolution=answer)

    async def journal(self, run: Run) -> list[tuple[str, str]]:
        """The journal as (type, key)."""
        return [(event.type, event.key) for event in await self.client.journal(run.id)]


def executed(events: Sequence[Event]) -> list[str]:
    """The keys of finished steps, in order."""
    return [event.key for event in events if event.type == "step.done"]
