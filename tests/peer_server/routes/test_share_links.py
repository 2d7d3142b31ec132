"""Share links: fields and runs for anybody who holds the token, nothing of the flow, nothing without it."""

from pathlib import Path

import httpx2
import pytest

from peer_server.stores.endpoint_tables import share_links
from tests.fakes.flows import APPROVAL, GREETING, make_flow
from tests.fakes.live_server import Json, LiveServer, stored_bytes

pytestmark = pytest.mark.anyio
FORM: dict[str, Json] = {
    "name": "Survey",
    "description": "How was it?",
    "inputs": {
        "type": "object",
        "properties": {"name": {"type": "string", "title": "Your name"}, "file": {"type": "string"}},
        "required": ["name"],
    },
    "start": "ask",
    "steps": [
        {
            "id": "ask",
            "type": "show-form",
            "config": {
                "title": "Stars, {{ name }}",
                "schema": {"type": "object", "properties": {"stars": {"type": "integer"}}, "required": ["stars"]},
                "approvers": ["starter"],
            },
            "output": "answer",
            "next": "done",
        },
        {"id": "done", "type": "final", "config": {"output": {"stars": "{{ answer.stars }}"}}},
    ],
}


async def share(owner: httpx2.AsyncClient, flow_id: str, **content: Json) -> str:
    """A link to the flow; its token."""
    made = await owner.post(f"/v1/flow/{flow_id}/share", json=content)
    assert made.status_code == 201, made.text
    return str(made.json()["token"])


@pytest.mark.row("A-05", "A-15", "B-16", "B-17")
async def test_a_visitor_sees_the_fields_and_gets_the_output(
    owner: httpx2.AsyncClient, nobody: httpx2.AsyncClient, data_dir: Path
) -> None:
    # Given a link to a flow with a secret inside
    definition = {**GREETING, "description": "Says hello", "notes": "internal-canary"}
    flow_id = await make_flow(owner, definition, deploy=True)
    await owner.put(f"/v1/flow/{flow_id}/variable/KEY", json={"value": "variable-canary"})
    token = await share(owner, flow_id, name="Web site")
    # When somebody who is not signed in looks and runs it
    described = await nobody.get(f"/v1/flow/share/{token}")
    ran = await nobody.post(f"/v1/flow/share/execute/{token}", json={"name": "Ada"})
    wrapped = await nobody.post(
        f"/v1/flow/share/execute/{token}", json={"name": "Bo"}, params={"returnExecutionMetadata": "true"}
    )
    # Then they see name, description and fields, and get the final output, nothing else
    assert described.json() == {
        "name": "Greeting",
        "description": "Says hello",
        "inputs": GREETING["inputs"],
        "fields": [{"name": "name", "type": "string", "required": True}],
    }
    assert ran.json() == {"greeting": "Hello Ada"}
    assert set(wrapped.json()) == {"status", "appRunId", "output"}
    # And the run says where it came from; the token is stored as a digest
    [_, first] = (await owner.get(f"/v1/flow/{flow_id}/logs")).json()["items"]
    assert (first["trigger"]["type"], first["trigger"]["source"], first["environment"]) == (
        "share",
        "Web site",
        "production",
    )
    listed = (await owner.get(f"/v1/flow/{flow_id}/share")).json()["items"]
    assert [(one["name"], one["lastCharacters"]) for one in listed] == [("Web site", token[-4:])]
    assert "token" not in listed[0]
    assert token.encode() not in stored_bytes(data_dir)


async def test_wrong_withdrawn_and_expired_tokens_look_the_same(
    owner: httpx2.AsyncClient, nobody: httpx2.AsyncClient, server: LiveServer
) -> None:
    # Given one link that is withdrawn, one that expired, one whose flow is gone, and a guess
    flow_id, gone_id = [await make_flow(owner, GREETING, deploy=True) for _ in range(2)]
    withdrawn, expired, orphan = [await share(owner, one) for one in (flow_id, flow_id, gone_id)]
    links = (await owner.get(f"/v1/flow/{flow_id}/share")).json()["items"]
    by_end = {one["lastCharacters"]: one["id"] for one in links}
    assert (await owner.delete(f"/v1/flow/{flow_id}/share/{by_end[withdrawn[-4:]]}")).status_code == 204
    server.run(server.services.store.write(expire, by_end[expired[-4:]]))
    await owner.delete(f"/v1/flow/{gone_id}")
    # When each is tried at every door
    answers = []
    for token in (withdrawn, expired, orphan, "psh_guess", "x" * 300):
        answers += [
            await nobody.get(f"/v1/flow/share/{token}"),
            await nobody.post(f"/v1/flow/share/execute/{token}", json={"name": "Ada"}),
            await nobody.post(f"/v1/flow/share/file/{token}", files={"file": ("a.txt", b"a")}),
        ]
    # Then nobody can tell one from the other
    assert {(answer.status_code, answer.text) for answer in answers} == {(404, answers[0].text)}
    assert answers[0].json()["code"] == "not_found"


def expire(tx: Json, link_id: str) -> None:
    tx.conn.execute(share_links.update().where(share_links.c.id == link_id).values(expires_at=share_links.c.created_at))


async def test_a_link_runs_its_version_and_never_a_draft(owner: httpx2.AsyncClient, nobody: httpx2.AsyncClient) -> None:
    # Given two versions, the second one deployed, and a draft
    def saying(text: str) -> dict[str, Json]:
        return {
            **GREETING,
            "inputs": {"type": "object"},
            "steps": [{"id": "done", "type": "final", "config": {"output": text}}],
        }

    flow_id = await make_flow(owner, saying("one"), deploy=True)
    await owner.patch(f"/v1/flow/{flow_id}", json={"definition": saying("two")})
    await owner.post(f"/v1/flow/{flow_id}/deploy")
    await owner.patch(f"/v1/flow/{flow_id}", json={"definition": saying("draft")})
    pinned, deployed = await share(owner, flow_id, version=1), await share(owner, flow_id)
    # When both are run, with things that a visitor would like to say
    wishes = {"version": "draft", "flow": "x", "nodes": [], "data": {"a": 1}}
    said = [
        (await nobody.post(f"/v1/flow/share/execute/{token}", json=wishes, params={"version": "latest"})).json()
        for token in (pinned, deployed)
    ]
    # Then each runs what it was made for
    assert said == ["one", "two"]
    assert (await owner.post(f"/v1/flow/{flow_id}/share", json={"version": 9})).status_code == 404
    unpublished = await make_flow(owner, GREETING)
    early = await nobody.get(f"/v1/flow/share/{await share(owner, unpublished)}")
    assert (early.status_code, early.json()["code"]) == (409, "not_published")


@pytest.mark.row("B-18")
async def test_a_visitor_uploads_a_file_and_fills_in_a_form(
    owner: httpx2.AsyncClient, nobody: httpx2.AsyncClient
) -> None:
    # Given a shared flow that asks whoever started it
    token = await share(owner, await make_flow(owner, FORM, deploy=True))
    uploaded = await nobody.post(f"/v1/flow/share/file/{token}", files={"file": ("a.txt", b"hello")})
    body = {"name": "Ada", "file": uploaded.json()["id"]}
    waiting = (await nobody.post(f"/v1/flow/share/execute/{token}", json=body)).json()
    run_id, secret = waiting["appRunId"], {"x-resume-secret": waiting["resumeSecret"]}
    url = f"/v1/flowrun/resume/{run_id}"
    # When they answer with the run's id alone, with bad values, and with the secret
    alone = await nobody.post(url, json={"formData": {"stars": 5}})
    bad = await nobody.post(url, json={"formData": {"stars": "many"}}, headers=secret)
    poll = await nobody.get(f"/v1/flowrun/poll/{run_id}", headers=secret)
    good = await nobody.post(url, json={"formData": {"stars": 5}}, headers=secret)
    outputs = await nobody.get(f"/v1/flowrun/outputs/{run_id}", headers=secret)
    # Then only the secret opens the run
    assert uploaded.status_code == 201
    assert (alone.status_code, bad.status_code, poll.json()["status"]) == (401, 422, "waiting")
    assert good.json() == outputs.json() == {"stars": 5}
    assert (await nobody.get(f"/v1/flowrun/poll/{run_id}")).status_code == 401


async def test_a_visitor_answers_only_what_names_the_starter(
    owner: httpx2.AsyncClient, nobody: httpx2.AsyncClient
) -> None:
    # Given two shared flows: one asks whoever may decide, the other one names the starter
    def asking(*approvers: str) -> dict[str, Json]:
        ask, *rest = APPROVAL["steps"]
        return {**APPROVAL, "steps": [{**ask, "config": {**ask["config"], "approvers": list(approvers)}}, *rest]}

    statuses, closed = [], []
    for definition in (APPROVAL, asking("role:owner"), asking("starter"), asking("starter", "role:owner")):
        waiting_flow = await make_flow(owner, definition, deploy=True)
        token = await share(owner, waiting_flow)
        waiting = (await nobody.post(f"/v1/flow/share/execute/{token}", json={"amount": 5})).json()
        # When the visitor approves
        secret = {"Authorization": f"Bearer {waiting['resumeSecret']}"}
        url = f"/v1/flowrun/resume/{waiting['appRunId']}"
        statuses.append((await nobody.post(url, json={"decision": "approve"}, headers=secret)).status_code)
        made = await owner.post(f"/v1/flow/{waiting_flow}/share")
        closed.append(made.json()["closedSteps"])
    # Then only the latter two take it, and whoever shares the others is told so
    assert closed == [["ask"], ["ask"], [], []]
    assert statuses == [404, 404, 200, 200]


async def test_a_visitor_learns_nothing_that_is_for_others(
    owner: httpx2.AsyncClient, nobody: httpx2.AsyncClient
) -> None:
    # Given a shared flow that asks a manager, and one that fails at an internal address
    card = {"title": "Pay?", "facts": [{"label": "Credit", "value": "canary-score"}]}
    asking = {**APPROVAL, "steps": [{**APPROVAL["steps"][0], "config": card}, *APPROVAL["steps"][1:]]}
    step = {"id": "internal-canary", "type": "http-request", "config": {"url": "http://10.0.0.1/canary-path"}}
    failing = {"name": "Out", "start": "internal-canary", "steps": [step]}
    told = []
    for definition, body in ((asking, {"amount": 5}), (failing, {})):
        token = await share(owner, await make_flow(owner, definition, deploy=True))
        answer = await nobody.post(f"/v1/flow/share/execute/{token}", json=body)
        told.append(answer)
        secret = answer.json().get("resumeSecret")
        if secret:
            poll = f"/v1/flowrun/poll/{answer.json()['appRunId']}"
            told.append(await nobody.get(poll, headers={"x-resume-secret": secret}))
    # When a visitor runs and polls them, then they learn that it waits, or that it failed
    assert [answer.status_code for answer in told] == [200, 200, 500]
    assert [answer.json().get("status") for answer in told[:2]] == ["waiting", "waiting"]
    assert (told[2].json()["code"], told[2].json()["category"]) == ("run_failed", "network")
    assert not any(word in answer.text for answer in told for word in ("canary", "10.0.0.1", "Pay?"))


async def test_withdrawing_a_link_closes_its_runs_to_visitors(
    owner: httpx2.AsyncClient, nobody: httpx2.AsyncClient
) -> None:
    flow_id = await make_flow(owner, FORM, deploy=True)
    token = await share(owner, flow_id)
    waiting = (await nobody.post(f"/v1/flow/share/execute/{token}", json={"name": "Ada"})).json()
    secret = {"x-resume-secret": waiting["resumeSecret"]}
    poll = f"/v1/flowrun/poll/{waiting['appRunId']}"
    assert (await nobody.get(poll, headers=secret)).status_code == 200
    [link] = (await owner.get(f"/v1/flow/{flow_id}/share")).json()["items"]
    await owner.delete(f"/v1/flow/{flow_id}/share/{link['id']}")
    assert (await nobody.get(poll, headers=secret)).status_code == 401
    assert (await owner.get(poll)).status_code == 200
    changed = {"x-resume-secret": waiting["resumeSecret"][:-1] + "ä"}
    raw = [(name.encode(), value.encode("latin-1")) for name, value in changed.items()]
    assert (await nobody.get(poll, headers=raw)).status_code == 401


async def test_a_link_has_a_rate_limit(owner: httpx2.AsyncClient, nobody: httpx2.AsyncClient) -> None:
    # Given a link for two runs a minute
    token = await share(owner, await make_flow(owner, GREETING, deploy=True), rateLimit=2)
    url = f"/v1/flow/share/execute/{token}"
    # When it is run three times, from wherever
    answers = [await nobody.post(url, json={"name": "Ada"}) for _ in range(3)]
    # Then the third one has to wait, and looking at it is still allowed
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 0 < int(answers[2].headers["retry-after"]) <= 60
    left = [answers[2].headers.get_list(name) for name in ("ratelimit-limit", "ratelimit-remaining")]
    assert left == [["2"], ["0"]]
    assert (await nobody.get(f"/v1/flow/share/{token}")).status_code == 200


@pytest.mark.parametrize(
    "body", [{"name": ""}, {"rateLimit": 0}, {"version": 0}, {"expiresAt": "2020-01-01T00:00:00Z"}, {"token": "mine"}]
)
async def test_links_are_made_with_care(owner: httpx2.AsyncClient, body: dict[str, Json]) -> None:
    flow_id = await make_flow(owner, GREETING)
    assert (await owner.post(f"/v1/flow/{flow_id}/share", json=body)).status_code == 400


@pytest.mark.row("A-38")
async def test_people_fill_in_the_form_of_a_flow(owner: httpx2.AsyncClient, nobody: httpx2.AsyncClient) -> None:
    # Given a flow with a form, and one without
    definition = {**FORM, "triggers": [{"type": "form"}]}
    flow_id = await make_flow(owner, definition, deploy=True)
    formless = await make_flow(owner, GREETING, deploy=True)
    # When it is opened and filled in
    form = (await owner.get(f"/v1/flow/{flow_id}/form")).json()
    bad = await owner.post(f"/v1/flow/{flow_id}/form", json={"inputs": {}})
    waiting = (await owner.post(f"/v1/flow/{flow_id}/form", json={"inputs": {"name": "Ada"}})).json()
    resume = f"/v1/flowrun/resume/{waiting['appRunId']}"
    done = await owner.post(resume, json={"formData": {"stars": 4}, "returnExecutionMetadata": True})
    # Then the run starts, waits and ends there
    assert (form["name"], form["version"]) == ("Survey", 1)
    assert [(field["name"], field["required"]) for field in form["fields"]] == [("name", True), ("file", False)]
    assert (bad.status_code, bad.json()["code"]) == (400, "invalid_inputs")
    assert (waiting["status"], waiting["waitState"]["type"]) == ("waiting", "show-form")
    assert (done.json()["status"], done.json()["output"]) == ("completed", {"stars": 4})
    details = (await owner.get(f"/v1/flowrun/details/{waiting['appRunId']}")).json()
    assert (details["trigger"]["type"], details["environment"]) == ("form", "production")
    refused = await owner.get(f"/v1/flow/{formless}/form")
    assert (refused.status_code, refused.json()["code"]) == (409, "form_trigger_missing")
    assert (await nobody.get(f"/v1/flow/{flow_id}/form")).status_code == 401
