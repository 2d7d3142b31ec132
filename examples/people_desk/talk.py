"""People desk by text: a leave request that the flow sends back once, and that a manager approves with other dates."""

from examples.talk import Refused, Talk


async def talk_it_through(talk: Talk) -> None:
    """The whole example, through whichever door `talk` uses."""
    await talk.say("I want to take leave")
    form = await talk.asked("form")
    values = {"kind": "vacation", "startDate": "2026-12-21", "endDate": "2027-02-28", "handover": "Ada"}

    try:
        await talk.answer(form, {"formData": {**values, "handover": ""}})  # breaks the schema: the form stays open
    except Refused as refused:
        assert "/handover" in str(refused.problem)  # noqa: PT017  # a script, not a test
    else:
        raise AssertionError("a form with an empty name must be refused")

    await talk.answer(form, {"formData": values})  # too long: the flow sends it back with an error at the field
    form = await talk.asked("form")
    assert "18 days" in form["payload"]["errors"]["/endDate"]
    assert form["payload"]["values"]["handover"] == "Ada"

    await talk.answer(form, {"formData": {**values, "endDate": "2026-12-31"}})
    approval = await talk.asked("approval")
    edits = {"startDate": "2026-12-22", "endDate": "2026-12-31"}
    await talk.answer(approval, {"decision": "approve", "edits": edits, "comment": "the 21st is inventory"})

    calendar = await talk.widget("calendar")
    assert calendar["state"]["marks"][0]["from"] == "2026-12-22"
    await talk.hear("approved", "2026-12-22")
