"""Commands that talk to a running server: where it is, who one is there, and how answers and refusals are told."""

import functools
import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from peer_server.cli.exit_codes import Exit

if TYPE_CHECKING:
    from peer_server.cli.display import Display
    from peer_server.client import PeerServer, PeerServerError

_TOKEN_LIFE = timedelta(hours=24)
"""How long a token of the local owner is good if this process dies before it can end it."""

Url = Annotated[
    str | None, typer.Option(envvar="PEER_SERVER_URL", help="Where the server is.", show_default="the local one")
]
Token = Annotated[
    str | None, typer.Option(envvar="PEER_SERVER_TOKEN", help="A token.", show_default="the local owner's")
]
DataDir = Annotated[Path | None, typer.Option(help="The data directory of a local server.")]
AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
_OPTIONS = (("url", Url, None), ("token", Token, None), ("data_dir", DataDir, None), ("as_json", AsJson, False))


class Remote:
    """The server that the options name, reached only when it is asked for, and the way to tell about it."""

    def __init__(self, connect: "Callable[[], PeerServer]", display: "Display") -> None:
        self._connect = connect
        self.display = display

    @functools.cached_property
    def server(self) -> "PeerServer":
        """The server."""
        return self._connect()


def on_server(command: Callable[..., Exit | None]) -> Callable[..., None]:
    """Give a command the options that name a server, and its first parameter; its exit code is what it answers."""

    def connected(*, url: str | None, token: str | None, data_dir: Path | None, as_json: bool, **options: Any) -> None:  # noqa: ANN401 - whatever the command takes
        from peer_server.cli.display import Display

        with told_problems(as_json=as_json), ExitStack() as open_until_then:

            def connect() -> "PeerServer":
                return open_until_then.enter_context(_connection(url, token=token, data_dir=data_dir))

            code = command(Remote(connect, Display(as_json=as_json)), **options)
        raise typer.Exit(code or Exit.DONE)

    own = [*inspect.signature(command, eval_str=True).parameters.values()][1:]
    by_name = inspect.Parameter.KEYWORD_ONLY
    added = [inspect.Parameter(name, by_name, default=value, annotation=kind) for name, kind, value in _OPTIONS]
    parameters = [*(parameter.replace(kind=by_name) for parameter in own), *added]
    connected.__name__, connected.__doc__ = command.__name__, command.__doc__
    connected.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    vars(connected)["__signature__"] = inspect.Signature(parameters)
    return connected


@contextmanager
def told_problems(*, as_json: bool = False) -> Iterator[None]:
    """Tell what went wrong on standard error, with its code and remedy, and exit."""
    from peer_server.client import PeerServerError, RunFailed, Unreachable, WaitedTooLong

    try:
        yield
    except (RunFailed, WaitedTooLong) as error:
        _tell(error, as_json=as_json)
        sys.exit(Exit.FAILED)
    except Unreachable as error:
        _tell(error, as_json=as_json)
        sys.exit(Exit.UNREACHABLE)
    except PeerServerError as error:
        _tell(error, as_json=as_json)
        sys.exit(Exit.REFUSED)
    except KeyboardInterrupt:
        sys.exit(130)


def _tell(error: "PeerServerError", *, as_json: bool) -> None:
    import orjson

    from peer_server.client import Problem

    if as_json:
        document = error.document if isinstance(error, Problem) else {"code": error.code, "detail": error.message}
        typer.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode(), err=True)
        return
    place = f" at {error.path}" if isinstance(error, Problem) and error.path else ""
    typer.echo(f"error: {error.message} [{error.code}]{place}", err=True)
    for fault in error.faults if isinstance(error, Problem) else ():
        typer.echo(f"  {fault.get('path') or '/'}: {fault.get('message')} [{fault.get('code')}]", err=True)
    if error.remedy:
        typer.echo(f"  {error.remedy}", err=True)


@contextmanager
def _connection(url: str | None, *, token: str | None, data_dir: Path | None) -> "Iterator[PeerServer]":
    """The server, as whoever the token says; without one as the owner of the local data directory."""
    from peer_server.cli.start import plain_errors
    from peer_server.client import PeerServer
    from peer_server.settings import load_settings

    if url is None or token is None:
        with plain_errors():
            settings = load_settings(data_dir=data_dir)
        url = url or settings.base_url
        token = token or (settings.owner_token.get_secret_value() if settings.owner_token else None)
    if token is None:
        with _as_local_owner(url, data_dir=data_dir) as server:
            yield server
        return
    with PeerServer(url, token=token) as server:
        yield server


@contextmanager
def _as_local_owner(url: str, *, data_dir: Path | None) -> "Iterator[PeerServer]":
    """The server by a token of the owner that is ended afterwards."""
    import httpx2

    from peer_server.cli.credentials import issue
    from peer_server.client import PeerServer

    _settings, issued = issue("token", data_dir=data_dir, life=_TOKEN_LIFE)
    token = issued.token.reveal()
    try:
        with PeerServer(url, token=token) as server:
            yield server
    finally:
        with suppress(httpx2.HTTPError):  # It ends by itself soon.
            headers = {"Authorization": f"Bearer {token}"}
            httpx2.delete(f"{url}/v1/me/token/{issued.id}", headers=headers, timeout=5)
