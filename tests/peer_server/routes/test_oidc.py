"""Signing in at an identity provider: who gets in, and every token that does not."""

import base64
import time
from collections.abc import Callable, Iterator

import httpx2
import orjson
import pytest
from joserfc.jwk import RSAKey

from flow_runtime.errors import Json
from tests.fakes.live_server import LiveServer
from tests.fakes.oidc_provider import CLIENT_ID, OidcProvider
from tests.fakes.people import invite

pytestmark = pytest.mark.anyio
Place = tuple[LiveServer, OidcProvider]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with OidcProvider() as provider:
        settings = {"oidc_issuer": provider.issuer, "oidc_client_id": CLIENT_ID, "oidc_join_domains": ("corp.example",)}
        with LiveServer(tmp_path_factory.mktemp("oidc"), **settings) as server:
            yield server, provider


async def come(place: Place, browser: httpx2.AsyncClient) -> str:
    """Where the browser ends up after both redirects."""
    provider = place[1]
    sent = await browser.get("/v1/auth/oidc")
    assert sent.status_code == 303
    back = await browser.get(f"/v1/auth/oidc/callback?{provider.agree(sent.headers['location'])}")
    assert back.status_code == 303
    return str(back.headers["location"])


async def test_who_is_invited_or_of_a_trusted_domain_gets_in(place: Place) -> None:
    server, provider = place
    async with server.client() as owner, server.anonymous() as browser, server.anonymous() as again:
        # Given an identity that nobody knows
        assert await come(place, browser) == "/#/sign-in-failed=oidc_not_invited"
        # When she is invited
        await invite(owner, "ada@example.com", role="admin")
        # Then she is in, as what she was invited as, and known by her subject from then on
        assert await come(place, browser) == "/"
        me = (await browser.get("/v1/me")).json()
        assert (me["name"], me["role"]) == ("Ada", "admin")
        provider.claims = {"email": "changed@example.com"}
        assert await come(place, again) == "/"
        assert (await again.get("/v1/me")).json()["id"] == me["id"]
        # And a colleague of a trusted domain becomes a member
        provider.claims = {"sub": "subject-2", "email": "Bob@Corp.example", "name": " \u202eBob\u200b"}
        assert await come(place, again) == "/"
        known = (await again.get("/v1/me")).json()
        assert (known["name"], known["role"]) == ("Bob", "member")
        # And the log says who joined
        log = (await owner.get("/v1/workspace/audit", params={"filter": "event:is:user.joined"})).json()["items"]
        assert [(record["userName"], record["ip"]) for record in log] == [("Bob", "127.0.0.1"), ("Ada", "127.0.0.1")]
        # And who is locked out stays out
        await owner.patch(f"/v1/workspace/member/{me['id']}", json={"disabled": True})
        provider.claims = {}
        assert await come(place, browser) == "/#/sign-in-failed=oidc_locked_out"
        assert (await browser.get("/v1/auth")).json()["singleSignOn"] == "Single sign-on"


def _unsigned(claims: dict[str, Json]) -> str:
    parts = [{"alg": "none"}, claims]
    return ".".join([*(base64.urlsafe_b64encode(orjson.dumps(one)).decode().rstrip("=") for one in parts), ""])


STRANGER = RSAKey.generate_key(2048, {"kid": "one"}, private=True)
Forge = Callable[[OidcProvider, dict[str, Json]], str]
BAD_TOKENS: dict[str, Forge] = {
    "no token": lambda _provider, _claims: "nonsense",
    "algorithm none": lambda _provider, claims: _unsigned(claims),
    "another key": lambda provider, claims: provider.signed(claims, key=STRANGER),
    "an embedded key": lambda provider, claims: provider.signed(
        claims, header={"alg": "RS256", "jwk": STRANGER.as_dict(private=False)}, key=STRANGER
    ),
    "another issuer": lambda provider, claims: provider.signed(claims | {"iss": "https://evil.example"}),
    "no issuer": lambda provider, claims: provider.signed(claims | {"iss": None}),
    "another audience": lambda provider, claims: provider.signed(claims | {"aud": "other"}),
    "no audience": lambda provider, claims: provider.signed(claims | {"aud": None}),
    "expired": lambda provider, claims: provider.signed(claims | {"exp": int(time.time()) - 3600}),
    "no expiry": lambda provider, claims: provider.signed(claims | {"exp": None}),
    "another nonce": lambda provider, claims: provider.signed(claims | {"nonce": "replayed"}),
    "no nonce": lambda provider, claims: provider.signed(claims | {"nonce": None}),
    "no subject": lambda provider, claims: provider.signed(claims | {"sub": None}),
    "a changed payload": lambda provider, claims: (
        provider.signed(claims | {"sub": "x"}).rsplit(".", 1)[0] + "." + provider.signed(claims).rsplit(".", 1)[1]
    ),
}


@pytest.mark.parametrize("forge", BAD_TOKENS.values(), ids=BAD_TOKENS)
async def test_bad_tokens_sign_nobody_in(place: Place, forge: Forge) -> None:
    server, provider = place
    provider.claims = {}
    async with server.anonymous() as browser:
        sent = await browser.get("/v1/auth/oidc")
        query = provider.agree(sent.headers["location"])
        nonce = next(reversed(provider.nonces.values()))
        provider.token = forge(provider, provider.usual(nonce) | {"email": "eve@corp.example", "sub": "eve"})
        try:
            back = await browser.get(f"/v1/auth/oidc/callback?{query}")
        finally:
            provider.token = None
        assert back.headers["location"] == "/#/sign-in-failed=oidc_token"
        assert (await browser.get("/v1/me")).status_code == 401


async def test_an_address_counts_only_if_the_provider_vouches_for_it(place: Place) -> None:
    server, provider = place
    unsure: list[dict[str, Json]] = [{"email_verified": False}, {"email_verified": "true"}, {"email": None}]
    for number, claims in enumerate(unsure):
        provider.claims = {"sub": f"unsure-{number}", "email": "carl@corp.example", **claims}
        async with server.anonymous() as browser:
            assert await come(place, browser) == "/#/sign-in-failed=oidc_no_address"


async def test_an_answer_that_this_browser_did_not_ask_for_is_refused(place: Place) -> None:
    server, provider = place
    provider.claims = {"sub": "mallory", "email": "mallory@corp.example"}
    async with server.anonymous() as victim, server.anonymous() as attacker:
        # Given an answer that an attacker got
        sent = await attacker.get("/v1/auth/oidc")
        query = provider.agree(sent.headers["location"])
        # When it is brought by a browser that asked nothing, or something else
        refused = "/#/sign-in-failed=oidc_state"
        assert (await victim.get(f"/v1/auth/oidc/callback?{query}")).headers["location"] == refused
        await victim.get("/v1/auth/oidc")
        assert (await victim.get(f"/v1/auth/oidc/callback?{query}")).headers["location"] == refused
        # And when the code is used twice, then the second time is refused
        assert (await attacker.get(f"/v1/auth/oidc/callback?{query}")).headers["location"] == "/"
        twice = (await attacker.get(f"/v1/auth/oidc/callback?{query}")).headers["location"]
        assert twice in {refused, "/#/sign-in-failed=oidc_provider"}


async def test_without_a_provider_there_is_no_such_way(server: LiveServer, nobody: httpx2.AsyncClient) -> None:
    assert (await nobody.get("/v1/auth/oidc")).status_code == 404
    assert (await nobody.get("/v1/auth")).json()["singleSignOn"] is None
