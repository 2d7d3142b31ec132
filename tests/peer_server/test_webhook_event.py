"""X11: an event counts only as it was signed, and only for five minutes."""

import hashlib
import hmac
from base64 import b64encode
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from peer_server.access import Unauthenticated
from peer_server.tool_manifest import Signature
from peer_server.webhook_event import event_inputs, verified_id

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECRET, BODY = "whs_secret", b'{"orderId": "1001"}'
GENERIC = Signature()
STANDARD = Signature(header="webhook-signature", prefix="v1,", encoding="base64")
BARE = Signature(header="X-Hub-Signature-256", timestamp_header=None, id_header=None, content="{body}")


def sign(scheme: Signature, *, id: str = "e1", at: datetime = NOW, secret: str = SECRET) -> dict[str, str]:
    """The headers of the event, as that scheme wants them."""
    timestamp = str(int(at.timestamp()))
    content = scheme.content.replace("{id}", id).replace("{timestamp}", timestamp).replace("{body}", BODY.decode())
    digest = hmac.new(secret.encode(), content.encode(), hashlib.sha256)
    signature = digest.hexdigest() if scheme.encoding == "hex" else b64encode(digest.digest()).decode()
    headers = {scheme.header.lower(): scheme.prefix + signature}
    headers |= {scheme.timestamp_header.lower(): timestamp} if scheme.timestamp_header else {}
    return headers | ({scheme.id_header.lower(): id} if scheme.id_header else {})


def verify(scheme: Signature, headers: dict[str, str], *, body: bytes = BODY, now: datetime = NOW) -> str:
    return verified_id(scheme, secret=SECRET, headers=headers, body=body, now=now)


@pytest.mark.parametrize("scheme", [GENERIC, STANDARD, BARE], ids=["generic", "standard", "bare"])
def test_a_right_event_is_named(scheme: Signature) -> None:
    headers = sign(scheme)
    named = verify(scheme, headers)
    assert named == ("e1" if scheme.id_header else verify(scheme, headers))
    # Old and new signatures may stand beside each other while a secret is changed.
    name = scheme.header.lower()
    assert verify(scheme, {**headers, name: f"{scheme.prefix}00 {headers[name]}"}) == named


@pytest.mark.promise("X11")
@given(body=st.binary(max_size=40))
def test_another_body_is_refused(body: bytes) -> None:
    assume(body != BODY)
    with pytest.raises(Unauthenticated):
        verify(GENERIC, sign(GENERIC), body=body)


@pytest.mark.promise("X11")
@given(name=st.sampled_from(sorted(sign(GENERIC))), value=st.text(max_size=80))
def test_any_other_header_is_refused(name: str, value: str) -> None:
    headers = sign(GENERIC)
    assume(value.strip() != headers[name] and headers[name] not in value.split())
    with pytest.raises(Unauthenticated):
        verify(GENERIC, {**headers, name: value})


@pytest.mark.promise("X11")
@given(seconds=st.integers(min_value=-10_000, max_value=10_000))
def test_only_five_minutes_are_tolerated(seconds: int) -> None:
    headers = sign(GENERIC)
    now = NOW + timedelta(seconds=seconds)
    if abs(seconds) <= 300:
        assert verify(GENERIC, headers, now=now) == "e1"
    else:
        with pytest.raises(Unauthenticated):
            verify(GENERIC, headers, now=now)


@pytest.mark.promise("X11")
def test_no_part_stands_for_another() -> None:
    # Given an event whose signed text could be read as another id, time and body
    headers = sign(GENERIC, id="e1")
    stamp = headers["x-webhook-timestamp"]
    shifted = {**headers, "x-webhook-id": f"e1.{stamp}"}
    with pytest.raises(Unauthenticated):
        verify(GENERIC, shifted, body=BODY)
    with pytest.raises(Unauthenticated):
        verify(GENERIC, sign(GENERIC, secret="whs_another"))


@pytest.mark.parametrize(
    ("data", "mapping", "inputs"),
    [
        ({"orderId": "1", "more": 2}, {}, {"orderId": "1"}),
        (["1"], {}, {}),
        ("text", {}, {}),
        ({"order": {"ids": ["7", "8"]}}, {"orderId": "/order/ids/1"}, {"orderId": "8"}),
        ({"a/b": {"~": 1}}, {"x": "/a~1b/~0", "y": "/nothing", "z": 5}, {"x": 1}),
        (["a", "b"], {"x": "/1", "y": "/9", "z": "/a"}, {"x": "b"}),
        ({"whole": 1}, {"x": ""}, {"x": {"whole": 1}}),
    ],
)
def test_inputs_are_found(data: object, mapping: dict[str, object], inputs: dict[str, object]) -> None:
    assert event_inputs({"properties": {"orderId": {}}}, data, mapping=mapping) == inputs
