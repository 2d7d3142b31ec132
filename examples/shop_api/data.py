"""What the shop sells and whom it employs: fixed data, so that every demo and test sees the same."""

from typing import Any

ORDERS: dict[str, dict[str, Any]] = {
    "1001": {
        "id": "1001",
        "customer": "Mira Okafor",
        "email": "mira@example.com",
        "placedAt": "2026-11-02",
        "status": "delivered",
        "eta": "2026-11-05",
        "total": 250.0,
        "items": [
            {"name": "Trail tent", "quantity": 1, "price": 210.0},
            {"name": "Lantern", "quantity": 2, "price": 20.0},
        ],
    },
    "1002": {
        "id": "1002",
        "customer": "Jonas Weber",
        "email": "jonas@example.com",
        "placedAt": "2026-11-17",
        "status": "shipped",
        "eta": "2026-11-23",
        "total": 59.9,
        "items": [{"name": "Rain jacket", "quantity": 1, "price": 59.9}],
    },
    "1003": {
        "id": "1003",
        "customer": "Elif Demir",
        "email": "elif@example.com",
        "placedAt": "2026-11-19",
        "status": "packed",
        "eta": "2026-11-26",
        "total": 1240.0,
        "items": [{"name": "Cargo bike", "quantity": 1, "price": 1240.0}],
    },
}

_STAGES = ("ordered", "packed", "shipped", "delivered")
_TITLES = {"ordered": "Ordered", "packed": "Packed", "shipped": "On its way", "delivered": "Delivered"}


def progress(status: str) -> list[dict[str, str]]:
    """How far an order is, stage by stage, as the tracking widget shows it."""
    at = _STAGES.index(status)
    is_there = status == _STAGES[-1]
    return [
        {"title": _TITLES[stage], "status": "done" if n < at or is_there else "current" if n == at else "next"}
        for n, stage in enumerate(_STAGES)
    ]


for _order in ORDERS.values():
    _order["progress"] = progress(_order["status"])

TECHNICIANS: list[dict[str, Any]] = [
    {"id": "t1", "name": "Ana Ruiz", "skill": "electrics", "distanceKm": 4.2, "freeAt": "09:30"},
    {"id": "t2", "name": "Bo Lindqvist", "skill": "hydraulics", "distanceKm": 7.9, "freeAt": "10:15"},
    {"id": "t3", "name": "Chidi Eze", "skill": "electrics", "distanceKm": 12.4, "freeAt": "08:45"},
]

PARTS: list[dict[str, Any]] = [
    {"sku": "PUMP-7", "name": "Circulation pump", "stock": 3, "price": 189.0},
    {"sku": "SEAL-2", "name": "Seal kit", "stock": 41, "price": 12.5},
    {"sku": "CTRL-9", "name": "Control board", "stock": 1, "price": 412.0},
]

FORECAST: list[dict[str, Any]] = [
    {"hour": f"{hour:02d}:00", "temperature": temperature, "rain": rain}
    for hour, temperature, rain in ((8, 4, 0.1), (10, 6, 0.0), (12, 8, 0.4), (14, 9, 1.2), (16, 7, 0.8), (18, 5, 0.2))
]
