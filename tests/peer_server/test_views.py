"""Views are remembered within bounds: so many, and so much in them."""

from collections.abc import AsyncIterator

import pytest

from flow_runtime.store import Store
from flow_runtime.stores.memory import MemoryStore
from flow_runtime.stores.migrate import migrate
from peer_server import views
from peer_server.app import MIGRATIONS, VERSION_TABLE
from peer_server.views import ConversationViews
from tests.fakes.chat_bench import OLGA, ChatBench

pytestmark = pytest.mark.anyio


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    """An empty store."""
    store = MemoryStore()
    await store.open()
    await migrate(store)
    await migrate(store, package=MIGRATIONS, version_table=VERSION_TABLE)
    yield store
    await store.close()


async def test_long_conversations_are_forgotten_before_many_short_ones_would_be(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given room for ten events, and three conversations of four
    monkeypatch.setattr(views, "_MOST_EVENTS", 10)
    bench, remembered = ChatBench(store), ConversationViews(store)
    talks = [await bench.conversation() for _ in range(3)]
    for talk in talks:
        for title in ("a", "b", "c", "d"):
            await bench.talk.update(OLGA, talk.id, title=title)
    # When all are looked at
    first, second, third = [await remembered.get(talk.id) for talk in talks]
    # Then the one that was not looked at for longest is folded anew, and says the same
    assert await remembered.get(talks[2].id) is third
    assert await remembered.get(talks[1].id) is second
    again = await remembered.get(talks[0].id)
    assert again is not first
    assert again.as_json() == first.as_json()
