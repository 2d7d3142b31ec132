"""`peer-server demo`: the server with example Peers, and the small shop that their flows call."""

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from peer_server.cli.start import plain_errors, uncollected
from peer_server.settings import Settings, load_settings


def start_demo(*, host: str | None = None, port: int | None = None, data_dir: Path | None = None) -> None:
    """Serve with the examples until told to stop."""
    with plain_errors(), uncollected():
        settings = load_settings(host=host, port=port, data_dir=data_dir)
        from peer_server.server import serve
        from peer_server.services.examples import find_examples, load_examples, seed_examples

        folder = find_examples()
        examples = load_examples(folder)
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        with shop(folder, settings) as shop_port:
            allowed = (*settings.http_allow, f"127.0.0.1:{shop_port}")
            url = f"http://127.0.0.1:{shop_port}"
            serve(
                settings.model_copy(update={"http_allow": allowed}),
                before=[lambda services: seed_examples(services, examples, variables={"SHOP_URL": url})],
                always_link=True,
            )


@contextlib.contextmanager
def shop(examples: Path, settings: Settings) -> Iterator[int]:
    """The shop on a port of its own, which stays the same over restarts if it is free; it ends with this process."""
    port = _port(settings.data_dir / "shop.port")
    command = [sys.executable, "-m", "examples.shop_api", "--port", str(port)]
    state = settings.data_dir / "shop.db"
    process = subprocess.Popen(  # noqa: S603 - our own program
        [*command, "--state", str(state), "--with-parent"], env={**os.environ, "PYTHONPATH": str(examples.parent)}
    )
    try:
        yield port
    finally:
        process.terminate()
        process.wait()


def _port(memory: Path) -> int:
    """The port of the last start if it is free, else a free one; remembered for the next start."""
    last = int(memory.read_text()) if memory.exists() else 0
    for wanted in (last, 0):
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", wanted)) as listener:
            port: int = listener.getsockname()[1]
            memory.write_text(str(port))
            return port
    raise OSError("there is no free port for the shop of the examples")
