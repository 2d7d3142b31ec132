"""Tokens of share links cannot be guessed, and wrong ones take as long as those that are over (S4)."""

import statistics
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import UTC, datetime

import httpx2
import pytest
from sqlalchemy import Connection

from peer_server.secrets import Keyring, new_token
from peer_server.services.programs.share_links import PREFIX
from peer_server.stores.endpoint_tables import share_links
from peer_server.stores.share_links import find_link
from tests.fakes.flows import GREETING, make_flow
from tests.fakes.live_server import LiveServer

pytestmark = [pytest.mark.anyio, pytest.mark.promise("S4")]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with LiveServer(tmp_path_factory.mktemp("data"), public_rate_limit="1000000/second") as running:
        yield running


@pytest.fixture
async def owner(live: LiveServer) -> AsyncIterator[httpx2.AsyncClient]:
    async with live.client() as client:
        yield client


def hits(conn: Connection, keyring: Keyring, *, guesses: int) -> int:
    """How many of so many random tokens open anything."""
    now = datetime.now(UTC)
    tokens = (new_token(PREFIX).reveal() for _ in range(guesses))
    return sum(find_link(conn, keyring.digest(token), now=now) is not None for token in tokens)


async def links(owner: httpx2.AsyncClient, count: int) -> list[str]:
    """The tokens of so many links of one flow."""
    flow_id = await make_flow(owner, GREETING, deploy=True)
    made = [await owner.post(f"/v1/flow/{flow_id}/share", json={}) for _ in range(count)]
    return [answer.json()["token"] for answer in made]


@pytest.mark.parametrize("guesses", [2_000, pytest.param(1_000_000, marks=pytest.mark.soak)])
async def test_no_guess_opens_a_link(live: LiveServer, owner: httpx2.AsyncClient, guesses: int) -> None:
    # Given links that may be hit
    await links(owner, 20)
    # When random tokens of the right form are looked up, then none is one of them
    services, keyring = live.services, live.keyring
    started = live.started(services.store.read(hits, keyring, guesses=guesses))
    assert started.result(timeout=1800) == 0


@pytest.mark.parametrize("guesses", [20, pytest.param(5_000, marks=pytest.mark.soak)])
async def test_no_guess_opens_a_link_over_http_and_all_get_the_same_answer(
    live: LiveServer, owner: httpx2.AsyncClient, guesses: int
) -> None:
    [token] = await links(owner, 1)
    near = [token[:-1], token + "A", token.swapcase(), token[::-1], token.replace("psh_", "psq_")]
    async with live.anonymous() as stranger:
        tried = [*near, *(new_token(PREFIX).reveal() for _ in range(guesses))]
        answers = {
            (answer.status_code, answer.text)
            for guess in tried
            for answer in [await stranger.get(f"/v1/flow/share/{guess}")]
        }
        assert (await stranger.get(f"/v1/flow/share/{token}")).status_code == 200
    assert [status for status, _ in answers] == [404]


async def test_whoever_guesses_is_slowed_down(tmp_path_factory: pytest.TempPathFactory) -> None:
    with LiveServer(tmp_path_factory.mktemp("strict"), public_rate_limit="5/minute") as strict:
        async with strict.anonymous() as stranger:
            path = f"/v1/flow/share/{new_token(PREFIX).reveal()}"
            statuses = [(await stranger.get(path)).status_code for _ in range(7)]
    assert statuses == [404] * 5 + [429] * 2


@pytest.mark.soak
async def test_tokens_that_are_over_take_as_long_as_those_that_never_were(
    live: LiveServer, owner: httpx2.AsyncClient
) -> None:
    # Given a link that has expired
    [expired] = await links(owner, 1)
    digest = live.keyring.digest(expired)
    past = share_links.update().where(share_links.c.digest == digest)
    live.run(
        live.services.store.write(lambda tx: tx.conn.execute(past.values(expires_at=datetime(2026, 1, 1, tzinfo=UTC))))
    )

    def measured(conn: Connection) -> tuple[list[float], list[float]]:
        now, keyring = datetime.now(UTC), live.keyring

        def took(token: str) -> float:
            began = time.perf_counter()
            assert find_link(conn, keyring.digest(token), now=now) is None
            return time.perf_counter() - began

        pairs = [(took(expired), took(new_token(PREFIX).reveal())) for _ in range(20_000)]
        return [over for over, _ in pairs], [never for _, never in pairs]

    # When its token and ones that never were are looked up in turn
    over, never = live.started(live.services.store.read(measured)).result(timeout=300)
    # Then nobody could tell them apart over a network: the medians are within 20 microseconds
    assert abs(statistics.median(over) - statistics.median(never)) < 20e-6, welch(over, never)


def welch(one: Sequence[float], other: Sequence[float]) -> float:
    """Welch's t over what is below the 90th percentile."""
    cut: Callable[[Sequence[float]], list[float]] = lambda times: sorted(times)[: len(times) * 9 // 10]  # noqa: E731
    a, b = cut(one), cut(other)
    error = (statistics.variance(a) / len(a) + statistics.variance(b) / len(b)) ** 0.5
    return float((statistics.mean(a) - statistics.mean(b)) / error)
