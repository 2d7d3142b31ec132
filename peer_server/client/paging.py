"""Lists of the server: one page, or everything page by page."""

from collections.abc import Mapping
from typing import Final, TypeVar

from peer_server.client.exchange import Json, Listing, Operation, Request, Shown, ask
from peer_server.client.records import Page, Record

R = TypeVar("R", bound=Record)
_AT_ONCE: Final = 200


def one_page(
    path: str, kind: type[R], *, query: Mapping[str, Json], cursor: str | None = None, limit: int | None = None
) -> Operation[Page[R]]:
    """The page that begins at the cursor."""
    reply = yield from ask(Request("GET", path, {**query, "cursor": cursor, "limit": limit}))
    return Page[kind].model_validate(reply.json())  # type: ignore[valid-type] # the class is known when it runs


def every(path: str, kind: type[R], *, query: Mapping[str, Json]) -> Listing[R]:
    """Everything, page by page."""
    cursor: str | None = None
    while True:
        page: Page[R] = yield from one_page(path, kind, query=query, cursor=cursor, limit=_AT_ONCE)
        for item in page.items:
            yield Shown(item)
        cursor = page.next_cursor
        if cursor is None:
            return
