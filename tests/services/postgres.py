"""A PostgreSQL server of the tests' own: fresh, on a free port, with fsync on as in production."""

import itertools
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Self

from tests.services.child import Child, free_port, unprivileged_user


class PostgresServer:
    """A running server; `with PostgresServer(folder) as server` starts it and stops it.

    `programs` is the folder of `initdb`, `postgres` and `psql`.
    """

    def __init__(self, programs: Path) -> None:
        self._user = unprivileged_user()
        # Straight under /tmp: the other user must be able to walk there, and cannot walk into pytest's folders.
        self._folder = Path(tempfile.mkdtemp(prefix="peer-server-postgres-"))
        self._programs = self._readable(programs)
        self._data = self._folder / "data"
        self._names = (f"test_{number}" for number in itertools.count(1))
        self.port = free_port()

    def url(self, database: str) -> str:
        """The address of one database of this server, as the product's settings take it."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def create_database(self, *, template: str = "template1") -> str:
        """Make a database under a new name and return the name; a `template` must have no open connection."""
        name = next(self._names)
        self.sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    def drop_database(self, name: str) -> None:
        """Drop a database, its open connections included."""
        self.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def sql(self, statement: str, *, database: str = "postgres") -> str:
        """Run one statement and return what `psql` prints, unadorned."""
        return self._run(
            "psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "-d", self.url(database), "-c", statement
        )

    def start(self) -> None:
        """Start the server on its data, which the first start makes."""
        if not self._data.exists():
            self._run(
                "initdb",
                "-D",
                str(self._data),
                "-U",
                "postgres",
                "--auth=trust",
                "-E",
                "UTF8",
                "--no-locale",
                "--no-sync",
            )
        options = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "max_connections": 200,
        }
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        self._child = Child(
            [str(self._programs / "postgres"), "-D", str(self._data), *settings],
            log=self._folder / "server.log",
            user=self._user,
            cwd=self._folder,
        )
        self._child.wait_until(lambda: "ready" in self._status())

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop the server: SIGINT is its fast shutdown, SIGQUIT its immediate one, SIGKILL an accident."""
        self._child.stop(how)

    def __enter__(self) -> Self:
        if self._user:
            os.chown(self._folder, self._user.pw_uid, self._user.pw_gid)
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self._folder)

    def _status(self) -> str:
        """The last line of the file in which the server says how far it is; "" before it exists."""
        file = self._data / "postmaster.pid"
        lines = file.read_text().splitlines() if file.exists() else []
        return lines[-1] if lines else ""

    def _run(self, program: str, *arguments: str) -> str:
        finished = subprocess.run(
            [str(self._programs / program), *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd=self._folder,
            user=self._user.pw_uid if self._user else None,
            group=self._user.pw_gid if self._user else None,
            extra_groups=[] if self._user else None,
        )
        if finished.returncode:
            raise RuntimeError(f"{program} failed: {finished.stderr}")
        return finished.stdout.strip()

    def _readable(self, programs: Path) -> Path:
        """The same programs where the other user may run them: a package in root's home is out of its reach."""
        if self._user is None or programs.is_relative_to("/usr"):
            return programs
        install = programs.parent
        package = install.parent
        # The wheel's shared libraries lie beside the package and are found by a relative path.
        for folder in (install, package.with_name(f"{package.name}.libs")):
            shutil.copytree(folder, self._folder / folder.relative_to(package.parent), symlinks=True)
        return self._folder / programs.relative_to(package.parent)
