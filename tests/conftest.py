"""Fixtures that every test may ask for."""

import pytest


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """The product runs on asyncio (uvicorn with uvloop), so the tests do."""
    return "asyncio"
