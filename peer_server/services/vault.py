"""Seals and opens secrets of a workspace with its data key; the keyring and the stored key together make that one."""

from sqlalchemy import Connection

from peer_server.secrets import Keyring, Place, Secret, WrappedKey, decrypt, encrypt
from peer_server.stores.identity import data_key_of


class Vault:
    """What every service uses that keeps a secret."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def seal(self, conn: Connection, secret: Secret, place: Place) -> bytes:
        """The ciphertext, which opens only at that place."""
        return encrypt(secret, data_key=self._data_key(conn, place.workspace_id), place=place)

    def open(self, conn: Connection, ciphertext: bytes, place: Place) -> Secret:
        """The secret. Raises `SecretUnreadable`."""
        return decrypt(ciphertext, data_key=self._data_key(conn, place.workspace_id), place=place)

    def _data_key(self, conn: Connection, workspace_id: str) -> bytes:
        kek_id, wrapped = data_key_of(conn, workspace_id)
        return self._keyring.unwrap(WrappedKey(kek_id, wrapped), workspace_id)
