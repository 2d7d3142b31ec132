"""Pages of other sites can neither open a socket nor write with a cookie; a ticket opens one socket, and soon (X9)."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from flow_runtime.clock import ManualClock
from flow_runtime.stores.memory import MemoryStore
from flow_runtime.stores.migrate import migrate
from peer_server.access import Unauthenticated
from peer_server.app import MIGRATIONS, VERSION_TABLE
from peer_server.secrets import load_keyring
from peer_server.services.oversight.audit_trail import AuditTrail
from peer_server.services.people.bundle import build_people
from peer_server.settings import Settings
from tests.faults.server_process import NO_TLS, ServerProcess
from tests.security.raw_socket import RawSocket, frame

pytestmark = pytest.mark.promise("X9")

FOREIGN = (
    "http://evil.example",
    "https://127.0.0.1:{port}",
    "http://127.0.0.1:{port}.evil.example",
    "http://127.0.0.1:{port}@evil.example",
    "http://evil.example#http://127.0.0.1:{port}",
    "http://127.0.0.1.evil.example:{port}",
    "http://127.0.0.1",
    "http://127.0.0.1:1",
    "http://127.0.0.1:{port}/",
    "HTTP://127.0.0.1:{port}",
    "http://127.0.0.1:{port} http://evil.example",
    "null",
    "",
    "file://",
    "chrome-extension://abc",
)


@pytest.fixture(scope="module")
def unclaimed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server that nobody has signed in to yet: it prints a link."""
    settings = {"PEER_SERVER_OWNER_TOKEN": "", "PEER_SERVER_SIGN_IN_RATE_LIMIT": "1000/minute"}
    with ServerProcess(tmp_path_factory.mktemp("server"), settings=settings) as server:
        server.start()
        yield server


@pytest.fixture(scope="module")
def browser(unclaimed: ServerProcess) -> Iterator[httpx2.Client]:
    """Somebody who came in by the link: all they have is a cookie."""
    link = unclaimed.await_said(r"#/sign-in=(\S+)\n")
    with httpx2.Client(base_url=unclaimed.url, verify=NO_TLS, headers={"Origin": unclaimed.url}) as browser:
        answer = browser.post("/v1/auth/sign-in", json={"code": link[1]})
        assert answer.status_code == 200
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        # The link works once.
        assert browser.post("/v1/auth/sign-in", json={"code": link[1]}).status_code == 401
        yield browser


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_foreign_page_cannot_open_a_socket(server: ServerProcess, origin: str) -> None:
    with RawSocket(server.port, headers={"Origin": origin.format(port=server.port)}) as socket:
        assert socket.status == 403


def test_an_own_page_and_a_program_can(server: ServerProcess) -> None:
    for headers in ({"Origin": server.url}, {"Origin": f"http://localhost:{server.port}"}, {}):
        with RawSocket(server.port, headers=headers) as socket:
            assert (socket.status, socket.hello()["type"]) == (101, "ack")


def test_sockets_are_served_at_one_place_and_by_known_names_only(server: ServerProcess) -> None:
    with RawSocket(server.port, headers={"Host": "evil.example"}) as socket:
        assert socket.status == 400


def test_a_cookie_opens_no_socket(unclaimed: ServerProcess, browser: httpx2.Client) -> None:
    cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    with RawSocket(unclaimed.port, headers={"Cookie": cookie, "Origin": unclaimed.url}) as socket:
        socket.send(frame(b'{"id":"1","type":"ping"}'))
        answer = socket.receive()
        assert isinstance(answer, dict)
        assert answer["code"] == "not_signed_in"


@pytest.mark.parametrize("origin", [*FOREIGN, None])
def test_a_foreign_page_cannot_write_with_a_cookie(
    unclaimed: ServerProcess, browser: httpx2.Client, origin: str | None
) -> None:
    cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    headers = {"Cookie": cookie} | ({} if origin is None else {"Origin": origin.format(port=unclaimed.port)})
    with httpx2.Client(base_url=unclaimed.url, verify=NO_TLS, headers=headers) as page:
        for site in ("cross-site", "same-site", "none"):
            answer = page.post("/v1/peer", json={"name": "evil"}, headers={"Sec-Fetch-Site": site})
            assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")
        assert page.post("/v1/auth/ticket").status_code == 403
        assert page.get("/v1/peer").json()["items"] == []


def test_an_own_page_can_write_with_its_cookie(browser: httpx2.Client) -> None:
    assert browser.post("/v1/auth/ticket").status_code == 201


def test_a_ticket_opens_one_socket(unclaimed: ServerProcess, browser: httpx2.Client) -> None:
    ticket = browser.post("/v1/auth/ticket").json()["ticket"]
    hello = frame(f'{{"id":"1","type":"hello","ticket":"{ticket}"}}'.encode())
    # Given a ticket that was used
    with RawSocket(unclaimed.port) as socket:
        socket.send(hello)
        answer = socket.receive()
        assert isinstance(answer, dict)
        assert answer["type"] == "ack"
        # When it is used again, even while the first socket is open, then it is refused
        with RawSocket(unclaimed.port) as replay:
            replay.send(hello)
            refusal = replay.receive()
            assert isinstance(refusal, dict)
            assert refusal["type"] == "error"
            assert replay.receive() == 4401


def test_a_ticket_is_no_token_and_is_not_read_from_an_address(unclaimed: ServerProcess, browser: httpx2.Client) -> None:
    ticket = browser.post("/v1/auth/ticket").json()["ticket"]
    with httpx2.Client(base_url=unclaimed.url, verify=NO_TLS) as stranger:
        assert stranger.get("/v1/me", headers={"Authorization": f"Bearer {ticket}"}).status_code == 401
        for name in ("ticket", "token", "access_token", "api_key"):
            assert stranger.get("/v1/me", params={name: ticket}).status_code == 401
    cookie = next(iter(browser.cookies.values()))
    with httpx2.Client(base_url=unclaimed.url, verify=NO_TLS) as stranger:
        # A session works as a cookie only, so that a stolen one gains nothing by leaving the Origin check.
        assert stranger.get("/v1/me", headers={"Authorization": f"Bearer {cookie}"}).status_code == 401


def test_signing_out_closes_the_socket(unclaimed: ServerProcess, browser: httpx2.Client) -> None:
    ticket = browser.post("/v1/auth/ticket").json()["ticket"]
    with RawSocket(unclaimed.port) as socket:
        socket.send(frame(f'{{"id":"1","type":"hello","ticket":"{ticket}"}}'.encode()))
        assert isinstance(socket.receive(), dict)
        assert browser.post("/v1/auth/sign-out").status_code == 204
        assert socket.receive() == 4401


@pytest.mark.anyio
async def test_a_ticket_is_over_after_a_minute(tmp_path: Path) -> None:
    # Given tickets of one moment
    clock, store = ManualClock(), MemoryStore()
    await store.open()
    await migrate(store)
    await migrate(store, package=MIGRATIONS, version_table=VERSION_TABLE)
    settings = Settings(data_dir=tmp_path)
    keyring = load_keyring(tmp_path, configured=None)
    trail = AuditTrail(keyring=keyring, clock=clock)
    service = build_people(store, settings, keyring=keyring, clock=clock, trail=trail).sign_in
    await service.ensure_owner("Olga")
    owner, _ = await service.sign_in((await service.link()).token)
    early, late = await service.ticket(owner), await service.ticket(owner)
    # When one is used within a minute, then it is good
    clock.advance(59)
    assert (await service.redeem_ticket(early.token)).id == owner.id
    # When another one is used later, then it is not
    clock.advance(2)
    with pytest.raises(Unauthenticated):
        await service.redeem_ticket(late.token)
    await store.close()
