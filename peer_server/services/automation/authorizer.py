"""Puts an authorization profile on a request of a flow: only for its own flows, only towards its own hosts."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import httpx2
import orjson
from sqlalchemy import Connection

from flow_runtime.clock import Clock
from flow_runtime.errors import Json, StepFailed
from flow_runtime.http_exchange import Authorization, send
from flow_runtime.outbound import OutboundError
from flow_runtime.run import Run
from flow_runtime.store import Store, Transaction
from peer_server.auth_profile import (
    ClientCredentialsScheme,
    Scheme,
    carried,
    is_for,
    join_scheme,
    token_request,
)
from peer_server.secrets import Place, SecretUnreadable
from peer_server.services.vault import Vault
from peer_server.stores.auth_profiles import AuthProfileRow, change_profile, find_profile

_OWNER: Final = "credential"
"""What stands where a flow's id would, in the place that a secret is bound to."""
_EARLY_S: Final = 30.0
"""How long before its end a token is fetched anew."""
_UNTOLD_S: Final = 300.0
"""How long a token is used whose answer did not say."""
_TEST_TIMEOUT_S: Final = 15.0


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    over_at: float


class Authorizer:
    """Holds the tokens that were fetched, in this process only."""

    def __init__(self, store: Store, *, vault: Vault, http: httpx2.AsyncClient, clock: Clock) -> None:
        self._store = store
        self._vault = vault
        self._http = http
        self._clock = clock
        self._tokens: dict[tuple[str, int], _Token] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def __call__(self, run: Run, profile: str, url: str) -> Authorization:
        """What this run's request to that URL carries.

        Raises `StepFailed`: ``profile_not_found`` (also for a profile that the flow may not use),
        ``profile_host_not_allowed``, ``profile_unreadable``, ``profile_token_failed``.
        """
        row = await self.find(profile, workspace_id=run.workspace_id, flow_id=run.flow_id)
        return await self.authorize(row, url)

    async def find(self, profile: str, *, workspace_id: str, flow_id: str | None) -> AuthProfileRow:
        """The profile of that id or name, if the flow may use it. Raises `StepFailed` ``profile_not_found``."""
        row = await self._store.read(find_profile, profile, workspace_id=workspace_id)
        if row is None or not row.may_be_used_by(flow_id):
            raise StepFailed(
                "profile_not_found",
                f"there is no authorization profile {profile!r} that this flow may use",
                category="authorization",
                remedy="an admin makes profiles and allows flows to use them, at /v1/credential",
            )
        return row

    async def authorize(self, row: AuthProfileRow, url: str) -> Authorization:
        """What a request with this profile to that URL carries. Raises as ``__call__``."""
        if not is_for(row.hosts, url):
            raise StepFailed(
                "profile_host_not_allowed",
                f"the profile {row.name!r} is not for this host",
                category="authorization",
                remedy=f"its hosts are {', '.join(row.hosts)}",
            )
        scheme = await self._open(row)
        if not isinstance(scheme, ClientCredentialsScheme):
            headers, query = carried(scheme)
            secrets = [*headers.values(), *query.values(), getattr(scheme, "password", "")]
            return Authorization(headers, query, secrets=secrets, report=self._report(row))
        token = await self._token(row, scheme)
        headers = {"Authorization": f"Bearer {token.text}"}
        return Authorization(headers, {}, secrets=[token.text, scheme.client_secret], report=self._report(row))

    async def probe(self, row: AuthProfileRow, url: str | None) -> tuple[int | None, dict[str, Json] | None]:
        """Try the profile: the status that the URL answered, and what is wrong, if anything is."""
        self._forget(row)
        try:
            if url is None:
                scheme = await self._open(row)
                if isinstance(scheme, ClientCredentialsScheme):
                    await self._token(row, scheme)
                return None, None
            authorization = await self.authorize(row, url)
            options = authorization.applied({"headers": {}, "follow_redirects": False, "timeout": _TEST_TIMEOUT_S})
            response = await send(self._http, method="GET", url=url, options=options)
        except StepFailed as error:
            # What the host said may repeat the secret, and is not needed.
            status: int | None = (error.details or {}).get("status")
            told = f"{httpx2.URL(url).host} answered {status}" if status and url else error.message
            return status, {"code": error.code, "message": told}
        if response.is_success:
            return response.status_code, None
        message = f"{httpx2.URL(url).host} answered {response.status_code}"
        return response.status_code, {"code": f"http_{response.status_code}", "message": message}

    def note(self, tx: Transaction, row: AuthProfileRow, *, error: Mapping[str, Json] | None, at: datetime) -> None:
        """Keep how the profile stands, for everybody who looks at it and at what depends on it."""
        change_profile(tx, row.id, status="failing" if error else "ok", error=error, checked_at=at)

    def _report(self, row: AuthProfileRow) -> Callable[[int], Awaitable[bool]]:
        async def report(status: int) -> bool:
            """Told the status of each answer; true says that a second try may fare better."""
            is_refused = status == httpx2.codes.UNAUTHORIZED
            had_token = is_refused and self._forget(row)
            if is_refused and row.status != "failing":
                error = {"code": "http_401", "message": "a host refused it while a flow used it"}
                await self._store.write(self.note, row, error=error, at=self._clock.now())
            elif not is_refused and row.status == "failing":
                await self._store.write(self.note, row, error=None, at=self._clock.now())
            return had_token

        return report

    def _forget(self, row: AuthProfileRow) -> bool:
        return self._tokens.pop((row.id, row.rev), None) is not None

    async def _open(self, row: AuthProfileRow) -> Scheme:
        try:
            return await self._store.read(self._opened, row)
        except SecretUnreadable as error:
            message = f"the profile {row.name!r} does not open here"
            raise StepFailed(
                "profile_unreadable", message, category="authorization", remedy="an admin must set its secret again"
            ) from error

    def _opened(self, conn: Connection, row: AuthProfileRow) -> Scheme:
        secret = self._vault.open(conn, row.ciphertext, place_of(row))
        return join_scheme(row.scheme, orjson.loads(secret.reveal()))

    async def _token(self, row: AuthProfileRow, scheme: ClientCredentialsScheme) -> _Token:
        """The token that is kept, else a new one; of many that need one at once, one fetches it."""
        async with self._locks.setdefault(row.id, asyncio.Lock()):
            known = self._tokens.get((row.id, row.rev))
            if known is None or known.over_at <= self._clock.monotonic():
                known = self._tokens[row.id, row.rev] = await self._fetch(scheme)
            return known

    async def _fetch(self, scheme: ClientCredentialsScheme) -> _Token:
        form, headers = token_request(scheme)
        host = "the token URL"
        try:
            host = httpx2.URL(scheme.token_url).host
            response = await self._http.post(scheme.token_url, data=form, headers=headers, follow_redirects=False)
            answer = orjson.loads(response.content) if response.is_success else {}
            text, lasts = answer.get("access_token"), answer.get("expires_in")
        except OutboundError as error:
            raise _no_token(error.message) from error
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise _no_token(f"{host} could not be reached", retryable=True) from error
        except (orjson.JSONDecodeError, AttributeError) as error:
            raise _no_token(f"{host} answered no JSON object") from error
        if not isinstance(text, str) or not text:
            raise _no_token(f"{host} answered {response.status_code} and no token")
        seconds = float(lasts) if isinstance(lasts, int | float) and lasts > 0 else _UNTOLD_S
        return _Token(text, self._clock.monotonic() + max(seconds - _EARLY_S, 1.0))


def place_of(row: AuthProfileRow) -> Place:
    """Where the secret of a profile belongs."""
    return Place(row.workspace_id, _OWNER, row.id, row.rev)


def sealed_text(secrets: Mapping[str, str]) -> str:
    """The secret fields as the text that is sealed."""
    return orjson.dumps(dict(secrets)).decode()


def _no_token(why: str, *, retryable: bool = False) -> StepFailed:
    return StepFailed(
        "profile_token_failed",
        f"no token was to be had: {why}",
        category="authorization",
        retryable=retryable,
        remedy="test the authorization profile",
    )
