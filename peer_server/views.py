"""The views of the conversations used last, each carried on by the events that were added since."""

import asyncio
from collections import OrderedDict

import orjson

from flow_runtime.store import Store
from peer_server.conversation import ConversationView, fold
from peer_server.conversation_log import read_events, rfc3339

_AT_ONCE = 1000
"""Events read in one query."""
_MOST_EVENTS = 200_000
"""Events folded into all remembered views together: an event is about a kilobyte of a view."""


class ConversationViews:
    """Folds on demand. A view is the shared, live one: read it without awaiting in between, and never change it."""

    def __init__(self, store: Store, *, remembered: int = 256) -> None:
        self._store = store
        self._remembered = remembered
        self._views: OrderedDict[str, ConversationView] = OrderedDict()
        self._locks: dict[str, asyncio.Lock] = {}

    async def get(self, conversation_id: str) -> ConversationView:
        """The fold of everything that is committed now. The caller has checked the right to see it."""
        lock = self._locks.setdefault(conversation_id, asyncio.Lock())
        async with lock:
            view = self._views.setdefault(conversation_id, ConversationView())
            self._views.move_to_end(conversation_id)
            while await self._carry_on(conversation_id, view):
                pass
        self._forget_oldest()
        return view

    async def _carry_on(self, conversation_id: str, view: ConversationView) -> bool:
        """Fold the next events; True if there may be more."""
        events = await self._store.read(read_events, conversation_id, after_seq=view.last_seq, limit=_AT_ONCE)
        for entry in events:
            fold(view, seq=entry.seq, at=rfc3339(entry.at), event=orjson.loads(entry.event))
        return len(events) == _AT_ONCE

    def forget(self, conversation_id: str) -> None:
        """Let go of what is remembered of a conversation that is gone."""
        lock = self._locks.get(conversation_id)
        if lock is not None and not lock.locked():
            self._views.pop(conversation_id, None)
            del self._locks[conversation_id]

    def _is_too_much(self) -> bool:
        return len(self._views) > 1 and sum(view.last_seq for view in self._views.values()) > _MOST_EVENTS

    def _forget_oldest(self) -> None:
        while len(self._views) > self._remembered or self._is_too_much():
            oldest = next(iter(self._views))
            if self._locks[oldest].locked():
                return
            del self._views[oldest], self._locks[oldest]
