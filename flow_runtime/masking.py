"""Secrets never reach a journal: they are replaced before anything is recorded."""

from base64 import b64encode
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import quote

from flow_runtime.errors import Json

MASKED: Final = "•••"
SHORTEST: Final = 4
"""Shorter secrets are not looked for: they would tear holes into every text."""


class Mask:
    """Hides these secrets in JSON values: as they are, URL-quoted, in hexadecimal and in Base64."""

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
    return {secret, quote(secret, safe="", errors="replace"), raw.hex(), b64encode(raw).decode().rstrip("=")}
