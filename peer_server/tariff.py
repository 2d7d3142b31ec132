"""What model calls cost: credits by tokens, and money where a price is known. Pure.

Money is counted in whole billionths of its currency, so that sums are exact; each call is rounded to one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from flow_runtime.errors import Json

BILLIONTHS: Final = 1_000_000_000
_PER: Final = Decimal(1_000_000)
_TOKENS: Final = ("promptTokens", "completionTokens", "totalTokens")
ANY_MODEL: Final = "*"
"""The name under which a connection may have a price for all models that it names none for."""


@dataclass(frozen=True, slots=True)
class Price:
    """What a million tokens of a model cost: those sent to it, and those that it answers.

    `cached` is for those sent that the provider still knew; without it they cost what the others do.
    """

    prompt: Decimal
    completion: Decimal
    cached: Decimal | None = None
    currency: str = "USD"

    def billionths(self, *, prompt: int, completion: int, cached: int = 0) -> int:
        """What so many tokens cost; the cached ones are among those of the prompt."""
        known = self.prompt if self.cached is None else self.cached
        amount = self.prompt * (prompt - cached) + known * cached + self.completion * completion
        return int((amount * BILLIONTHS / _PER).to_integral_value(ROUND_HALF_UP))

    def of(self, *, prompt: int, completion: int, cached: int = 0) -> dict[str, Json]:
        """The same as records have it."""
        return money(self.billionths(prompt=prompt, completion=completion, cached=cached), self.currency)


@dataclass(frozen=True, slots=True)
class Tariff:
    """Prices by the model's full name, and how many tokens a credit is."""

    prices: Mapping[str, Price] = field(default_factory=dict)
    tokens_per_credit: int = 1000

    def credits(self, tokens: int) -> float:
        """The credits for so many tokens."""
        return float(Decimal(tokens) / self.tokens_per_credit)

    def of(self, usage: Mapping[str, Json]) -> dict[str, Json]:
        """Credits of one call, with its price: the one it had when it was made, else the one that is known now."""
        charged: dict[str, Json] = {"credits": self.credits(usage.get("totalTokens", 0))}
        price = self.prices.get(str(usage.get("model")))
        if "price" in usage:
            charged["price"] = usage["price"]
        elif price is not None:
            prompt, completion, cached = (
                usage.get(name, 0) for name in ("promptTokens", "completionTokens", "cachedTokens")
            )
            charged["price"] = price.of(prompt=prompt, completion=completion, cached=cached)
        return charged


def money(billionths: int, currency: str) -> dict[str, Json]:
    """An amount as records have it."""
    return {"amount": amount_of(billionths), "currency": currency}


def amount_of(billionths: int) -> float:
    """An amount as JSON has it."""
    return float(Decimal(billionths) / BILLIONTHS)


def billionths_of(amount: float | Decimal) -> int:
    """An amount as it is counted."""
    return int((Decimal(str(amount)) * BILLIONTHS).to_integral_value(ROUND_HALF_UP))


def sum_of_prices(prices: Iterable[Mapping[str, Json]]) -> dict[str, int]:
    """Billionths by currency."""
    summed: dict[str, int] = {}
    for price in prices:
        currency = str(price["currency"])
        summed[currency] = summed.get(currency, 0) + billionths_of(price["amount"])
    return summed


def totals(calls: Iterable[Mapping[str, Json]]) -> dict[str, Json]:
    """Tokens, credits and price of several calls together; no price if none of them has one.

    Calls that were paid in several currencies have `prices` instead, one for each.
    """
    calls = list(calls)
    summed: dict[str, Json] = {name: sum(call.get(name, 0) for call in calls) for name in _TOKENS}
    if cached := sum(call.get("cachedTokens", 0) for call in calls):
        summed["cachedTokens"] = cached
    summed["credits"] = float(sum(Decimal(str(call.get("credits", 0))) for call in calls))
    prices = [
        money(total, currency)
        for currency, total in sorted(sum_of_prices(call["price"] for call in calls if "price" in call).items())
    ]
    if len(prices) == 1:
        summed["price"] = prices[0]
    elif prices:
        summed["prices"] = prices
    return summed
