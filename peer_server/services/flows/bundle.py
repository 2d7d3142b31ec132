"""What people make flows with: drafts, versions, files. Put together in one place."""

from dataclasses import dataclass

from flow_runtime.clock import Clock
from flow_runtime.registry import StepRegistry
from flow_runtime.store import Store
from peer_server.services.access.audiences import Audiences
from peer_server.services.flows.dependants import Dependants
from peer_server.services.flows.flow_checks import FlowChecks
from peer_server.services.flows.flow_log import FlowLog
from peer_server.services.flows.flows import FlowService
from peer_server.services.flows.packages import PackageService
from peer_server.services.flows.variables import VariableService
from peer_server.services.flows.versions import VersionService
from peer_server.services.oversight.audit_trail import AuditTrail


@dataclass(frozen=True, slots=True)
class Making:
    """The services behind the routes of a flow's draft, its versions and its files."""

    flows: FlowService
    versions: VersionService
    packages: PackageService


def build_making(
    store: Store,
    *,
    registry: StepRegistry,
    variables: VariableService,
    clock: Clock,
    trail: AuditTrail,
    log: FlowLog,
) -> Making:
    """These services over one store."""
    checks, dependants = FlowChecks(registry), Dependants(clock)
    return Making(
        flows=FlowService(store, checks=checks, dependants=dependants, clock=clock, log=log),
        versions=VersionService(
            store, checks=checks, dependants=dependants, audiences=Audiences(trail, clock), clock=clock, log=log
        ),
        packages=PackageService(store, checks=checks, variables=variables, clock=clock, log=log),
    )
