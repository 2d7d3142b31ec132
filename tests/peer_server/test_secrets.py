"""Secrets show themselves to nobody, open only at their place, and survive a change of keys."""

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from peer_server.secrets import (
    Keyring,
    Place,
    Secret,
    SecretUnreadable,
    decrypt,
    encrypt,
    load_keyring,
    new_token,
)

PLACE = Place("workspace", "flow", "NAME", 1)
OLD, NEW = b"o" * 32, b"n" * 32


def test_a_secret_hides_in_every_text() -> None:
    secret = Secret("hunter2")
    assert "hunter2" not in f"{secret} {secret!r} {[secret]} {secret!s}"
    assert secret == Secret("hunter2")
    assert secret.reveal() == "hunter2"


@pytest.mark.promise("S6")
@pytest.mark.parametrize(
    "other",
    [
        replace(PLACE, workspace_id="another"),
        replace(PLACE, flow_id="another"),
        replace(PLACE, name="ANOTHER"),
        replace(PLACE, revision=2),
        Place("workspaceflow", "", "NAME", 1),
    ],
)
def test_a_ciphertext_opens_at_its_place_only(other: Place) -> None:
    sealed = encrypt(Secret("hunter2"), data_key=OLD, place=PLACE)
    assert decrypt(sealed, data_key=OLD, place=PLACE) == Secret("hunter2")
    assert b"hunter2" not in sealed
    with pytest.raises(SecretUnreadable):
        decrypt(sealed, data_key=OLD, place=other)
    with pytest.raises(SecretUnreadable):
        decrypt(sealed[:-1] + bytes([sealed[-1] ^ 1]), data_key=OLD, place=PLACE)


@pytest.mark.promise("S6")
def test_keys_rotate_without_downtime() -> None:
    # Given a data key wrapped by the old key
    before = Keyring([OLD])
    wrapped = before.new_data_key("workspace")
    # When a new key comes first
    after = Keyring([NEW, OLD])
    data_key = after.unwrap(wrapped, "workspace")
    rewrapped = after.wrap(data_key, "workspace")
    # Then both read the same, tokens stay valid, and only the new key is needed for what was wrapped again
    assert data_key == before.unwrap(wrapped, "workspace")
    assert after.digest("token") == before.digest("token")
    assert Keyring([NEW]).unwrap(rewrapped, "workspace") == data_key
    with pytest.raises(SecretUnreadable):
        Keyring([NEW]).unwrap(wrapped, "workspace")
    with pytest.raises(SecretUnreadable):
        after.unwrap(wrapped, "another")


def test_the_key_file_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    first = load_keyring(tmp_path / "data", configured=None)
    second = load_keyring(tmp_path / "data", configured=None)
    file = tmp_path / "data" / "secret.key"
    assert first.digest("x") == second.digest("x")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize("configured", ["short", "bm90IDMyIGJ5dGVz", ""])
def test_bad_keys_are_refused(tmp_path: Path, configured: str) -> None:
    with pytest.raises(ValueError, match="key"):
        load_keyring(tmp_path, configured=Secret(configured))


def test_tokens_are_long_and_marked() -> None:
    first, second = new_token("psk").reveal(), new_token("psk").reveal()
    assert first != second
    assert first.startswith("psk_")
    assert len(first) >= 47
