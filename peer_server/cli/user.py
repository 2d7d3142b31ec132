"""`peer-server user`: come in without anybody's help, and ask others in.

Whoever may read the data directory is the owner.
"""

from pathlib import Path
from typing import Annotated, Literal

import typer

from peer_server.cli.remote import Remote, on_server

cli = typer.Typer(no_args_is_help=True, help="Sign-in links and tokens, and the people of the workspace.")

DataDir = Annotated[Path | None, typer.Option(help="The data directory of the server.")]


@cli.command()
def link(*, data_dir: DataDir = None) -> None:
    """Print a new one-time sign-in link for the owner; the server may be running."""
    from peer_server.cli.credentials import issue

    settings, issued = issue("link", data_dir=data_dir)
    typer.echo(f"{settings.base_url}/#/sign-in={issued.token.reveal()}")


@cli.command()
def token(*, data_dir: DataDir = None) -> None:
    """Print a new bearer token of the owner; it is good until it is ended."""
    from peer_server.cli.credentials import issue

    _settings, issued = issue("token", data_dir=data_dir)
    typer.echo(issued.token.reveal())


@cli.command("list")
@on_server
def list_all(remote: Remote, *, search: Annotated[str, typer.Option(help="Part of a name or address.")] = "") -> None:
    """The people of the workspace, newest first."""
    remote.display.table(
        remote.server.people.list(search=search),
        {
            "ID": lambda member: member.id,
            "NAME": lambda member: member.name,
            "ADDRESS": lambda member: member.email,
            "ROLE": lambda member: member.role,
        },
    )


@cli.command()
@on_server
def invite(
    remote: Remote,
    emails: Annotated[list[str], typer.Argument(help="Whom.")],
    *,
    role: Annotated[Literal["member", "admin", "owner"], typer.Option(help="What they are to be.")] = "member",
) -> None:
    """Invite people; without mail each link is printed, to be handed over."""
    remote.display.table(
        remote.server.people.invite(emails, role=role),
        {
            "ADDRESS": lambda one: one.email,
            "ROLE": lambda one: one.role,
            "LINK": lambda one: one.link or "sent by mail",
        },
    )


@cli.command()
@on_server
def invitations(remote: Remote) -> None:
    """Who was invited and has not come yet."""
    remote.display.table(
        remote.server.people.invitations(),
        {
            "ID": lambda one: one.id,
            "ADDRESS": lambda one: one.email,
            "ROLE": lambda one: one.role,
            "EXPIRES": lambda one: one.expires_at,
        },
    )


@cli.command()
@on_server
def remove(
    remote: Remote,
    user_id: Annotated[str, typer.Argument(help="The id of the person.")],
    *,
    heir: Annotated[str | None, typer.Option(help="Who gets what they own; else the first owner.")] = None,
) -> None:
    """Take somebody out of the workspace."""
    remote.server.people.remove(user_id, heir_id=heir)
    remote.display.say(f"{user_id} is out of the workspace")
