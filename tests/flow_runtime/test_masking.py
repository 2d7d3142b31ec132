"""Secrets are found wherever they stand, in whatever common writing."""

from base64 import b64encode

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


def test_values_without_secrets_stay_themselves() -> None:
    value = {"a": 1}
    assert Mask([])(value) is value
    assert Mask(["zzzz"])(value) == value


def test_too_short_secrets_are_not_looked_for() -> None:
    assert not Mask(["abc", ""])


def test_the_longer_of_two_overlapping_secrets_goes_first() -> None:
    assert Mask(["secret", "secret-long"])("secret-long") == "•••"
