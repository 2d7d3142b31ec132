"""The three examples, driven to their end by text alone: over the socket and over REST, on both databases."""

from collections.abc import Awaitable, Callable

import pytest

from examples.field_service import talk as field_service
from examples.people_desk import talk as people_desk
from examples.support_desk import talk as support_desk
from examples.talk import RestTalk, SocketTalk, Talk, Tool
from tests.faults.seeding import seed_example
from tests.faults.server_process import TOKEN, ServerProcess
from tests.faults.shop_process import ShopProcess

pytestmark = pytest.mark.anyio

Script = Callable[[Talk], Awaitable[None]]
SCRIPTS: dict[str, tuple[Script, dict[str, Tool]]] = {
    "support_desk": (support_desk.talk_it_through, {}),
    "people_desk": (people_desk.talk_it_through, {}),
    "field_service": (field_service.talk_it_through, dict(field_service.TOOLS)),
}


@pytest.mark.parametrize("door", [SocketTalk, RestTalk])
async def test_the_examples_are_talked_through(
    door: type[SocketTalk | RestTalk], fresh_server: ServerProcess, shop: ShopProcess
) -> None:
    # Given the three example Peers on the scripted model
    for name, (script, tools) in SCRIPTS.items():
        peer_id = seed_example(fresh_server, name, shop_url=shop.url)
        # When each of them is talked to by text alone, then everything goes as its script says
        async with door.open(fresh_server.url, TOKEN, peer_id, **tools) as talk:
            await script(talk)
