"""What happens on the event loop once a transaction is on disk."""

import logging
from collections.abc import Callable, Iterable

_log = logging.getLogger(__name__)


def run_callbacks(callbacks: Iterable[Callable[[], None]]) -> None:
    """Call them in order. They must not raise; one that does is logged, for the write that it followed is done."""
    for callback in callbacks:
        try:
            callback()
        except Exception:  # noqa: BLE001 - see above
            _log.exception("a callback after a commit failed")
