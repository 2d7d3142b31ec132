"""A failpoint kills the process at the n-th hit of its name, and costs nothing when unset."""

import signal
from collections.abc import Iterator

import pytest

from flow_runtime import failpoints


@pytest.fixture(autouse=True)
def killed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The signals that the process would have got."""
    signals: list[int] = []
    monkeypatch.setattr("os.kill", lambda _pid, number: signals.append(number))
    yield signals
    failpoints.arm({})


def test_the_nth_hit_of_the_name_kills(killed: list[int]) -> None:
    failpoints.arm({"FLOW_FAILPOINT": "store.before_commit:3"})

    for _ in range(2):
        failpoints.hit("store.before_commit")
        failpoints.hit("another")
    assert killed == []

    failpoints.hit("store.before_commit")
    failpoints.hit("store.before_commit")
    assert killed == [signal.SIGKILL]


def test_nothing_happens_when_unset(killed: list[int]) -> None:
    failpoints.arm({})
    failpoints.hit("store.before_commit")

    assert killed == []


@pytest.mark.parametrize("setting", ["name", "name:", "name:0", "name:x", ":1"])
def test_a_setting_that_is_no_failpoint_is_refused(setting: str) -> None:
    with pytest.raises(ValueError, match="FLOW_FAILPOINT"):
        failpoints.arm({"FLOW_FAILPOINT": setting})
