"""`peer-server key`: API keys for programs."""

from typing import Annotated

import typer

from peer_server.cli.remote import Remote, on_server

cli = typer.Typer(no_args_is_help=True, help="API keys for programs.")

Flow = Annotated[str | None, typer.Option("--flow", help="Of this flow; without it of the whole workspace.")]


@cli.command("list")
@on_server
def list_all(remote: Remote, *, flow: Flow = None) -> None:
    """The keys, newest first; never the keys themselves."""
    remote.display.table(
        remote.server.keys.list(flow),
        {
            "ID": lambda key: key.id,
            "NAME": lambda key: key.name,
            "KEY": lambda key: f"{key.prefix}…{key.last_characters}",
            "SCOPES": lambda key: key.scopes,
            "EXPIRES": lambda key: key.expires_at,
            "LAST USED": lambda key: key.last_used_at,
        },
    )


@cli.command()
@on_server
def create(
    remote: Remote,
    name: Annotated[str, typer.Argument(help="What people recognise it by.")],
    *,
    flow: Flow = None,
    scope: Annotated[list[str] | None, typer.Option(help="run, read, answer; without it all three.")] = None,
) -> None:
    """Make a key and print it: this is the only time that it is shown."""
    made = remote.server.keys.create(name, flow_id=flow, scopes=scope)
    remote.display.record(made, {"id": lambda key: key.id, "key": lambda key: key.key})


@cli.command()
@on_server
def delete(
    remote: Remote, key_id: Annotated[str, typer.Argument(help="The id of the key.")], *, flow: Flow = None
) -> None:
    """Withdraw a key; it stops to work within a second."""
    remote.server.keys.delete(key_id, flow_id=flow)
    remote.display.say(f"{key_id} is withdrawn")
