"""The fold of a conversation: golden logs, splitting anywhere, gaps, and patches."""

import json
from pathlib import Path
from typing import Any

import pytest

from peer_server.conversation import ConversationView, GapError, fold, fold_all
from peer_server.json_patch import PatchError, patched

GOLDEN = sorted((Path(__file__).parents[1] / "golden").glob("*.json"))


def frames(path: Path) -> list[tuple[int, str, dict[str, Any]]]:
    """The events of a golden file as the fold takes them."""
    return [(frame["seq"], frame["at"], frame["event"]) for frame in json.loads(path.read_text())["events"]]


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_golden_log_gives_exactly_its_view(path: Path) -> None:
    """Python and TypeScript are held to the same files."""
    assert json.loads(path.read_text())["view"] == fold_all(frames(path)).as_json()


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_log_may_be_cut_anywhere_and_carried_on_later(path: Path) -> None:
    """A view that was stored as JSON and read again goes on to the same end."""
    log = frames(path)
    whole = fold_all(log).as_json()
    for cut in range(len(log)):
        view = fold_all(log[:cut])
        for seq, at, event in log[cut:]:
            fold(view, seq=seq, at=at, event=event)
        assert whole == view.as_json()


@pytest.mark.parametrize("seq", [0, 2, 7])
def test_an_event_out_of_order_is_refused_and_changes_nothing(seq: int) -> None:
    """Never skip, never repeat."""
    view = ConversationView()
    with pytest.raises(GapError) as caught:
        fold(view, seq=seq, at="2026-11-20T10:00:00Z", event={"type": "session.ended", "reason": "x"})
    assert (1, seq) == (caught.value.expected, caught.value.got)
    assert ConversationView().as_json() == view.as_json()


def test_the_shown_branch_follows_the_selected_message() -> None:
    """Given two branches, when the first is selected, then its messages are shown, and the queue is kept out."""
    log = frames(next(path for path in GOLDEN if path.stem == "branches"))
    selected_first = fold_all(log[:12])
    selected_second = fold_all(log[:13])
    assert [message["messageId"] for message in selected_first.branch()] == ["a", "b", "c", "d"]
    assert [message["messageId"] for message in selected_second.branch()] == ["a", "b", "e", "f"]


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "replace", "path": "/missing", "value": 1},
        {"op": "remove", "path": "/rows/9"},
        {"op": "add", "path": "/rows/4", "value": 1},
        {"op": "add", "path": "/rows/-1", "value": 1},
        {"op": "replace", "path": "/rows/-", "value": 1},
        {"op": "add", "path": "/text/deeper", "value": 1},
        {"op": "add", "path": "/missing/deeper", "value": 1},
    ],
    ids=lambda operation: f"{operation['op']} {operation['path']}",
)
def test_a_patch_of_a_place_that_does_not_exist_is_refused(operation: dict[str, Any]) -> None:
    """And the state that it was meant for stays as it was."""
    state = {"rows": [1, 2, 3], "text": "x"}
    with pytest.raises(PatchError):
        patched(state, [operation])
    assert state == {"rows": [1, 2, 3], "text": "x"}
