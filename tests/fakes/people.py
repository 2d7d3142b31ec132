"""Further people for tests: they are invited, choose a password, and come with a token of their own."""

from datetime import UTC, datetime
from itertools import count

import httpx2

from flow_runtime.errors import Json
from flow_runtime.store import Transaction
from peer_server.services.people.sign_in import create_workspace, issue_to
from peer_server.stores.identity import UserRow
from tests.fakes.live_server import LiveServer

PASSWORD = "seven green bottles"
_numbers = count(1)


class Person:
    """Somebody who has joined: an HTTP client by bearer token, and who they are."""

    def __init__(self, client: httpx2.AsyncClient, token: str, me: dict[str, Json]) -> None:
        self.client = client
        self.token = token
        self.id: str = me["id"]
        self.name: str = me["name"]
        self.email: str = me["email"]
        self.workspace_id: str = me["workspaceId"]


async def invite(owner: httpx2.AsyncClient, *emails: str, role: str = "member") -> list[str]:
    """The codes of new invitations."""
    made = await owner.post("/v1/workspace/invitation", json={"emails": list(emails), "role": role})
    assert made.status_code == 201, made.text
    return [one["link"].partition("invitation=")[2] for one in made.json()["items"]]


async def join(server: LiveServer, owner: httpx2.AsyncClient, name: str = "Ada", *, role: str = "member") -> Person:
    """A new member of the owner's workspace."""
    email = f"{name.lower().replace(' ', '.')}.{next(_numbers)}@example.com"
    [code] = await invite(owner, email, role=role)
    async with server.anonymous() as browser:
        body = {"code": code, "name": name, "password": PASSWORD}
        accepted = await browser.post("/v1/auth/accept", json=body)
        assert accepted.status_code == 200, accepted.text
        headers = {"Origin": server.url}
        made = await browser.post("/v1/me/token", json={"name": "test"}, headers=headers)
        assert made.status_code == 201, made.text
        me = (await browser.get("/v1/me")).json()
    token = made.json()["token"]
    return Person(client_of(server, token), token, me)


def client_of(server: LiveServer, token: str) -> httpx2.AsyncClient:
    """An HTTP client that holds nothing between requests, so that nobody needs to close it."""
    headers, limits = {"Authorization": f"Bearer {token}"}, httpx2.Limits(max_keepalive_connections=0)
    return server.client(headers=headers, limits=limits)


async def tenant(server: LiveServer, name: str) -> Person:
    """The owner of a further workspace."""
    services = server.services

    def make(tx: Transaction) -> tuple[str, UserRow]:
        now, address = datetime.now(UTC), f"owner.{next(_numbers)}@example.org"
        made = create_workspace(tx, name=name, owner_name=name, keyring=server.keyring, now=now, email=address)
        return issue_to(tx, made, kind="token", keyring=server.keyring, now=now).token.reveal(), made

    token, _user = server.run(services.store.write(make))
    client = client_of(server, token)
    return Person(client, token, (await client.get("/v1/me")).json())
