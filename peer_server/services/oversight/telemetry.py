"""What this process does, counted for Prometheus. Off by default: then nothing is imported, and nothing counted.

Labels are routes, kinds and states, of which there are few; never an id, a name, or a word that somebody has typed.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from flow_runtime.run import Ending, Event, Interrupt, Run
from flow_runtime.store import Transaction
from peer_server.stores.standing import Standing
from peer_server.tariff import BILLIONTHS

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_LATENCIES: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_MODEL_LATENCIES: Final = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)


class Telemetry:
    """Counters and gauges of one process; implements `Projection` to hear of runs."""

    def __init__(self, *, is_on: bool) -> None:
        self.is_on = is_on
        self._at: Mapping[str, Any] = {}
        if is_on:
            self._registry, self._at = _instruments()

    def request(self, method: str, route: str, *, status: int, seconds: float) -> None:
        """A request was answered. `route` is the template of its path, ``other`` where no route is."""
        labels = (method if method in METHODS else "other", route)
        self._at["requests"].labels(*labels, str(status)).inc()
        self._at["latency"].labels(*labels).observe(seconds)

    def socket(self, change: int) -> None:
        """A socket was opened (1) or has ended (-1)."""
        self._at["sockets"].inc(change)

    def model_call(
        self, source: str, outcome: str, *, seconds: float, tokens: Mapping[str, int], cost: int, currency: str
    ) -> None:
        """A call of a model is over. `source` is ``scripted``, ``openai``, ``connection`` or ``langchain``."""
        if not self.is_on:
            return
        self._at["calls"].labels(source, outcome).inc()
        self._at["call_latency"].labels(source).observe(seconds)
        for kind, count in tokens.items():
            self._at["tokens"].labels(source, kind).inc(count)
        if cost:
            self._at["cost"].labels(currency).inc(cost / BILLIONTHS)

    def __call__(
        self,
        tx: Transaction,
        run: Run,
        *,
        events: Sequence[Event],
        opened: Sequence[Interrupt],
        closed: Sequence[Interrupt],
        ending: Ending | None,
    ) -> None:
        """Count what ended, was asked and was answered, once that is on disk."""
        if self.is_on and (opened or closed or ending):
            tx.after_commit(partial(self._note, run.kind, opened, closed, ending))

    def render(self, standing: Standing) -> bytes:
        """Everything, in the text format of Prometheus."""
        from prometheus_client import generate_latest  # noqa: PLC0415 - the start-up budget

        for name, values in standing.by_labels().items():
            gauge = self._at[name]
            gauge.clear()
            for labels, value in values.items():
                gauge.labels(*labels).set(value)
        self._at["queue_age"].set(standing.oldest_queued_s)
        self._at["deliveries"].labels("push").set(standing.pushes_due)
        self._at["deliveries"].labels("webhook").set(standing.webhooks_due)
        return generate_latest(self._registry)

    def _note(self, kind: str, opened: Sequence[Interrupt], closed: Sequence[Interrupt], ending: Ending | None) -> None:
        for one in opened:
            self._at["opened"].labels(one.kind.value).inc()
        for one in closed:
            self._at["closed"].labels(one.kind.value, one.status.value).inc()
        if ending is not None:
            self._at["ended"].labels(kind, ending.status.value).inc()


def _instruments() -> "tuple[CollectorRegistry, dict[str, Any]]":
    from prometheus_client import (  # noqa: PLC0415 - the start-up budget
        CollectorRegistry,
        Counter,
        Gauge,
        GCCollector,
        Histogram,
        PlatformCollector,
        ProcessCollector,
    )

    registry = CollectorRegistry()
    for collector in (ProcessCollector, PlatformCollector, GCCollector):
        collector(registry=registry)
    counter, gauge = partial(Counter, registry=registry), partial(Gauge, registry=registry)
    histogram = partial(Histogram, registry=registry)
    name = "peer_server_{}".format
    route, calls = ("method", "route"), ("source",)
    return registry, {
        "requests": counter(name("http_requests"), "Requests answered.", (*route, "status")),
        "latency": histogram(name("http_request_seconds"), "Time to the end of the answer.", route, buckets=_LATENCIES),
        "sockets": gauge(name("sockets"), "Sockets that are open."),
        "calls": counter(name("model_calls"), "Calls of models that are over.", (*calls, "outcome")),
        "call_latency": histogram(name("model_call_seconds"), "Their time.", calls, buckets=_MODEL_LATENCIES),
        "tokens": counter(name("model_tokens"), "Tokens that they used.", (*calls, "kind")),
        "cost": counter(name("model_cost"), "What they cost, where a price is known.", ("currency",)),
        "ended": counter(name("runs_ended"), "Runs that ended here; chat turns are of kind turn.", ("kind", "status")),
        "opened": counter(name("interrupts_opened"), "Questions that runs asked here.", ("kind",)),
        "closed": counter(name("interrupts_closed"), "Questions that were closed here.", ("kind", "status")),
        "runs": gauge(name("runs"), "Runs in the database that have not ended.", ("kind", "status")),
        "interrupts": gauge(name("interrupts_open"), "Open questions in the database.", ("kind",)),
        "queue_age": gauge(name("queue_oldest_seconds"), "How long the oldest queued run has waited."),
        "deliveries": gauge(name("deliveries_due"), "Deliveries that are still to be made.", ("kind",)),
    }
