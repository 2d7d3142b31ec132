"""Whom a question concerns, as a table."""

import pytest

from flow_runtime.run import InterruptKind
from peer_server.access import Principal, permissions_of
from peer_server.approvers import Question, audience, barred_as, flow_subjects, subjects_of

STARTER, OWNER = "id:starter", "id:owner"


@pytest.mark.parametrize(
    ("kind", "approvers", "expected"),
    [
        ("approval", [], {STARTER: True, OWNER: True, "flow:runner": True}),
        ("form", [], {STARTER: True, OWNER: True}),
        ("client_tool", [], {STARTER: True, OWNER: True}),
        ("approval", ["starter"], {STARTER: True, OWNER: False}),
        ("approval", ["participants"], {STARTER: False, OWNER: True}),
        (
            "approval",
            ["user:u7", "group:Support"],
            {STARTER: False, OWNER: False, "user:u7": True, "group:Support": True},
        ),
        ("approval", ["user:A@x.io"], {STARTER: False, OWNER: False, "user:A@x.io": True, "user:a@x.io": True}),
        ("approval", ["role:admin"], {STARTER: False, OWNER: False, "role:admin": True, "flow:admin": True}),
        ("approval", ["role:editor"], {STARTER: False, OWNER: False, "flow:editor": True}),
        ("approval", ["role:member"], {STARTER: False, OWNER: False, "role:member": True}),
        ("approval", ["not:starter"], {STARTER: True, OWNER: True, "flow:runner": True, "not:id:starter": False}),
        (
            "approval",
            ["group:g", "not:user:u7", "not:participants"],
            {STARTER: False, OWNER: False, "group:g": True, "not:user:u7": False, "not:id:owner": False},
        ),
        ("approval", ["starter", "not:role:admin"], {STARTER: True, OWNER: False, "not:anybody": False}),
        ("approval", ["somebody", "role:king", "other:u7"], {STARTER: False, OWNER: False}),
    ],
)
def test_an_audience_follows_from_the_approvers(kind: str, approvers: list[str], expected: dict[str, bool]) -> None:
    asked = Question(InterruptKind(kind), approvers, "starter", is_shared=False, owner_id="owner")
    assert audience(asked) == expected


def test_visitors_approve_only_where_they_are_named() -> None:
    def by(kind: InterruptKind, *approvers: str) -> bool:
        asked = Question(kind, approvers, "visitor", is_shared=False, owner_id="visitor", is_visitors=True)
        return audience(asked)["id:visitor"]

    assert not by(InterruptKind.APPROVAL)
    assert not by(InterruptKind.APPROVAL, "role:owner")
    assert by(InterruptKind.APPROVAL, "starter")
    assert by(InterruptKind.APPROVAL, "participants")
    assert by(InterruptKind.FORM)
    assert by(InterruptKind.CLIENT_TOOL)


def test_who_came_by_a_share_link_counts_only_as_the_named_starter() -> None:
    assert audience(Question(InterruptKind.APPROVAL, (), "link", is_shared=True)) == {"flow:runner": True}
    assert audience(Question(InterruptKind.FORM, (), "link", is_shared=True)) == {}
    assert audience(Question(InterruptKind.APPROVAL, ("starter",), "link", is_shared=True)) == {"id:link": True}


def test_people_count_as_much_and_others_only_as_themselves() -> None:
    ada = Principal("user", "u1", "Ada", "w", permissions_of("admin"), role="admin", email="ada@x.io")
    names = {"id:u1", "user:u1", "user:ada@x.io", "role:member", "role:admin"}
    assert subjects_of(ada, groups=["g1", "Support"], is_only_of_name=False) == names | {"group:g1", "group:Support"}
    assert subjects_of(ada, groups=[], is_only_of_name=True) == names | {"user:Ada"}
    for kind in ("visitor", "key", "system"):
        other = Principal(kind, "u1", "Ada", "w", frozenset())
        assert subjects_of(other, groups=["g1"], is_only_of_name=True) == {"id:u1"}


def test_everybody_of_a_name_is_barred_by_it() -> None:
    ada = Principal("user", "u1", "Ada", "w", permissions_of("member"), role="member")
    own = subjects_of(ada, groups=["g1"], is_only_of_name=False)
    assert {"not:id:u1", "not:user:u1", "not:user:Ada", "not:group:g1", "not:anybody"} <= barred_as(ada, own)


def test_a_role_on_the_flow_counts_as_all_below_it() -> None:
    assert flow_subjects("editor") == {"flow:viewer", "flow:runner", "flow:editor"}
    assert flow_subjects(None) == frozenset()
