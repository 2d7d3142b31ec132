"""Support desk by text: look an order up, refund a little and a lot, have one declined, ask how returns work."""

from examples.talk import Talk


async def talk_it_through(talk: Talk) -> None:
    """The whole example, through whichever door `talk` uses."""
    await talk.say("Where is order 1002?")
    await talk.hear("shipped")
    tracker = await talk.widget("order-tracker")
    assert tracker["state"]["orderId"] == "1002"

    await talk.say("Refund 20 € for order 1002")
    await talk.hear("refunded", "R-")

    await talk.say("Refund 250 € for order 1001")
    await talk.hear("waiting")
    approval = await talk.asked("approval")
    assert approval["title"] == "Refund 250 € of order 1001?"

    await talk.say("Where is order 1003?")  # the conversation goes on while it waits
    await talk.hear("packed")

    await talk.answer(approval, {"decision": "approve", "comment": "fine"})
    await talk.hear("refunded", "250")

    await talk.say("Refund 1000 € for order 1003")
    await talk.answer(await talk.asked("approval"), {"decision": "reject"})
    await talk.hear("declined")

    await talk.say("How long may I return a lamp?")
    await talk.hear("30 days", "[1]")
