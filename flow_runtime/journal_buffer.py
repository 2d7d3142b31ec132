"""Events and openings of one run on their way to the journal: masked, measured, and written in one commit."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import orjson

from flow_runtime.errors import Json, StepFailed
from flow_runtime.lease import Lease
from flow_runtime.masking import Mask
from flow_runtime.run import Event, NewInterrupt

MAX_EVENT: Final = 1024 * 1024
"""Bytes of the largest event: larger results belong into files."""


class JournalBuffer:
    """What has happened and is not on disk yet. The state is only ever given what `add` answers, so state == fold."""

    def __init__(self, lease: Lease, *, mask: Mask) -> None:
        self._lease = lease
        self._mask = mask
        self._events: list[Event] = []
        self._opening: list[NewInterrupt] = []
        self._dropped: list[str] = []

    def add(self, event: Event, note: Mapping[str, Json] | None = None) -> Event:
        """Take an event, with what is noted beside it, and answer it as it will be journaled.

        Raises `StepFailed` for what cannot be journaled.
        """
        masked = replace(event, data=self._mask(event.data)) if self._mask else event
        measure(masked.data)
        if note:
            masked = replace(masked, data={**masked.data, **self._mask(note)})
        self._events.append(masked)
        return masked

    def open(self, new: NewInterrupt) -> None:
        """Take an interrupt that opens with the events. Its payload must be masked already: its digest covers it."""
        self._opening.append(new)

    def drop(self, interrupt_ids: Sequence[str]) -> None:
        """Take interrupts that nobody needs any more; one that was never opened just stays away."""
        if interrupt_ids:
            known = {new.id for new in self._opening}
            self._opening = [new for new in self._opening if new.id not in interrupt_ids]
            self._dropped.extend(each for each in interrupt_ids if each not in known)

    def take_events(self) -> list[Event]:
        """The events for the run's end, which closes all interrupts anyway."""
        events, self._events = self._events, []
        self._opening, self._dropped = [], []
        return events

    async def flush(self) -> None:
        """Put everything on disk. Raises `Fenced`."""
        if self._events or self._opening or self._dropped:
            opening, dropped = self._opening, self._dropped
            events = self.take_events()
            await self._lease.append(events, interrupts=opening, cancel_interrupts=dropped)


def measure(data: Mapping[str, Json]) -> None:
    """Raises `StepFailed` if this is no JSON or too much of it."""
    try:
        size = len(orjson.dumps(data, default=_as_dict))
    except TypeError as error:
        raise StepFailed("not_json", f"the outcome is no JSON value: {error}", category="data_validation") from None
    if size > MAX_EVENT:
        message = f"the outcome has {size:,} bytes, at most {MAX_EVENT:,} can be kept"
        raise StepFailed("output_too_large", message, category="data_validation", remedy="Keep it in a file.")


def _as_dict(value: object) -> dict[str, Json]:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is not a JSON type")
