"""An OpenID provider over HTTP: it knows one person, and signs whatever token a test wants."""

import base64
import hashlib
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import orjson
from joserfc import jwt
from joserfc.jwk import RSAKey

from flow_runtime.errors import Json

CLIENT_ID = "peer-server"


class OidcProvider:
    """Serves while it is entered. `claims` changes what the token says, `token` replaces it.

    One that is `careless` answers with the very form that it got in place of a token; `forms` holds those,
    with the header `authorization`.
    """

    def __init__(self, *, careless: bool = False) -> None:
        self.careless = careless
        self.forms: list[dict[str, str]] = []
        self.key = RSAKey.generate_key(2048, {"kid": "one"}, private=True)
        self.claims: dict[str, Json] = {}
        self.token: str | None = None
        self.challenges: dict[str, str] = {}
        self.nonces: dict[str, str] = {}
        provider = self

        class Page(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.answer(provider.documents()[self.path])

            def do_POST(self) -> None:
                form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                said = {name: values[0] for name, values in form.items()}
                self.answer(provider.exchange(said | {"authorization": self.headers.get("Authorization", "")}))

            def answer(self, value: dict[str, Json] | None) -> None:
                self.send_response(400 if value is None else 200)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(orjson.dumps(value))

            def log_message(self, format: str, *args: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    @property
    def issuer(self) -> str:
        """What the settings name."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def documents(self) -> dict[str, dict[str, Json]]:
        """What it says of itself, by path."""
        return {
            "/.well-known/openid-configuration": {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
            },
            "/keys": {"keys": [self.key.as_dict(private=False)]},
        }

    def agree(self, location: str) -> str:
        """The person agrees: the query with which the browser is sent back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
        assert asked["client_id"] == CLIENT_ID
        assert asked["code_challenge_method"] == "S256"
        code = f"code-{len(self.challenges)}"
        self.challenges[code], self.nonces[code] = asked["code_challenge"], asked["nonce"]
        return f"code={code}&state={asked['state']}"

    def exchange(self, form: dict[str, str]) -> dict[str, Json] | None:
        """A token for a code and its verifier, once."""
        self.forms.append(form)
        if self.careless:
            return {"id_token": orjson.dumps(form).decode(), "error_description": str(form)}
        challenge = self.challenges.pop(form["code"], None)
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        if base64.urlsafe_b64encode(digest).decode().rstrip("=") != challenge:
            return None
        return {"id_token": self.token or self.signed(self.usual(self.nonces[form["code"]]) | self.claims)}

    def usual(self, nonce: str) -> dict[str, Json]:
        """The claims of an ordinary token."""
        return {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "sub": "subject-1",
            "exp": int(time.time()) + 300,
            "nonce": nonce,
            "email": "ada@example.com",
            "email_verified": True,
            "name": "Ada",
        }

    def signed(
        self, claims: dict[str, Json], *, header: dict[str, Any] | None = None, key: RSAKey | None = None
    ) -> str:
        """A token with these claims; those that are None are left out."""
        kept = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(header or {"alg": "RS256", "kid": "one"}, kept, key or self.key)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
