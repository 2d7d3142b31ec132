"""How the two chat servers are started for a measurement: the product, and Chainlit."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

from benchmarks.peer_environment import PEER_BIN, PEERS
from benchmarks.processes import ServerProcess, free_port, server_process

PRODUCT, CHAINLIT = "Peer Server", "Chainlit"
OWNER_TOKEN = "benchmark-owner-token"  # noqa: S105 - of a server that lives for seconds on the loopback
NO_PROVIDER = "http://127.0.0.1:9/v1"
CHAINLIT_APP = PEERS / "chainlit_app.py"


@contextmanager
def fake_provider(folder: Path) -> Iterator[str]:
    """Run the fake provider and answer its base URL."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.fake_provider", str(port)]
    environment = {"PYTHONPATH": str(Path(__file__).parents[1])}
    with server_process(command, port=port, ready_path="/", environment=environment, folder=folder) as process:
        yield f"{process.url}/v1"


@contextmanager
def product_server(folder: Path, *, provider: str = NO_PROVIDER) -> Iterator[ServerProcess]:
    """Run the product on a data directory inside the folder; the same folder again is the same installation."""
    port = free_port()
    program = Path(sys.executable).with_name("peer-server")
    command = [str(program), "serve", "--host", "127.0.0.1", "--port", str(port), "--data-dir", str(folder / "data")]
    environment = {
        "PEER_SERVER_OWNER_TOKEN": OWNER_TOKEN,
        # One principal plays everybody: the limit per person would be measured instead of the server.
        "PEER_SERVER_RATE_LIMIT": "100000/second",
        "PEER_SERVER_LOG_LEVEL": "warning",
        "OPENAI_API_KEY": "none",
        "OPENAI_BASE_URL": provider,
    }
    with server_process(command, port=port, ready_path="/readyz", environment=environment, folder=folder) as process:
        yield process


@contextmanager
def chainlit_server(folder: Path, *, provider: str = NO_PROVIDER, model: str = "none") -> Iterator[ServerProcess]:
    """Run a Chainlit application that streams the answers of LangChain's ChatOpenAI."""
    port = free_port()
    command = [str(PEER_BIN / "chainlit"), "run", str(CHAINLIT_APP), "--headless", "--port", str(port)]
    environment = {
        "BENCHMARK_PROVIDER": provider,
        "BENCHMARK_MODEL": model,
        "CHAINLIT_APP_ROOT": str(folder),  # where it writes its configuration
        "PATH": f"{PEER_BIN}{os.pathsep}{os.environ['PATH']}",
    }
    with server_process(command, port=port, ready_path="/", environment=environment, folder=folder) as process:
        yield process


def create_peer(server: ServerProcess, *, model: str) -> str:
    """A Peer of the product that answers by this model of the fake provider; its id."""
    peer = {"name": "Benchmark", "model": f"openai:{model}", "attachments": []}
    headers = {"authorization": f"Bearer {OWNER_TOKEN}"}
    answer = httpx2.post(f"{server.url}/v1/peer", json=peer, headers=headers)
    answer.raise_for_status()
    peer_id: str = answer.json()["id"]
    return peer_id
