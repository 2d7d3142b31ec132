"""A person talks with a Peer: streamed answers, an unbroken log, and no message twice."""

import asyncio

import pytest

from flow_runtime.errors import FlowError
from tests.fakes.chat_bench import OLGA, PETE, STRANGER, ChatBench, texts

pytestmark = pytest.mark.anyio


async def test_an_answer_streams_and_is_whole_in_the_log(bench: ChatBench) -> None:
    # Given a Peer that answers in pieces, one of them beyond the Basic Multilingual Plane
    bench.model.will("Hello ", "🎈 ", "Olga.")
    talk = await bench.conversation()
    # When a person says something
    answer = await talk.ask("Hi there")
    # Then the text is whole, deltas give the same text at their offsets, and the log is its own truth
    assert answer == "Hello 🎈 Olga."
    units = "".join(delta["delta"] for delta in talk.deltas()).encode("utf-16-le")
    assert units.decode("utf-16-le") == answer
    assert talk.deltas()[0]["offset"] == 0
    for before, after in zip(talk.deltas(), talk.deltas()[1:], strict=False):
        assert after["offset"] == before["offset"] + len(before["delta"].encode("utf-16-le")) // 2
    view = await talk.check()
    assert texts(view) == [("user", "Hi there"), ("assistant", "Hello 🎈 Olga.")]
    assert view.title == "Hi there"
    kinds = [entry["event"]["type"] for entry in await talk.log()]
    assert kinds == [
        "conversation.updated", "message.created", "turn.started", "message.created", "message.completed",
        "turn.finished",
    ]  # fmt: skip
    completed = (await talk.events("message.completed"))[0]
    assert completed["usage"] == {"promptTokens": 3, "completionTokens": 2, "totalTokens": 5}
    assert bench.talk.stream_state(talk.id) == []


async def test_the_same_message_sent_again_is_one_message(bench: ChatBench) -> None:
    talk = await bench.conversation()
    sent = await asyncio.gather(*(talk.say("Once", client_message_id="same") for _ in range(5)))
    assert len(set(sent)) == 1
    await talk.idle()
    assert len(bench.model.requests) == 1
    assert len((await talk.check()).messages) == 2
    # And whoever sends it late is told how far the log goes, not where it began
    late = await bench.talk.send(OLGA, talk.id, client_message_id="same", content="Once")
    assert late.seq == (await talk.check()).last_seq


async def test_messages_wait_for_their_turn_and_are_answered_in_order(bench: ChatBench) -> None:
    # Given an answer that is held back
    gate = asyncio.Event()
    bench.model.will("first", gate=gate)
    talk = await bench.conversation()
    await talk.say("one")
    await bench.model.called(1)
    # When more messages come, one is changed and one taken back
    second, _ = await talk.say("two")
    third, _ = await talk.say("three")
    await talk.say("four")
    await bench.talk.edit(OLGA, talk.id, message_id=second, client_message_id="e", content="two!")
    await bench.talk.withdraw_message(OLGA, talk.id, message_id=third)
    view = await talk.until(lambda view: len(view.queue) == 2)
    assert [view.messages[message_id]["text"] for message_id in view.queue] == ["two!", "four"]
    bench.model.will("second")
    bench.model.will("third")
    gate.set()
    # Then each is answered in order, below the answer before it
    await talk.idle()
    view = await talk.check()
    assert texts(view) == [
        ("user", "one"), ("assistant", "first"), ("user", "two!"), ("assistant", "second"),
        ("user", "four"), ("assistant", "third"),
    ]  # fmt: skip
    with pytest.raises(FlowError) as refused:
        await bench.talk.withdraw_message(OLGA, talk.id, message_id=second)
    assert refused.value.code == "not_queued"


async def test_stop_keeps_what_was_written_and_lets_the_next_message_go(bench: ChatBench) -> None:
    bench.model.will("Once upon ", "a time", gate=asyncio.Event())
    bench.model.will("second")
    talk = await bench.conversation()
    await talk.say("Tell a story")
    await talk.say("Never mind")
    await talk.first_delta()
    # When the turn is stopped, twice
    assert await bench.talk.stop(OLGA, talk.id)
    await bench.talk.stop(OLGA, talk.id)
    # Then the text so far stays, marked as stopped, the stream was closed, and the queue goes on
    await talk.until(lambda view: any(message["text"] == "second" for message in view.messages.values()))
    await talk.idle()
    view = await talk.check()
    first = view.branch()[1]
    assert (first["status"], first["text"]) == ("stopped", "Once upon ")
    assert bench.model.closed_early == 1
    statuses = [turn["status"] for turn in view.turns.values()]
    assert statuses[0] == "stopped"


async def test_steer_stops_the_turn_and_answers_that_message_next(bench: ChatBench) -> None:
    bench.model.will("Long", "er", gate=asyncio.Event())
    bench.model.will("now C")
    bench.model.will("then B")
    talk = await bench.conversation()
    await talk.say("A")
    await bench.model.called(1)
    await talk.say("B")
    steered, _ = await talk.say("C")
    await bench.talk.steer(OLGA, talk.id, message_id=steered)
    await talk.until(lambda view: len(view.turns) == 3)
    await talk.idle()
    view = await talk.check()
    assert [text for role, text in texts(view) if role == "user"] == ["A", "C", "B"]


async def test_a_broken_stream_fails_the_turn_in_words_and_keeps_the_text(bench: ChatBench) -> None:
    bench.model.will("Half an ", error="the provider hung up")
    talk = await bench.conversation()
    await talk.ask("Go")
    view = await talk.check()
    answer = view.branch()[1]
    assert (answer["status"], answer["text"], answer["error"]["code"]) == ("failed", "Half an ", "provider_error")
    # And the conversation goes on
    bench.model.will("Better")
    assert await talk.ask("Again") == "Better"


async def test_branches_edit_regenerate_and_select(bench: ChatBench) -> None:
    for text in ("A1", "A2", "A3", "A4"):
        bench.model.will(text)
    talk = await bench.conversation()
    first, _ = await talk.say("Q1")
    view = await talk.idle()
    answer = view.leaf or ""
    # When the answer is asked for again, and then the question is edited
    await bench.talk.regenerate(OLGA, talk.id, message_id=answer)
    await talk.until(lambda view: len(view.turns) == 2)
    view = await talk.idle()
    assert texts(view) == [("user", "Q1"), ("assistant", "A2")]
    await bench.talk.edit(OLGA, talk.id, message_id=first, client_message_id="e1", content="Q1b")
    await talk.until(lambda view: len(view.turns) == 3)
    view = await talk.idle()
    assert texts(view) == [("user", "Q1b"), ("assistant", "A3")]
    # And the first branch is chosen again, then the conversation goes on from there
    await bench.talk.select_branch(OLGA, talk.id, message_id=answer)
    await talk.ask("Q2")
    view = await talk.check()
    assert texts(view) == [("user", "Q1"), ("assistant", "A1"), ("user", "Q2"), ("assistant", "A4")]
    history = bench.model.requests[-1].messages
    assert [getattr(message, "text", None) for message in history] == ["Be kind.", "Q1", "A1", "Q2"]


async def test_feedback_can_be_given_and_taken_back(bench: ChatBench) -> None:
    talk = await bench.conversation()
    bench.model.will("A")
    await talk.ask("Q")
    answer = (await talk.idle()).leaf or ""
    await bench.talk.feedback(OLGA, talk.id, message_id=answer, value="down", reason="wrong")
    view = await talk.check()
    assert view.messages[answer]["feedback"]["reason"] == "wrong"
    await bench.talk.feedback(OLGA, talk.id, message_id=answer, value=None)
    assert "feedback" not in (await talk.check()).messages[answer]


async def test_the_list_finds_names_pins_archives_deletes_and_takes_back(bench: ChatBench) -> None:
    bench.model.will("Der Zug fährt um neun")
    first, second, third = [await bench.conversation() for _ in range(3)]
    await first.ask("When does the train go?")
    await bench.talk.update(OLGA, second.id, title="Holidays", pinned=True)
    await bench.talk.update(OLGA, third.id, archived=True)

    async def listed(**options: object) -> list[str]:
        return [row.id for row in (await bench.talk.list(OLGA, **options)).items]  # type: ignore[arg-type]  # the test's own

    assert await listed() == [second.id, first.id]
    assert await listed(archived=True) == [third.id]
    assert await listed(search="ZUG") == [first.id]
    assert await listed(search="holi") == [second.id]
    assert await listed(search="100%") == []
    page = await bench.talk.list(OLGA, limit=1)
    assert page.next_cursor is not None
    rest = await bench.talk.list(OLGA, limit=1, cursor=page.next_cursor)
    assert [row.id for row in rest.items] == [first.id]
    assert rest.next_cursor is None
    await bench.talk.delete(OLGA, first.id)
    assert await listed() == [second.id]
    with pytest.raises(FlowError):
        await first.say("Hello?")
    await bench.talk.restore(OLGA, first.id)
    assert await listed() == [second.id, first.id]


async def test_conversations_of_others_do_not_exist(bench: ChatBench) -> None:
    talk = await bench.conversation()
    for other in (PETE, STRANGER):
        for attempt in (
            bench.talk.get(other, talk.id),
            bench.talk.events(other, talk.id, after_seq=0),
            bench.talk.view(other, talk.id),
            bench.talk.send(other, talk.id, client_message_id="x", content="Hi"),
            bench.talk.stop(other, talk.id),
            bench.talk.delete(other, talk.id),
        ):
            with pytest.raises(FlowError) as refused:
                await attempt
            assert refused.value.code == "not_found"


@pytest.mark.parametrize("content", ["", "   ", []])
async def test_an_empty_message_is_refused(bench: ChatBench, content: str | list[object]) -> None:
    talk = await bench.conversation()
    with pytest.raises(FlowError) as refused:
        await bench.talk.send(OLGA, talk.id, client_message_id="x", content=content)  # type: ignore[arg-type]  # on purpose
    assert refused.value.code == "empty_message"
