"""The shop's refunds: counted, durable, and charged once per idempotency key however often they are asked for."""

import sqlite3
from pathlib import Path
from typing import Any


class Ledger:
    """Refunds in a small SQLite file, so that killing any process loses none of them."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS refunds (id INTEGER PRIMARY KEY, key TEXT UNIQUE, order_id TEXT, amount REAL)"
        )
        self._db.execute("CREATE TABLE IF NOT EXISTS requests (id INTEGER PRIMARY KEY, key TEXT)")

    def refund(self, order_id: str, amount: float, *, key: str | None) -> dict[str, Any]:
        """Refund the amount and answer the receipt; the same key again answers the first one and charges nothing."""
        self._db.execute("INSERT INTO requests (key) VALUES (?)", (key,))
        self._db.execute(
            "INSERT INTO refunds (key, order_id, amount) VALUES (?, ?, ?) ON CONFLICT (key) DO NOTHING",
            (key, order_id, amount),
        )
        row = self._db.execute(
            "SELECT id, order_id, amount FROM refunds WHERE key IS ? ORDER BY id DESC LIMIT 1", (key,)
        ).fetchone()
        return {"id": f"R-{row[0]:04d}", "order": row[1], "amount": row[2], "status": "refunded"}

    def summary(self) -> dict[str, Any]:
        """What was charged and how often it was asked for, for tests and curious people."""
        refunds = self._db.execute("SELECT id, key, order_id, amount FROM refunds ORDER BY id").fetchall()
        requests = self._db.execute("SELECT count(*) FROM requests").fetchone()[0]
        return {
            "charges": len(refunds),
            "requests": requests,
            "refunds": [{"id": f"R-{row[0]:04d}", "key": row[1], "order": row[2], "amount": row[3]} for row in refunds],
        }

    def close(self) -> None:
        """Close the file."""
        self._db.close()
