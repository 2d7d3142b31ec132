"""Only a listed approver decides, at the time of the decision: everybody × every policy, over both doors (A3)."""

import copy
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest

from tests.fakes.flows import APPROVAL, make_flow
from tests.fakes.live_server import TOKEN, LiveServer
from tests.fakes.people import Person, join, tenant
from tests.fakes.socket_talk import SocketClient
from tests.services.postgres import PostgresServer

pytestmark = [pytest.mark.promise("A3"), pytest.mark.anyio, pytest.mark.timeout(600)]
ROLES: Final = ("viewer", "runner", "editor", "manager", "admin")
MEMBERS: Final = ("stranger", "starter", "colleague", "namesake", "was colleague", "removed", "disabled", *ROLES)
"""Members of the workspace. `starter` may run the flow and starts runs; `colleague` and the starter are in the group,
`was colleague` left it while the question was open; `removed` and `disabled` were in it, and lost everything then."""
EVERYBODY: Final = ("owner", "workspace admin", "elsewhere", "nobody", *MEMBERS)
RUNNERS: Final = {"owner", "starter", "runner", "editor", "manager", "admin"}
"""Who may run the flow: by a role on it, or as the owner of the workspace."""

POLICIES: Final[Mapping[str, tuple[list[str], set[str]]]] = {
    "by default": ([], RUNNERS),
    "the starter": (["starter"], {"starter"}),
    "the participants": (["participants"], set()),  # There is no conversation.
    "a person by id": (["user:{stranger}"], {"stranger"}),
    "a person by address": (["user:{stranger.email}"], {"stranger"}),
    "a person by a name": (["user:Colleague"], {"colleague"}),
    "a name that two have": (["user:Namesake"], set()),
    "a person who was removed": (["user:{removed}"], set()),
    "a person who is locked out": (["user:{disabled}"], set()),
    "a group": (["group:Desk"], {"starter", "colleague"}),
    "owners": (["role:owner"], {"owner"}),
    "admins": (["role:admin"], {"owner", "workspace admin", "admin"}),
    "members": (["role:member"], {"owner", "workspace admin", *MEMBERS} - {"removed", "disabled"}),
    "managers of the flow": (["role:manager"], {"owner", "manager", "admin"}),
    "editors of the flow": (["role:editor"], {"owner", "editor", "manager", "admin"}),
    "a group or the owner": (["group:Desk", "role:owner"], {"starter", "colleague", "owner"}),
    "four eyes": (["not:starter"], RUNNERS - {"starter"}),
    "four eyes of a group": (["group:Desk", "not:starter"], {"colleague"}),
    "all but a person": (
        ["role:member", "not:user:{stranger}"],
        {"owner", "workspace admin", *MEMBERS} - {"removed", "disabled", "stranger"},
    ),
    "all but a group": (
        ["role:member", "not:group:Desk"],
        {"owner", "workspace admin", "stranger", "namesake", "was colleague", *ROLES},
    ),
    "all but somebody unclear": (["role:member", "not:whoever"], set()),
    "nobody that there is": (["group:Nowhere", "user:nobody"], set()),
}
"""What a question names, and who may answer it then."""


@dataclass
class World:
    """A workspace with everybody in it, and a flow for each policy that is asked under."""

    server: LiveServer
    owner: httpx2.AsyncClient
    people: dict[str, Person] = field(default_factory=dict)
    flows: dict[str, str] = field(default_factory=dict)

    async def build(self) -> None:
        """Everybody joins."""
        for name in MEMBERS:
            self.people[name] = await join(self.server, self.owner, name.title())
        self.people["second namesake"] = await join(self.server, self.owner, "Namesake")
        self.people["workspace admin"] = await join(self.server, self.owner, "Boss", role="admin")
        self.people["elsewhere"] = await tenant(self.server, "Elsewhere")
        desk = [self.people[name].id for name in ("starter", "colleague", "was colleague", "removed", "disabled")]
        group = await self.owner.post("/v1/workspace/group", json={"name": "Desk", "members": desk})
        assert group.status_code == 201, group.text
        self.group_id = group.json()["id"]

    async def flow(self, policy: str) -> str:
        """The flow that asks under this policy."""
        if policy not in self.flows:
            definition = copy.deepcopy(APPROVAL)
            definition["steps"][0]["config"]["approvers"] = [self._filled(one) for one in POLICIES[policy][0]]
            self.flows[policy] = await make_flow(self.owner, definition, deploy=True)
            roles = {**{one: one for one in ROLES}, "starter": "runner"}
            grants = [{"subjectId": self.people[one].id, "role": role} for one, role in roles.items()]
            given = await self.owner.put(f"/v1/flow/{self.flows[policy]}/grant", json={"grants": grants})
            assert given.status_code == 200, given.text
        return self.flows[policy]

    async def take_away(self) -> None:
        """What some lose while the questions are open."""
        answers = [
            await self.owner.delete(f"/v1/workspace/group/{self.group_id}/member/{self.people['was colleague'].id}"),
            await self.owner.delete(f"/v1/workspace/member/{self.people['removed'].id}"),
            await self.owner.patch(f"/v1/workspace/member/{self.people['disabled'].id}", json={"disabled": True}),
        ]
        assert all(answer.is_success for answer in answers), [answer.text for answer in answers]

    async def ask(self, policy: str) -> tuple[str, str]:
        """A run that asks; the ids of the run and of the question."""
        body = {"inputs": {"amount": 5}, "version": "deployed"}
        address = f"/v1/flow/execute/{await self.flow(policy)}"
        started = await self.people["starter"].client.post(address, json=body)
        answer = started.json()
        return answer["appRunId"], answer["waitState"]["interruptId"]

    def token(self, who: str) -> str:
        """What they sign in by."""
        return TOKEN if who == "owner" else "psk_none" if who == "nobody" else self.people[who].token

    def _filled(self, approver: str) -> str:
        for name, person in self.people.items():
            approver = approver.replace(f"{{{name}}}", person.id).replace(f"{{{name}.email}}", person.email)
        return approver


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.soak)])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LiveServer]:
    settings: dict[str, Any] = dict.fromkeys(
        ("rate_limit", "address_rate_limit", "workspace_rate_limit"), "100000/second"
    )
    if request.param == "postgresql":
        postgres: PostgresServer = request.getfixturevalue("postgres_server")
        settings["database_url"] = postgres.url(postgres.create_database())
    with LiveServer(tmp_path, **settings) as running:
        yield running


@pytest.fixture
async def world(server: LiveServer) -> AsyncIterator[World]:
    async with server.client() as owner:
        made = World(server, owner)
        await made.build()
        yield made


Door = Callable[[World, str, str, str], Awaitable[bool]]
"""Tries to approve over one door: as whom, which run, which question; whether that counted."""


async def by_interrupt(world: World, who: str, _run_id: str, interrupt_id: str) -> bool:
    async with world.server.client(headers=_bearer(world, who)) as client:
        answer = await client.post(f"/v1/interrupt/{interrupt_id}/resume", json={"decision": "approve"})
    assert answer.status_code in {200, 401, 404}, answer.text
    return answer.status_code == 200


async def by_run(world: World, who: str, run_id: str, interrupt_id: str) -> bool:
    async with world.server.client(headers=_bearer(world, who)) as client:
        body = {"decision": "approve", "interruptId": interrupt_id}
        answer = await client.post(f"/v1/flowrun/resume/{run_id}", json=body)
    assert answer.status_code in {200, 401, 404}, answer.text
    return answer.status_code == 200


async def by_socket(world: World, who: str, _run_id: str, interrupt_id: str) -> bool:
    async with world.server.socket() as connection:
        client = SocketClient(connection)
        if (await client.hello(world.token(who)))["type"] != "ack":
            return False
        resolution: Any = {"decision": "approve"}
        answer = await client.command("interrupt.resume", interruptId=interrupt_id, resolution=resolution)
    assert answer["type"] == "ack" or answer["code"] in {"not_found", "interrupt_not_found"}, answer
    return bool(answer["type"] == "ack")


async def test_only_who_is_named_decides(world: World) -> None:
    cases = await decide_all(world, {"by default", "a group", "four eyes", "four eyes of a group"}, [by_run, by_socket])
    assert cases >= 120


@pytest.mark.soak
async def test_only_who_is_named_decides_under_every_policy(world: World) -> None:
    cases = await decide_all(world, set(POLICIES), [by_run, by_interrupt, by_socket])
    assert cases >= 1000


async def decide_all(world: World, policies: set[str], doors: list[Door]) -> int:
    """Ask everybody under these policies, through these doors; how many answers were tried."""
    # Given open questions of each policy, and people who lose what entitled them while they are open
    asked = {
        (policy, door): [await world.ask(policy) for _ in range(1 + len(POLICIES[policy][1]))]
        for policy in sorted(policies)
        for door in doors
    }
    await world.take_away()
    # When everybody tries to approve
    wrong, cases = [], 0
    for (policy, door), questions in asked.items():
        entitled = POLICIES[policy][1]
        for who in EVERYBODY:
            run_id, interrupt_id = questions[-1] if who not in entitled else questions[sorted(entitled).index(who)]
            may_see = who in entitled
            counted = await door(world, who, run_id, interrupt_id)
            cases += 1
            if counted is not may_see:
                wrong.append((policy, door.__name__, who, counted))
    # Then it counts for exactly those whom the policy names
    assert wrong == []
    return cases


def _bearer(world: World, who: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {world.token(who)}"}
