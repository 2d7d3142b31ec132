"""What model calls cost: credits by tokens, and money where a price is known. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from flow_runtime.errors import Json

_PER = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Price:
    """What a million tokens of a model cost: those sent to it, and those that it answers."""

    prompt: Decimal
    completion: Decimal


@dataclass(frozen=True, slots=True)
class Tariff:
    """Prices by the model's full name, in one currency, and how many tokens a credit is."""

    prices: Mapping[str, Price] = field(default_factory=dict)
    currency: str = "USD"
    tokens_per_credit: int = 1000

    def credits(self, tokens: int) -> float:
        """The credits for so many tokens."""
        return float(Decimal(tokens) / self.tokens_per_credit)

    def of(self, usage: Mapping[str, Json]) -> dict[str, Json]:
        """Credits of one call, with its price if there is one."""
        charged: dict[str, Json] = {"credits": self.credits(usage.get("totalTokens", 0))}
        price = self.prices.get(str(usage.get("model")))
        if price is not None:
            amount = price.prompt * usage.get("promptTokens", 0) + price.completion * usage.get("completionTokens", 0)
            charged["price"] = {"amount": float(amount / _PER), "currency": self.currency}
        return charged


def totals(calls: Iterable[Mapping[str, Json]]) -> dict[str, Json]:
    """Tokens, credits and price of several calls together; no price if none of them has one."""
    calls = list(calls)
    summed: dict[str, Json] = {
        name: sum(call.get(name, 0) for call in calls) for name in ("promptTokens", "completionTokens", "totalTokens")
    }
    summed["credits"] = float(sum(Decimal(str(call.get("credits", 0))) for call in calls))
    priced = [call["price"] for call in calls if "price" in call]
    if priced:
        amount = sum(Decimal(str(price["amount"])) for price in priced)
        summed["price"] = {"amount": float(amount), "currency": priced[0]["currency"]}
    return summed
