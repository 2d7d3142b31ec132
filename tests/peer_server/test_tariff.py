"""Credits and prices are exact decimal arithmetic."""

from decimal import Decimal

from peer_server.tariff import Price, Tariff, totals

CALL = {"model": "openai:gpt-5", "promptTokens": 1000, "completionTokens": 100, "totalTokens": 1100}


def test_a_call_has_credits_and_its_price_if_that_is_known() -> None:
    tariff = Tariff({"openai:gpt-5": Price(Decimal("1.25"), Decimal(10))}, "EUR", tokens_per_credit=1000)
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
