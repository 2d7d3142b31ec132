"""Run the shop: ``python -m examples.shop_api --port 9000 --state shop.db``, alone or tied to its parent process."""

import argparse
import os
import threading
import time
from pathlib import Path

import uvicorn

from examples.shop_api.app import create_shop


def main() -> None:
    """Serve on loopback until stopped, or until the parent process is gone (`--with-parent`)."""
    parser = argparse.ArgumentParser(prog="examples.shop_api")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--with-parent", action="store_true", help="exit when the parent process is gone")
    options = parser.parse_args()
    if options.with_parent:
        threading.Thread(target=_leave_with, args=(os.getppid(),), daemon=True).start()
    uvicorn.run(create_shop(options.state), host="127.0.0.1", port=options.port, log_level="warning")


def _leave_with(parent: int) -> None:
    """A killed parent cannot stop its children, so they look."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(0)


if __name__ == "__main__":
    main()
