"""Pages of lists that are read whole: what a workspace has some dozens of, such as groups, keys or tools."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Depends, Query

from flow_runtime.stores.paging import no_cursor
from peer_server.web.json_request import Answer, Cursor, Limit


class PagedList(Answer):
    """Base of answers that are such a page; each adds its `items`."""

    next_cursor: str | None = None
    """Where the next page begins; null on the last one."""


P = TypeVar("P", bound=PagedList)


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of a list was asked for."""

    cursor: str | None
    limit: int

    def of(self, kind: type[P], items: Sequence[Answer], *, key: str = "id") -> P:
        """That part of these items as an answer of this kind; `key` names the field that tells them apart.

        A cursor names the last item that was given, so pages do not shift as others come and go.
        Raises `InvalidDefinition` ``invalid_cursor`` for one that was not given out, or whose item is gone.
        """
        names = [str(getattr(item, key)) for item in items]
        if self.cursor is not None and self.cursor not in names:
            raise no_cursor(self.cursor)
        start = 0 if self.cursor is None else names.index(self.cursor) + 1
        end = start + self.limit
        following = names[end - 1] if end < len(items) else None
        return kind.model_validate({"items": items[start:end], "next_cursor": following})


def _window(cursor: Annotated[Cursor, Query()] = None, limit: Annotated[Limit, Query()] = 200) -> Window:
    return Window(cursor, limit)


InWindow = Annotated[Window, Depends(_window)]
"""The query parameters `cursor` and `limit` of a list."""
