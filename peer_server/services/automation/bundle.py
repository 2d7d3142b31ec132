"""What starts flows without a person: schedules, tools and their webhooks; and how requests of flows sign in."""

from dataclasses import dataclass

from flow_runtime.client import FlowClient
from flow_runtime.clock import Clock
from flow_runtime.step import StepServices
from flow_runtime.store import Store
from peer_server.secrets import Keyring
from peer_server.services.automation.auth_profiles import AuthProfileService
from peer_server.services.automation.flow_triggers import FlowTriggerService
from peer_server.services.automation.schedules import ScheduleService
from peer_server.services.automation.tools import ToolService
from peer_server.services.automation.webhook_addresses import WebhookAddresses
from peer_server.services.automation.webhook_inbox import WebhookInbox
from peer_server.services.automation.webhook_keeper import WebhookKeeper
from peer_server.services.automation.webhook_plan import WebhookPlan
from peer_server.services.flows.directory import Directory
from peer_server.services.oversight.audit_trail import AuditTrail
from peer_server.services.vault import Vault


@dataclass(frozen=True, slots=True)
class Automation:
    """The services behind `/v1/schedule`, `/v1/tool`, `/v1/webhook`, `/v1/credential` and the triggers page."""

    schedules: ScheduleService
    auth_profiles: AuthProfileService
    tools: ToolService
    triggers: FlowTriggerService
    inbox: WebhookInbox
    keeper: WebhookKeeper
    plan: WebhookPlan


def build_automation(
    store: Store,
    *,
    client: FlowClient,
    directory: Directory,
    keyring: Keyring,
    trail: AuditTrail,
    clock: Clock,
    outside: StepServices,
    base_url: str,
) -> Automation:
    """Everything, connected."""
    vault, authorizer = Vault(keyring), outside.authorize
    addresses = WebhookAddresses(keyring=keyring, vault=vault, base_url=base_url)
    keeper = WebhookKeeper(store, http=outside.http, authorizer=authorizer, addresses=addresses, clock=clock)
    plan = WebhookPlan(addresses=addresses, clock=clock, wake=keeper.wake)
    return Automation(
        schedules=ScheduleService(store, client=client, directory=directory, trail=trail, clock=clock),
        auth_profiles=AuthProfileService(store, authorizer=authorizer, vault=vault, trail=trail, clock=clock),
        tools=ToolService(store, trail=trail, clock=clock),
        triggers=FlowTriggerService(store, plan=plan, addresses=addresses, trail=trail, clock=clock),
        inbox=WebhookInbox(store, client=client, directory=directory, addresses=addresses, clock=clock),
        keeper=keeper,
        plan=plan,
    )
