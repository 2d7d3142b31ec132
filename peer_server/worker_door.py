"""Where a worker, which serves nobody, says that it lives and what it has done: health and figures, nothing else."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from fastapi import FastAPI

from peer_server.routes import health
from peer_server.services.bundle import Services
from peer_server.web import problems
from peer_server.web.headers import SecurityHeaders


@asynccontextmanager
async def open_door(services: Services, listener: socket.socket) -> AsyncIterator[None]:
    """Answer on that socket until the block ends."""
    server = _Server(uvicorn.Config(worker_pages(services), lifespan="off", log_config=None, server_header=False))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield
    finally:
        server.should_exit = True
        await serving


def worker_pages(services: Services) -> FastAPI:
    """`/healthz`, `/readyz` and `/metrics`, as web processes have them."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.state.services = services
    app.include_router(health.api)
    problems.install(app)
    app.add_middleware(problems.Unexpected)
    app.add_middleware(SecurityHeaders, is_https=False)
    return app


class _Server(uvicorn.Server):
    """uvicorn that leaves signals to the worker."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
