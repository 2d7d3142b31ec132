"""Signing in at an OpenID provider: code flow with state, nonce and PKCE. Nothing is kept here in between."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

import httpx2
import orjson

from flow_runtime.clock import Clock
from flow_runtime.errors import FlowError, Json
from flow_runtime.ids import new_id
from flow_runtime.store import Store, Transaction
from peer_server.access import Principal, Unauthenticated
from peer_server.person_name import without_hidden
from peer_server.secrets import Keyring
from peer_server.services.people.credentials import Issued
from peer_server.services.people.invitations import InvitationService
from peer_server.services.people.sign_in import Browser, SignInService, user_of_member
from peer_server.settings import Settings
from peer_server.stores import identity
from peer_server.stores.identities import find_identity, insert_identity
from peer_server.stores.identity import UserRow
from peer_server.stores.invitations import invitations_to
from peer_server.stores.people import find_by_email

if TYPE_CHECKING:
    from joserfc.jwk import KeySet

CALLBACK: Final = "/v1/auth/oidc/callback"
ATTEMPT_LIFE: Final = timedelta(minutes=10)
_ALGORITHMS: Final = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]
_KEYS_LIVE: Final = timedelta(minutes=10)
_TIMEOUT_S: Final = 10.0
_LEEWAY_S: Final = 60


class OidcFailed(FlowError):
    """The sign-in at the provider did not work out; the code says why, and the browser is sent back with it."""


@dataclass(frozen=True, slots=True)
class Provider:
    """What the provider says of itself, and its keys."""

    authorization_endpoint: str
    token_endpoint: str
    keys: "KeySet"
    read_at: datetime


class OidcService:
    """The sign-in at one provider; `is_on` only where it is set up."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        *,
        keyring: Keyring,
        clock: Clock,
        sign_in: SignInService,
        invitations: InvitationService,
    ) -> None:
        self._store = store
        self._settings = settings
        self._key = keyring.derive(b"oidc attempt")
        self._clock = clock
        self._sign_in = sign_in
        self._invitations = invitations
        self._provider: Provider | None = None

    @property
    def is_on(self) -> bool:
        """Whether a provider is set up."""
        return bool(self._settings.oidc_issuer and self._settings.oidc_client_id)

    async def begin(self) -> tuple[str, str]:
        """Where to send the browser, and what it must bring back in a cookie. Raises `OidcFailed`."""
        provider = await self._read_provider()
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        query = {
            "response_type": "code",
            "client_id": self._settings.oidc_client_id,
            "redirect_uri": self._redirect_uri,
            "scope": "openid email profile",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        until = (self._clock.now() + ATTEMPT_LIFE).timestamp()
        attempt = {"state": state, "nonce": nonce, "verifier": verifier, "until": until}
        mark = "&" if "?" in provider.authorization_endpoint else "?"
        return provider.authorization_endpoint + mark + urlencode(query), self._sealed(attempt)

    async def finish(self, *, code: str, state: str, attempt: str, browser: Browser) -> tuple[Principal, Issued]:
        """A session for whom the provider names. Raises `OidcFailed`, `Unauthenticated`."""
        begun = self._opened(attempt)
        if begun is None or not hmac.compare_digest(str(begun["state"]), state):
            raise OidcFailed("oidc_state", "this sign-in did not begin in this browser, or too long ago")
        claims = await self._claims(code, verifier=str(begun["verifier"]), nonce=str(begun["nonce"]))

        def enter(tx: Transaction) -> tuple[Principal, Issued]:
            user = self._person(tx, claims, browser)
            return self._sign_in.open_session(tx, user, browser=browser, how="at the identity provider")

        return await self._store.write(enter)

    async def _claims(self, code: str, *, verifier: str, nonce: str) -> Mapping[str, Json]:
        """Who the provider says it is; everything that the token must hold is checked."""
        from joserfc import jwt  # noqa: PLC0415 - start-up budget: only where a provider is set up
        from joserfc.errors import JoseError  # noqa: PLC0415 - as above

        provider, settings = await self._read_provider(), self._settings
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri,
            "code_verifier": verifier,
        }
        secret = settings.oidc_client_secret.get_secret_value() if settings.oidc_client_secret else ""
        answer = await self._ask("POST", provider.token_endpoint, data=form, auth=(settings.oidc_client_id, secret))
        registry = jwt.JWTClaimsRegistry(
            now=lambda: int(self._clock.now().timestamp()),
            leeway=_LEEWAY_S,
            iss={"essential": True, "value": settings.oidc_issuer},
            aud={"essential": True, "value": settings.oidc_client_id},
            sub={"essential": True},
            exp={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            token = jwt.decode(str(answer.get("id_token", "")), provider.keys, algorithms=_ALGORITHMS)
            registry.validate(token.claims)
        except (JoseError, ValueError, KeyError) as error:
            raise OidcFailed("oidc_token", "the provider's token is not acceptable") from error
        claims: Mapping[str, Json] = token.claims
        return claims

    def _person(self, tx: Transaction, claims: Mapping[str, Json], browser: Browser) -> UserRow:
        """The member whom these claims mean: known, of that verified address, invited, or of a trusted domain."""
        issuer, subject = self._settings.oidc_issuer, str(claims["sub"])
        known = find_identity(tx.conn, issuer, subject)
        if known is not None:
            return known
        email = str(claims.get("email", "")).strip().lower()
        if not email or claims.get("email_verified") is not True:
            raise OidcFailed("oidc_no_address", "the provider does not vouch for an address")
        name = without_hidden(str(claims.get("name", "")))[:200] or email.partition("@")[0]
        user = self._by_address(tx, email, name=name, browser=browser)
        insert_identity(tx, issuer, subject, user_id=user.id, now=self._clock.now())
        return user

    def _by_address(self, tx: Transaction, email: str, *, name: str, browser: Browser) -> UserRow:
        members = find_by_email(tx.conn, email)
        if members:
            if members[0].disabled_at is not None:
                raise OidcFailed("oidc_locked_out", "this person is locked out")
            return user_of_member(members[0])
        invited = invitations_to(tx.conn, email, now=self._clock.now())
        if invited:
            return self._invitations.join_in(tx, invited[0], name=name, password=None, browser=browser)
        owner = identity.first_owner(tx.conn)
        if email.rpartition("@")[2] not in self._settings.oidc_join_domains or owner is None:
            raise OidcFailed("oidc_not_invited", "nobody has invited this address")
        user = UserRow(new_id(), owner.workspace_id, name, "member", email)
        return self._invitations.take_in(tx, user, password=None, browser=browser)

    async def _read_provider(self) -> Provider:
        now = self._clock.now()
        if self._provider is None or now - self._provider.read_at > _KEYS_LIVE:
            from joserfc.jwk import KeySet  # noqa: PLC0415 - as above

            issuer = self._settings.oidc_issuer
            told = await self._ask("GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration")
            if told.get("issuer") != issuer:
                raise OidcFailed("oidc_provider", "the provider is another one than the settings name")
            keys = KeySet.import_key_set(await self._ask("GET", str(told["jwks_uri"])))  # type: ignore[arg-type]  # JSON
            self._provider = Provider(str(told["authorization_endpoint"]), str(told["token_endpoint"]), keys, now)
        return self._provider

    async def _ask(self, method: str, url: str, **options: Json) -> dict[str, Json]:
        """One exchange with the provider, which the settings name: no address of a user's is ever asked."""
        try:
            async with httpx2.AsyncClient(timeout=_TIMEOUT_S) as client:
                answer = await client.request(method, url, **options)
                answer.raise_for_status()
                told: dict[str, Json] = answer.json()
        except (httpx2.HTTPError, ValueError) as error:
            raise OidcFailed("oidc_provider", "the identity provider does not answer as it should") from error
        return told

    @property
    def _redirect_uri(self) -> str:
        return self._settings.base_url + CALLBACK

    def _sealed(self, attempt: Mapping[str, Json]) -> str:
        body = base64.urlsafe_b64encode(orjson.dumps(attempt)).decode()
        return f"{body}.{hmac.new(self._key, body.encode(), hashlib.sha256).hexdigest()}"

    def _opened(self, sealed: str) -> dict[str, Json] | None:
        body, _, seal = sealed.rpartition(".")
        if not hmac.compare_digest(seal, hmac.new(self._key, body.encode(), hashlib.sha256).hexdigest()):
            return None
        attempt: dict[str, Json] = orjson.loads(base64.urlsafe_b64decode(body))
        return attempt if attempt["until"] > self._clock.now().timestamp() else None


def refusal_code(error: FlowError) -> str:
    """What the page is told of a sign-in that failed."""
    return "unauthenticated" if isinstance(error, Unauthenticated) else error.code
