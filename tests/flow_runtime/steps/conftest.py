"""A bench with the built-in steps over the memory store, and the outside world as tests make it."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest

from flow_runtime.checks import check_definition
from flow_runtime.clock import ManualClock
from flow_runtime.errors import Json
from flow_runtime.queues.memory import MemoryQueue
from flow_runtime.registry import StepRegistry
from flow_runtime.resolver import Environment
from flow_runtime.run import Run
from flow_runtime.step import StepServices
from flow_runtime.stores.memory import MemoryStore
from flow_runtime.stores.migrate import migrate
from tests.fakes.step_bench import StepBench


class World:
    """What steps can reach: replace services and variables before the run starts."""

    def __init__(self) -> None:
        self.services = StepServices()
        self.variables: dict[str, Json] = {}
        self.secrets: set[str] = set()

    def offer(self, **services: object) -> None:
        """Offer these services."""
        self.services = replace(self.services, **services)

    async def environment(self, run: Run) -> Environment:
        """The variables."""
        return Environment(dict(self.variables), frozenset(self.secrets))

    def __getattr__(self, name: str) -> object:
        return getattr(self.services, name)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def bench_check() -> Callable[[str, dict[str, Json]], set[str]]:
    """The codes of what the checks find about a flow of one step with that config."""

    def check(type_name: str, config: dict[str, Json]) -> set[str]:
        definition = {"name": "x", "start": "a", "steps": [{"id": "a", "type": type_name, "config": config}]}
        return {fault.code for fault in check_definition(definition, StepRegistry.installed())}

    return check


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def bench(world: World, clock: ManualClock) -> AsyncIterator[StepBench]:
    """A running bench."""
    store = MemoryStore()
    await store.open()
    await migrate(store)
    made = StepBench(
        store,
        MemoryQueue(drain_s=2.0),
        clock=clock,
        registry=StepRegistry.installed(),
        load_environment=world.environment,
        services=world,  # type: ignore[arg-type]  # it hands every attribute on to the services of the moment
    )
    async with made.serving():
        yield made
    await store.close()
