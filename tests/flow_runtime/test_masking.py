"""Secrets are found wherever they stand, in whatever common writing."""

import json
from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import orjson
import pytest

from flow_runtime.masking import Mask

SECRET = "pass word/1234"


@pytest.mark.parametrize(
    "written",
    [SECRET, f"Bearer {SECRET}.", "pass%20word%2F1234", SECRET.encode().hex(), b64encode(SECRET.encode()).decode()],
)
def test_a_secret_is_hidden(written: str) -> None:
    hidden = Mask([SECRET])({"a": [written], written: (1, None, True)})
    assert "•••" in hidden["a"][0]
    assert all(form not in str(hidden) for form in ("word", "1234", SECRET.encode().hex()))


@pytest.mark.parametrize("before", ["", "u", "us", "use", "user:"])
@pytest.mark.parametrize("encode", [b64encode, urlsafe_b64encode])
def test_a_secret_is_hidden_in_the_middle_of_base64(before: str, encode: Callable[[bytes], bytes]) -> None:
    # Given a longer text in Base64 that holds the secret
    coded = encode(f"{before}{SECRET}|and more".encode()).decode()
    # When it is masked, then what can be decoded of it does not tell the secret
    hidden = Mask([SECRET])(coded)
    head = hidden.partition("•••")[0]
    assert "•••" in hidden
    assert b"pass" not in urlsafe_b64decode(head[: len(head) // 4 * 4])


@pytest.mark.parametrize("secret", ['quo"te/1', "über+all", "a b&c=d/ß"])
def test_a_secret_is_hidden_in_texts_of_other_programs(secret: str) -> None:
    for written in (json.dumps(secret), orjson.dumps(secret).decode(), quote_plus(secret), quote(secret)):
        assert "•••" in Mask([secret])(f"x={written}&y=1"), written


def test_values_without_secrets_stay_themselves() -> None:
    value = {"a": 1}
    assert Mask([])(value) is value
    assert Mask(["zzzz"])(value) == value


def test_too_short_secrets_are_not_looked_for() -> None:
    assert not Mask(["abc", ""])


def test_the_longer_of_two_overlapping_secrets_goes_first() -> None:
    assert Mask(["secret", "secret-long"])("secret-long") == "•••"
