"""Field service by text: the location from our side, look-ups, two approvals inside a loop, the end of the session."""

from examples.talk import Talk


def get_location(_parameters: dict[str, object]) -> dict[str, float]:
    """Stands in for the browser's geolocation."""
    return {"latitude": 52.52, "longitude": 13.405}


TOOLS = {"getLocation": get_location}


async def talk_it_through(talk: Talk) -> None:
    """The whole example, through whichever door `talk` uses; it must offer `TOOLS`."""
    await talk.say("Plan a visit for a broken pump")
    table = await talk.widget("data-table")
    assert [row["name"] for row in table["state"]["rows"]] == ["Ana Ruiz", "Bo Lindqvist", "Chidi Eze"]
    await talk.widget("chart-line")
    await talk.hear("52.52")

    await talk.say("Order parts PUMP-7 and CTRL-9")
    await talk.answer(await talk.asked("approval"), {"decision": "approve"})
    await talk.answer(await talk.asked("approval"), {"decision": "reject"})
    await talk.hear("PUMP-7", "CTRL-9")

    await talk.say("We are done, close the session")
    ending = await talk.ended()
    assert ending["reason"] == "visit planned"
