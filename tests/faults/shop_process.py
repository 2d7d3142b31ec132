"""The examples' shop as a process, and what it was asked for."""

import sqlite3
import sys
from collections import Counter
from collections.abc import Collection
from contextlib import closing
from pathlib import Path
from typing import Any, Self

import httpx2

from tests.services.child import Child, free_port


class ShopProcess:
    """`with ShopProcess(folder) as shop`: a running shop. Keys begin with the id of the run that charged."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._state = folder / "shop.db"
        self._log = folder / "shop.log"

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def charges(self, runs: Collection[str]) -> list[tuple[str, float]]:
        """What these runs charged, as (order, amount) in order."""
        rows = self._rows("SELECT key, order_id, amount FROM refunds ORDER BY id")
        return [(order, amount) for key, order, amount in rows if run_of(key) in runs]

    def requests(self, runs: Collection[str]) -> Counter[str]:
        """How often each idempotency key of these runs was sent."""
        return Counter(key for (key,) in self._rows("SELECT key FROM requests") if run_of(key) in runs)

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "examples.shop_api", "--port", str(self.port), "--state", str(self._state)]
        self._child = Child(command, log=self._log)
        self._child.wait_until(self._is_ready)
        return self

    def __exit__(self, *_: object) -> None:
        self._child.stop()

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self._state)) as database:
            return database.execute(query).fetchall()

    def _is_ready(self) -> bool:
        try:
            return httpx2.get(f"{self.url}/charges", timeout=1).status_code == 200
        except httpx2.TransportError:
            return False


def run_of(key: str | None) -> str:
    """The run that an idempotency key belongs to."""
    return (key or "").partition(":")[0]
