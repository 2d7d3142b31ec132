"""What models cost and who pays, put together over one catalogue."""

from dataclasses import dataclass

from flow_runtime.clock import Clock
from flow_runtime.store import Store
from peer_server.services.models.budgets import BudgetService
from peer_server.services.models.meter import Meter
from peer_server.services.models.metered_models import MeteredModels
from peer_server.services.models.model_catalog import WorkspaceModels
from peer_server.services.models.model_connections import ModelConnectionService
from peer_server.services.models.prices import PriceList
from peer_server.services.oversight.audit_trail import AuditTrail
from peer_server.services.oversight.telemetry import Telemetry
from peer_server.services.vault import Vault
from peer_server.settings import Settings
from peer_server.tariff import Price, Tariff


@dataclass(frozen=True, slots=True)
class Spending:
    """The models as whatever calls them gets them, and the services behind `/v1/budget` and `/v1/connection`."""

    models: MeteredModels
    budgets: BudgetService
    connections: ModelConnectionService
    tariff: Tariff


def build_spending(
    store: Store,
    settings: Settings,
    *,
    models: WorkspaceModels,
    vault: Vault,
    trail: AuditTrail,
    clock: Clock,
    telemetry: Telemetry,
) -> Spending:
    """Everything, connected."""
    currency = settings.currency
    prices = {
        name: Price(price.prompt, price.completion, price.cached, currency)
        for name, price in settings.model_prices.items()
    }
    tariff = Tariff(prices, settings.tokens_per_credit)
    meter = Meter(store, prices=PriceList(tariff), trail=trail, clock=clock)
    return Spending(
        models=MeteredModels(models, meter, telemetry=telemetry),
        budgets=BudgetService(store, trail=trail, clock=clock),
        connections=ModelConnectionService(store, models=models, vault=vault, trail=trail, clock=clock),
        tariff=tariff,
    )
