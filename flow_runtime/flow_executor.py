"""Executes runs of kind ``flow``."""

from flow_runtime.clock import Clock
from flow_runtime.errors import FlowError, InvalidDefinition, NotFound, StoreUnavailable
from flow_runtime.flow_run import FlowRun
from flow_runtime.journal_buffer import JournalBuffer
from flow_runtime.lease import Lease
from flow_runtime.masking import Mask
from flow_runtime.plan import Plan, PlanCache
from flow_runtime.registry import StepRegistry
from flow_runtime.resolver import FlowResolver, LoadEnvironment, no_environment
from flow_runtime.run import Ending, Run, RunStatus
from flow_runtime.step import StepServices
from flow_runtime.step_moment import StepMoments
from flow_runtime.store import Store
from flow_runtime.stores.definitions import get_definition
from flow_runtime.wait_opening import WaitOpening

FLOW_KIND = "flow"
"""The kind under which this executor is registered with the worker."""


class FlowExecutor:
    """Implements `Executor` for flows."""

    def __init__(
        self,
        store: Store,
        registry: StepRegistry,
        *,
        clock: Clock,
        services: StepServices,
        resolver: FlowResolver | None = None,
        load_environment: LoadEnvironment = no_environment,
    ) -> None:
        self._store = store
        self._plans = PlanCache(registry)
        self._clock = clock
        self._services = services
        self._resolver = resolver
        self._load_environment = load_environment

    async def execute(self, lease: Lease) -> None:
        """Carry the run on until it ends or parks. A definition or environment that cannot be had fails the run."""
        run = lease.run
        try:
            plan = await self._plan(run)
        except (InvalidDefinition, NotFound) as error:
            await lease.end(Ending(RunStatus.FAILED, error={**error.as_json(), "category": "data_validation"}))
            return
        try:
            environment = await self._load_environment(run)
        except StoreUnavailable:
            raise
        except FlowError as error:
            await lease.end(Ending(RunStatus.FAILED, error={**error.as_json(), "category": "internal"}))
            return
        mask = Mask(environment.secrets)
        await FlowRun(
            lease,
            plan,
            clock=self._clock,
            moments=StepMoments(run, clock=self._clock, services=self._services, environment=environment, mask=mask),
            buffer=JournalBuffer(lease, mask=mask),
            opening=WaitOpening(run, store=self._store, resolver=self._resolver, clock=self._clock, mask=mask),
        ).drive()

    async def _plan(self, run: Run) -> Plan:
        digest = run.definition_digest
        if digest is None:
            raise NotFound("definition_not_found", f"the run {run.id!r} names no definition")
        plan = self._plans.find(digest)
        if plan is None:
            plan = self._plans.compile(digest, await self._store.read(get_definition, digest))
        return plan
