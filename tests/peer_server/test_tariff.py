"""Credits and prices are exact decimal arithmetic."""

from decimal import Decimal

from peer_server.tariff import Price, Tariff, totals

CALL = {"model": "openai:gpt-5", "promptTokens": 1000, "completionTokens": 100, "totalTokens": 1100}


def test_a_call_has_credits_and_its_price_if_that_is_known() -> None:
    tariff = Tariff({"openai:gpt-5": Price(Decimal("1.25"), Decimal(10), currency="EUR")})
    assert tariff.of(CALL) == {"credits": 1.1, "price": {"amount": 0.00225, "currency": "EUR"}}
    assert tariff.of({**CALL, "model": "scripted"}) == {"credits": 1.1}
    assert Tariff(tokens_per_credit=500).of(CALL) == {"credits": 2.2}


def test_totals_add_up_without_rounding() -> None:
    tariff = Tariff({"openai:gpt-5": Price(Decimal("0.1"), Decimal("0.2"))})
    calls = [{**CALL, **tariff.of(CALL)} for _ in range(3)]
    assert totals(calls) == {
        "promptTokens": 3000,
        "completionTokens": 300,
        "totalTokens": 3300,
        "credits": 3.3,
        "price": {"amount": 0.00036, "currency": "USD"},
    }
    assert "price" not in totals([])


def test_tokens_that_the_provider_still_knew_cost_what_is_said_of_them() -> None:
    price = Price(Decimal("1.25"), Decimal(10), cached=Decimal("0.125"))
    assert price.of(prompt=1000, completion=100, cached=800) == {"amount": 0.00135, "currency": "USD"}
    assert Tariff({"m": price}).of({**CALL, "model": "m", "cachedTokens": 800})["price"]["amount"] == 0.00135


def test_a_call_keeps_the_price_that_it_had_and_currencies_are_not_added_up() -> None:
    tariff = Tariff({"openai:gpt-5": Price(Decimal(9), Decimal(9))})
    paid = {**CALL, "price": {"amount": 0.5, "currency": "EUR"}}
    assert tariff.of(paid)["price"] == {"amount": 0.5, "currency": "EUR"}
    both = totals([paid, paid, {**CALL, "price": {"amount": 0.25, "currency": "USD"}}])
    assert both["prices"] == [{"amount": 1.0, "currency": "EUR"}, {"amount": 0.25, "currency": "USD"}]
    assert "price" not in both
