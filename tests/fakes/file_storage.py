"""Where uploaded files are: a folder, or S3. What is in it can be looked at, and tampered with."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from flow_runtime.errors import Json
from tests.fakes.s3_server import S3Server

_PLACE = "/bucket/files"


class FileStorage(Protocol):
    """One place; `settings` are those of a server that keeps its files there."""

    settings: Mapping[str, Json]

    def held(self) -> dict[str, bytes]:
        """Everything that is in it, by name."""
        ...

    def put(self, name: str, data: bytes) -> None:
        """Put something there behind the server's back."""
        ...

    def remove(self, name: str) -> None:
        """Take something away behind the server's back."""
        ...


class Folder:
    """A folder of the data directory."""

    def __init__(self, path: Path) -> None:
        self.settings: Mapping[str, Json] = {"files_url": f"file://{path}"}
        self._path = path
        path.mkdir(parents=True)

    def held(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self._path.iterdir()}

    def put(self, name: str, data: bytes) -> None:
        (self._path / name).write_bytes(data)

    def remove(self, name: str) -> None:
        (self._path / name).unlink()


class Bucket:
    """A prefix in a bucket; what others keep in the bucket is never ours."""

    def __init__(self, server: S3Server) -> None:
        self.settings: Mapping[str, Json] = {"files_url": f"s3:/{_PLACE}", "files_options": server.options}
        self._server = server
        server.keep("/bucket/others", b"x")

    def held(self) -> dict[str, bytes]:
        found = dict(self._server.objects)
        assert found.pop("/bucket/others") == b"x"
        return {path.removeprefix(f"{_PLACE}/"): data for path, data in found.items()}

    def put(self, name: str, data: bytes) -> None:
        self._server.keep(f"{_PLACE}/{name}", data)

    def remove(self, name: str) -> None:
        del self._server.objects[f"{_PLACE}/{name}"]


@contextmanager
def file_storage(kind: str, folder: Path) -> Iterator[FileStorage]:
    """A place of that kind, ``folder`` or ``s3``, as long as the block lasts."""
    if kind == "folder":
        yield Folder(folder)
    else:
        with S3Server() as server:
            yield Bucket(server)
