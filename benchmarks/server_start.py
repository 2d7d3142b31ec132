"""T6: from the command to the first answer with status 200, and the memory of a server that has come to rest.

    python -m benchmarks.server_start --system product|chainlit [--rest-s 3]

`first` is an empty folder: database, keys and configuration are made. `again` is a later start of the same.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

from benchmarks.systems import chainlit_server, product_server

SYSTEMS = {"product": product_server, "chainlit": chainlit_server}


def measure(system: str, folder: Path, *, rest_s: float) -> dict[str, object]:
    """Start it once."""
    with SYSTEMS[system](folder) as server:
        listening = server.rss_kib()
        time.sleep(rest_s)  # Whatever it still imports in the background counts.
        return {
            "startS": round(server.start_s, 3),
            "rssListeningMb": round(listening / 1024, 1),
            "rssMb": round(server.rss_kib() / 1024, 1),
            "startCpuS": round(server.cpu_s(), 2),
        }


def main() -> None:
    """Measure both starts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--system", choices=SYSTEMS, required=True)
    parser.add_argument("--rest-s", type=float, default=3.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for case in ("first", "again"):
            print(
                json.dumps({"case": case, **measure(options.system, Path(folder), rest_s=options.rest_s)}), flush=True
            )


if __name__ == "__main__":
    main()
