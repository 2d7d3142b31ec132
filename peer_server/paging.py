"""Pages of a list, newest first: a cursor is the id of the last item seen, so every page costs the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

T = TypeVar("T")

DEFAULT_LIMIT: Final = 50
MAX_LIMIT: Final = 200


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items, and the cursor of the page after them (None: this was the last one)."""

    items: Sequence[T]
    next_cursor: str | None = None


def page_of(items: Sequence[T], *, limit: int, cursors: Sequence[str]) -> Page[T]:
    """Cut the one item that was read beyond the limit; `cursors` are the cursors of the items."""
    if len(items) <= limit:
        return Page(items)
    return Page(items[:limit], cursors[limit - 1])
