"""Secrets: a type that never shows itself, a keyring, AES-256-GCM bound to its place, token digests.

Every workspace has a data key (DEK) wrapped by a key of the keyring (KEK). A ciphertext is bound to its workspace,
flow, name and revision by the associated data: moved elsewhere it does not open. Tokens are 256 random bits, so a keyed
HMAC is the right digest for them; slow hashes are for passwords.
"""

import base64
import binascii
import fcntl
import hashlib
import hmac
import os
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from flow_runtime.errors import FlowError

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
MASK: Final = "••••••••"
"""What people see instead of a secret."""


class SecretUnreadable(FlowError):
    """A ciphertext does not open: it was moved or changed, or its key is not in the keyring."""


class Secret:
    """A value that shows itself only to who asks for it by `reveal`."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value in clear; only the step executor and the sign-in printout call this."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._value, other._value)

    def __hash__(self) -> int:
        return hash(self._value)


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A data key as it is stored: which key of the keyring wraps it, and the wrapped bytes."""

    kek_id: str
    data: bytes


class Keyring:
    """The keys of one installation. The first one wraps, all of them unwrap; so keys rotate without downtime.

    `reload` gives the keys as they are by now; it is asked once for each data key under a key that is not known here.
    """

    def __init__(self, keys: Sequence[bytes], *, reload: Callable[[], Sequence[bytes]] | None = None) -> None:
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            raise ValueError(f"a keyring needs one or more keys of {KEY_BYTES} bytes")
        self._reload = reload
        self._keys: Mapping[str, bytes] = {}
        self.current = ""
        self._take(keys)
        # The pepper must survive a rotation of the first key: it hangs on the oldest one, which stays last in the list.
        self._pepper = hmac.digest(keys[-1], b"peer-server token pepper", "sha256")

    def _take(self, keys: Sequence[bytes]) -> None:
        self._keys = {**self._keys, **{_key_id(key): key for key in keys}}
        self.current = _key_id(keys[0])

    def digest(self, token: str) -> str:
        """What is stored of a token. Deterministic, so that a lookup finds it."""
        return hmac.new(self._pepper, token.encode(), hashlib.sha256).hexdigest()

    def derive(self, purpose: bytes) -> bytes:
        """A key for one purpose; the same as long as the oldest key of the keyring stays."""
        return hmac.digest(self._pepper, purpose, "sha256")

    def new_data_key(self, workspace_id: str) -> WrappedKey:
        """A fresh data key for a workspace, wrapped."""
        return self.wrap(secrets.token_bytes(KEY_BYTES), workspace_id)

    def wrap(self, data_key: bytes, workspace_id: str) -> WrappedKey:
        """Wrap a data key under the current key (also to rotate: unwrap, then wrap)."""
        current = self.current
        return WrappedKey(current, _seal(self._keys[current], data_key, b"dek:" + workspace_id.encode()))

    def unwrap(self, wrapped: WrappedKey, workspace_id: str) -> bytes:
        """The data key. Raises `SecretUnreadable`."""
        if wrapped.kek_id not in self._keys and self._reload is not None:
            self._take(self._reload())
        key = self._keys.get(wrapped.kek_id)
        if key is None:
            raise SecretUnreadable(
                "key_missing",
                f"the keyring holds no key {wrapped.kek_id!r}",
                remedy="start with the key file (or PEER_SERVER_SECRET_KEY) that this database was used with",
            )
        return _open(key, wrapped.data, b"dek:" + workspace_id.encode())


@dataclass(frozen=True, slots=True)
class Place:
    """Where a secret belongs; part of its encryption."""

    workspace_id: str
    flow_id: str
    name: str
    revision: int

    def associated_data(self) -> bytes:
        """Unambiguous bytes: lengths first, so that no two places read alike."""
        parts = [self.workspace_id, self.flow_id, self.name, str(self.revision)]
        return b"".join(len(part).to_bytes(4) + part for part in (part.encode() for part in parts))


def encrypt(secret: Secret, *, data_key: bytes, place: Place) -> bytes:
    """The ciphertext of a secret, which opens only at that place."""
    return _seal(data_key, secret.reveal().encode(), place.associated_data())


def decrypt(ciphertext: bytes, *, data_key: bytes, place: Place) -> Secret:
    """The secret. Raises `SecretUnreadable` if the ciphertext was changed or belongs to another place."""
    return Secret(_open(data_key, ciphertext, place.associated_data()).decode())


def new_token(prefix: str) -> Secret:
    """A credential of 256 random bits; the prefix tells people and secret scanners what it is."""
    return Secret(f"{prefix}_{secrets.token_urlsafe(KEY_BYTES)}")


def load_keyring(data_dir: Path, *, configured: Secret | None) -> Keyring:
    """The keyring from the setting, else from ``secret.key`` in the data directory, which is made if it is missing.

    Raises:
        ValueError: a key is not base64 of 32 bytes.
    """
    if configured is not None:
        return Keyring([_decode(part) for part in configured.reveal().split(",") if part.strip()])
    return KeyFile(data_dir).keyring()


class KeyFile:
    """``secret.key`` in the data directory: one key a line in base64, the newest first."""

    def __init__(self, data_dir: Path) -> None:
        self.path = data_dir / "secret.key"

    def keyring(self) -> Keyring:
        """Its keys; the first one is made if the file is missing."""
        return Keyring(self._keys(), reload=self._keys)

    @contextmanager
    def locked(self) -> Iterator["KeyFile"]:
        """Let nobody else change the file meanwhile: a key that was lost is data that was lost."""
        with self.path.with_name("secret.key.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield self

    def add(self) -> Keyring:
        """Put a new key first. Call it under the lock."""
        self._replace([secrets.token_bytes(KEY_BYTES), *self._keys()])
        return self.keyring()

    def prune(self) -> int:
        """Keep only the first key and the oldest, on which tokens hang; how many went. Call it under the lock.

        Every data key must be under the first one by now.
        """
        keys = self._keys()
        kept = list(dict.fromkeys([keys[0], keys[-1]]))
        self._replace(kept)
        return len(keys) - len(kept)

    def _keys(self) -> list[bytes]:
        try:
            text = self.path.read_text()
        except FileNotFoundError:
            _write_private(self.path, _encode(secrets.token_bytes(KEY_BYTES)))
            text = self.path.read_text()
        return [_decode(line) for line in text.splitlines() if line.strip()]

    def _replace(self, keys: Sequence[bytes]) -> None:
        draft = _draft(self.path, "".join(map(_encode, keys)))
        draft.replace(self.path)


def _write_private(path: Path, text: str) -> None:
    """Create the file for its owner only; if another process was faster, its file stands."""
    draft = _draft(path, text)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _draft(path: Path, text: str) -> Path:
    """A file beside it with this text, for its owner only, safely on disk."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return draft


def _encode(key: bytes) -> str:
    return base64.b64encode(key).decode() + "\n"


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text.strip(), validate=True)
    except binascii.Error as error:
        raise ValueError("a key of the keyring is not base64") from error


def _key_id(key: bytes) -> str:
    return hashlib.sha256(b"key id:" + key).hexdigest()[:16]


def _seal(key: bytes, clear: bytes, associated: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - only once a secret is used

    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, clear, associated)


def _open(key: bytes, sealed: bytes, associated: bytes) -> bytes:
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - only once a secret is used
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - as above

    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], associated)
    except (InvalidTag, ValueError) as error:
        raise SecretUnreadable("secret_unreadable", "a stored secret does not open here") from error
