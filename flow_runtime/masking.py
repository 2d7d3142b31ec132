"""Secrets never reach a journal: they are replaced before anything is recorded."""

import json
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from typing import Final
from urllib.parse import quote, quote_plus

from flow_runtime.errors import Json

MASKED: Final = "•••"
SHORTEST: Final = 4
"""Shorter secrets are not looked for: they would tear holes into every text."""
_SHORTEST_CODED: Final = 5
"""The same for what is left of one in Base64."""


class Mask:
    """Hides these secrets in JSON values: as they are, as JSON, URL-quoted, in hexadecimal and in Base64.

    In Base64 also where the secret is a part of a longer text, as a password is in the header of basic authorization.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {form for secret in secrets if len(secret) >= SHORTEST for form in _forms(secret)}
        # The longest first, so that a secret inside another one leaves no remainder.
        self._forms = sorted(forms, key=len, reverse=True)

    def __bool__(self) -> bool:
        return bool(self._forms)

    def __call__(self, value: Json) -> Json:
        """The value without secrets; the very same object if there are none to hide."""
        return self._hide(value) if self._forms else value

    def _hide(self, value: Json) -> Json:
        if isinstance(value, str):
            for form in self._forms:
                if form in value:
                    value = value.replace(form, MASKED)
            return value
        if isinstance(value, Mapping):
            return {self._hide(key): self._hide(child) for key, child in value.items()}
        if isinstance(value, list | tuple):
            return [self._hide(child) for child in value]
        return value


def _forms(secret: str) -> set[str]:
    raw = secret.encode(errors="surrogatepass")
    quoted = {quote(secret, safe=safe, errors="replace") for safe in ("", "/")}
    coded = {form for part in (raw, secret.encode(errors="replace")) for form in _base64(part)}
    escaped = {json.dumps(secret, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False)}
    return {secret, quote_plus(secret, errors="replace"), raw.hex(), raw.hex().upper(), *quoted, *coded, *escaped}


def _base64(raw: bytes) -> Iterator[str]:
    """What a longer text that holds the secret has of it in Base64: one writing for each place that it may begin at.

    The characters at both ends hang on what stands beside the secret, so they are left out.
    """
    for shift in range(3):
        coded = b64encode(bytes(shift) + raw).decode()
        form = coded[-(-8 * shift // 6) : 8 * (shift + len(raw)) // 6]
        if len(form) >= _SHORTEST_CODED:
            yield form
            yield form.replace("+", "-").replace("/", "_")
