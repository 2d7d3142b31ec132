"""Export, import and clone through the door: nothing is lost, nothing secret leaves, nothing is half done."""

import io
import json
import zipfile
from base64 import b64encode
from random import Random
from typing import Any

import httpx2
import pytest

from tests.fakes.flows import GREETING, key_headers, make_flow
from tests.fakes.grants import give
from tests.fakes.live_server import LiveServer
from tests.fakes.people import join

pytestmark = pytest.mark.anyio
SECRET = "hunter2-canary"
ZIP = {"content-type": "application/zip"}
BANKING: dict[str, Any] = {
    "name": "Banking Assistant",
    "description": "Answers about accounts",
    "triggers": [{"type": "api"}, {"type": "schedule", "config": {}}],
    "inputs": {"type": "object", "properties": {"amount": {"type": "number"}}, "required": ["amount"]},
    "start": "fetch",
    "steps": [
        {
            "id": "fetch",
            "type": "http-request",
            "config": {"method": "GET", "url": "{{ env.BANK }}/x", "headers": {"k": "{{ env.KEY }}"}},
            "timeoutS": 30,
            "output": "got",
            "next": {"ok": "large", "error": "sorry"},
        },
        {
            "id": "large",
            "type": "condition",
            "config": {"cases": [{"port": "yes", "when": "amount > 100.0"}]},
            "next": {"yes": "think", "else": "sorry"},
        },
        {
            "id": "think",
            "type": "ask-to-llm",
            "config": {"model": "scripted", "prompt": "Why {{ amount }}?", "temperature": 0.2, "modelTimeoutS": 30},
            "output": "said",
            "next": {"next": "script", "error": "sorry"},
        },
        {
            "id": "script",
            "type": "code",
            "config": {"source": "inputs", "inputs": {"a": "{{ amount }}"}},
            "next": "end",
        },
        {"id": "end", "type": "final", "config": {"output": {"why": "{{ said.response }}"}}},
        {"id": "sorry", "type": "final", "config": {"output": {"why": "unknown"}}},
    ],
    "settings": {"mode": "async", "syncTimeoutS": 90, "asyncTimeoutS": 120},
    "guardrails": {"input": [{"id": "r", "type": "regex", "config": {"patterns": ["falcon"]}}]},
    "layout": {"fetch": {"x": 1, "y": 2}},
}


async def make_banking(client: httpx2.AsyncClient) -> str:
    """The flow with a plain and a secure variable."""
    flow_id = await make_flow(client, BANKING)
    await client.put(f"/v1/flow/{flow_id}/variable/BANK", json={"value": "https://bank.example", "notes": "where"})
    await client.put(f"/v1/flow/{flow_id}/variable/KEY", json={"value": SECRET, "secure": True, "notes": "ask Ada"})
    return flow_id


async def export_zip(client: httpx2.AsyncClient, flow_id: str, **query: str) -> bytes:
    answer = await client.get(f"/v1/flow/{flow_id}/export", params={"format": "zip", **query})
    assert answer.status_code == 200, answer.text
    return answer.content


def unpacked(data: bytes) -> dict[str, Any]:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return {name: json.loads(file.read(name)) for name in file.namelist()}


def packed(files: dict[str, Any]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as file:
        for name, content in files.items():
            file.writestr(name, json.dumps(content))
    return data.getvalue()


async def import_over(client: httpx2.AsyncClient, flow_id: str, data: bytes, **query: Any) -> httpx2.Response:  # noqa: ANN401
    return await client.post(f"/v1/flow/{flow_id}/import", content=data, headers=ZIP, params=query)


async def state_of(client: httpx2.AsyncClient, flow_id: str) -> tuple[Any, Any]:
    flow = (await client.get(f"/v1/flow/{flow_id}")).json()
    variables = (await client.get(f"/v1/flow/{flow_id}/variable")).json()["items"]
    return (flow["definition"], flow["draftRev"]), variables


def shown(variables: list[dict[str, Any]]) -> dict[str, Any]:
    return {one["name"]: (one["value"], one["secure"], one["isSet"], one["notes"]) for one in variables}


@pytest.mark.row("B-48", "B-49", "C-02")
async def test_import_takes_exactly_what_export_gave(owner: httpx2.AsyncClient) -> None:
    # Given an exported flow
    flow_id = await make_banking(owner)
    exported = await owner.get(f"/v1/flow/{flow_id}/export")
    # Then it is a JSON definition as an attachment
    assert exported.headers["content-disposition"].startswith('attachment; filename="Banking Assistant.json"')
    assert exported.headers["content-type"] == "application/json"
    assert {key: exported.json()[key] for key in BANKING} == BANKING
    # When it is imported
    made = await owner.post("/v1/flow/import", content=exported.content, headers={"content-type": "application/json"})
    # Then an equal flow is there under a new id, as a draft of one's own
    assert made.status_code == 201
    flow = made.json()
    assert flow["id"] != flow_id
    assert flow["definition"] == BANKING
    assert (flow["latestVersion"], flow["deployedVersion"], flow["visibility"]) == (None, None, "private")
    assert (await owner.get(f"/v1/flow/{flow['id']}/export")).json() == exported.json()


@pytest.mark.row("B-49")
async def test_every_fault_of_an_import_is_listed_with_its_path(owner: httpx2.AsyncClient) -> None:
    before = (await owner.get("/v1/flow", params={"limit": 200})).json()["items"]
    bad = {**GREETING, "steps": [{"id": "done", "type": "final", "oops": 1, "timeoutS": "x"}]}
    document = await owner.post("/v1/flow/import", json=bad)
    file = await owner.post("/v1/flow/import", content=packed({"flow_definition.json": bad}), headers=ZIP)
    assert (document.status_code, file.status_code) == (400, 400)
    assert {fault["path"] for fault in document.json()["errors"]} == {"/steps/0/oops", "/steps/0/timeoutS"}
    assert {fault["path"] for fault in file.json()["errors"]} == {
        "/flow_definition.json/steps/0/oops",
        "/flow_definition.json/steps/0/timeoutS",
    }
    for body in (b"", b"{", b"[]", b"7"):
        assert (await owner.post("/v1/flow/import", content=body)).status_code == 400
    assert (await owner.get("/v1/flow", params={"limit": 200})).json()["items"] == before


@pytest.mark.row("C-99", "C-100", "C-101", "C-106")
async def test_a_package_is_named_after_the_flow_and_makes_an_equal_one(owner: httpx2.AsyncClient) -> None:
    # Given a flow with everything that a package preserves
    flow_id = await make_banking(owner)
    answer = await owner.get(f"/v1/flow/{flow_id}/export", headers={"accept": "application/zip"})
    assert answer.headers["content-type"] == "application/zip"
    assert 'filename="Banking Assistant.zip"' in answer.headers["content-disposition"]
    assert set(unpacked(answer.content)) == {"flow_definition.json", "app_definition.json", "env_variables.json"}
    # When it is imported as a zip, and as its three files in a form
    files = [("file", (name, json.dumps(content))) for name, content in unpacked(answer.content).items()]
    as_zip = await owner.post("/v1/flow/import", content=answer.content, headers=ZIP)
    as_form = await owner.post("/v1/flow/import", files=files, params={"name": "Other"})
    # Then both are equal to it: steps, inputs, guardrails, settings and variables
    for made, name in ((as_zip, BANKING["name"]), (as_form, "Other")):
        assert made.status_code == 201, made.text
        assert made.json()["definition"] == {**BANKING, "name": name}
        variables = (await owner.get(f"/v1/flow/{made.json()['id']}/variable")).json()["items"]
        assert shown(variables) == {
            "BANK": ("https://bank.example", False, True, "where"),
            "KEY": (None, True, False, "ask Ada"),
        }


@pytest.mark.row("C-102")
async def test_nothing_secret_leaves_and_deploying_waits_for_it(owner: httpx2.AsyncClient) -> None:
    # Given a flow with a secret, an API key and a version
    flow_id = await make_banking(owner)
    key = (await key_headers(owner, flow_id))["Authorization"].removeprefix("Bearer ")
    data = await export_zip(owner, flow_id)
    text = json.dumps(unpacked(data)) + (await owner.get(f"/v1/flow/{flow_id}/export")).text
    assert SECRET not in text
    assert key not in text
    # When it is imported elsewhere
    made = (await owner.post("/v1/flow/import", content=data, headers=ZIP)).json()
    # Then deploying names what has no value, until somebody gives it one
    assert "variable_without_value" in {fault["code"] for fault in made["findings"]["warnings"]}
    refused = await owner.post(f"/v1/flow/{made['id']}/deploy")
    assert refused.status_code == 422
    assert {"variable_without_value", "missing_variable"} <= {fault["code"] for fault in refused.json()["errors"]}
    await owner.patch(f"/v1/flow/{made['id']}/variable/KEY", json={"value": "new"})
    deployed = await owner.post(f"/v1/flow/{made['id']}/deploy")
    assert deployed.status_code == 200, deployed.text


@pytest.mark.row("C-103")
async def test_only_those_who_may_take_a_flow_out_or_replace_it(server: LiveServer, owner: httpx2.AsyncClient) -> None:
    flow_id = await make_banking(owner)
    data = await export_zip(owner, flow_id)
    person = await join(server, owner, "Vic")
    statuses: dict[str, tuple[int, int, int]] = {}
    for role in ("viewer", "runner", "editor", "manager"):
        give(server, person, role, flow_id)
        exported = await person.client.get(f"/v1/flow/{flow_id}/export", params={"format": "zip"})
        cloned = await person.client.post(f"/v1/flow/{flow_id}/clone")
        imported = await import_over(person.client, flow_id, data)
        statuses[role] = (exported.status_code, cloned.status_code, imported.status_code)
    assert statuses == {
        "viewer": (403, 403, 403),
        "runner": (403, 403, 403),
        "editor": (200, 201, 403),
        "manager": (200, 201, 200),
    }


@pytest.mark.row("C-104", "C-105")
async def test_the_deployed_version_is_exported_unless_another_is_named(owner: httpx2.AsyncClient) -> None:
    # Given two versions, of which the first is deployed, and a newer draft
    flow_id = await make_flow(owner, {**GREETING, "description": "one"}, deploy=True)
    for text in ("two", "draft"):
        await owner.patch(f"/v1/flow/{flow_id}", json={"description": text})
        if text == "two":
            await owner.post(f"/v1/flow/{flow_id}/publish", json={"notes": "second"})

    async def exported(**query: str) -> tuple[str, int | None]:
        files = unpacked(await export_zip(owner, flow_id, **query))
        return files["flow_definition.json"]["description"], files["app_definition.json"]["version"]

    assert await exported() == ("one", 1)
    assert await exported(version="2") == ("two", 2)
    assert await exported(version="latest") == ("two", 2)
    assert await exported(version="draft") == ("draft", None)
    assert (await owner.get(f"/v1/flow/{flow_id}/export", params={"version": "9"})).status_code == 404
    assert (await owner.get(f"/v1/flow/{flow_id}/export", params={"version": "x"})).status_code == 400


@pytest.mark.row("C-90", "C-91", "C-95")
async def test_a_package_replaces_the_draft_and_the_old_one_comes_back(owner: httpx2.AsyncClient) -> None:
    # Given a published flow without variables, and a package of another
    flow_id = await make_flow(owner, {**GREETING, "name": "My Flow"}, deploy=True)
    data = await export_zip(owner, await make_flow(owner, BANKING))
    # When the package is imported over it, with a backup
    answer = await import_over(owner, flow_id, data, backup=True)
    # Then only the draft is replaced
    assert answer.status_code == 200, answer.text
    assert answer.json()["definition"] == BANKING
    assert (await owner.get(f"/v1/flow/{flow_id}/deployed")).json()["definition"] == {**GREETING, "name": "My Flow"}
    # And the backup is a package that brings the old draft back
    kept = answer.json()["backup"]
    assert kept["fileName"] == "Exported_My Flow.zip"
    old = await owner.get(kept["url"])
    assert 'filename="Exported_My Flow.zip"' in old.headers["content-disposition"]
    again = await import_over(owner, flow_id, old.content)
    assert again.json()["definition"] == {**GREETING, "name": "My Flow"}
    assert again.json()["backup"] is None
    assert (await owner.get(f"/v1/flow/{flow_id}/backup/nope")).status_code == 404


@pytest.mark.row("C-92")
async def test_a_version_import_needs_all_three_files(owner: httpx2.AsyncClient) -> None:
    flow_id = await make_banking(owner)
    before = await state_of(owner, flow_id)
    files = unpacked(await export_zip(owner, flow_id))
    for name in files:
        rest = {other: content for other, content in files.items() if other != name}
        as_zip = await import_over(owner, flow_id, packed(rest))
        as_json = await owner.post(f"/v1/flow/{flow_id}/import", json={"files": rest})
        for refused in (as_zip, as_json):
            assert (refused.status_code, refused.json()["code"]) == (400, "missing_file")
            assert name in refused.json()["detail"]
    assert await state_of(owner, flow_id) == before


@pytest.mark.row("C-94", "C-96", "C-97", "C-98")
async def test_conflicts_stop_an_import_until_they_are_decided(owner: httpx2.AsyncClient) -> None:
    # Given a flow and a package that differ in four variables, share one, and each have one alone
    flow_id = await make_flow(owner, GREETING)
    ours = {"A": ("old", False), "B": ("old", False), "C": (SECRET, True), "D": ("old", False)}
    for name, (value, secure) in {**ours, "SAME": (1, False), "OURS": (1, False), "BOTH": (SECRET, True)}.items():
        await owner.put(f"/v1/flow/{flow_id}/variable/{name}", json={"value": value, "secure": secure})
    theirs: list[dict[str, Any]] = [
        {"name": "A", "value": "new"},
        {"name": "B", "value": "new"},
        {"name": "C", "value": "plain"},
        {"name": "D", "value": None, "secure": True},
        {"name": "SAME", "value": 1},
        {"name": "THEIRS", "value": 2},
        {"name": "BOTH", "value": None, "secure": True},
    ]
    files = unpacked(await export_zip(owner, flow_id))
    files["flow_definition.json"]["description"] = "imported"
    files["env_variables.json"]["variables"] = theirs
    before, data = await state_of(owner, flow_id), packed(files)
    # When it is looked at, and imported without deciding, or deciding only one
    preview = await owner.post(f"/v1/flow/{flow_id}/import/preview", content=data, headers=ZIP)
    undecided = await import_over(owner, flow_id, data)
    half = await import_over(owner, flow_id, data, overwrite=["A"], backup=True)
    # Then the conflicts are listed, secure values masked, and nothing has changed
    conflicts = undecided.json()["details"]["conflicts"]
    assert (undecided.status_code, half.status_code) == (409, 409)
    assert undecided.json()["code"] == "variable_conflicts"
    assert [one["name"] for one in conflicts] == ["A", "B", "C", "D"]
    assert conflicts[0]["existing"] == {"value": "old", "secure": False}
    assert conflicts[0]["incoming"] == {"value": "new", "secure": False}
    assert preview.json()["conflicts"] == conflicts
    assert SECRET not in undecided.text + preview.text
    assert await state_of(owner, flow_id) == before
    # When a variable is to be both, or is none of the package
    for query, place in (
        ({"overwrite": ["A"], "keep": ["A"]}, "query:overwrite"),
        ({"overwrite": ["Z"]}, "query:overwrite"),
        ({"keep": ["OURS"]}, "query:keep"),
    ):
        wrong = await import_over(owner, flow_id, data, proceed=True, **query)
        # Then that is refused, and nothing has changed either
        problem = wrong.json()
        assert (wrong.status_code, problem["code"], problem["path"]) == (400, "invalid_choice", place)
    assert await state_of(owner, flow_id) == before
    # When it is decided for each
    done = await import_over(owner, flow_id, data, overwrite=["A", "C", "D"], keep=["B"])
    # Then each choice is honoured, and the rest follows from itself
    assert done.status_code == 200, done.text
    values = {
        name: (value, secure, is_set)
        for name, (value, secure, is_set, _notes) in shown((await state_of(owner, flow_id))[1]).items()
    }
    assert values == {
        "A": ("new", False, True),
        "B": ("old", False, True),
        "BOTH": ("••••••••", True, True),
        "C": ("plain", False, True),
        "D": (None, True, False),
        "OURS": (1, False, True),
        "SAME": (1, False, True),
        "THEIRS": (2, False, True),
    }
    assert done.json()["definition"]["description"] == "imported"
    # And going on without choosing keeps what is there
    await owner.put(f"/v1/flow/{flow_id}/variable/A", json={"value": "old"})
    assert (await import_over(owner, flow_id, data, proceed=True)).status_code == 200
    assert (await owner.get(f"/v1/flow/{flow_id}/variable/A")).json()["value"] == "old"


async def test_a_preview_parses_only(owner: httpx2.AsyncClient) -> None:
    before = (await owner.get("/v1/flow", params={"limit": 200})).json()["items"]
    data = await export_zip(owner, await make_banking(owner))
    made = (await owner.get("/v1/flow", params={"limit": 200})).json()["items"]
    preview = await owner.post("/v1/flow/import/preview", content=data, headers=ZIP)
    assert preview.status_code == 200
    told = preview.json()
    assert (told["name"], told["version"]) == ("Banking Assistant", None)
    assert {(one["name"], one["needsValue"]) for one in told["variables"]} == {("BANK", False), ("KEY", True)}
    assert "variable_without_value" in {fault["code"] for fault in told["findings"]["warnings"]}
    assert (await owner.get("/v1/flow", params={"limit": 200})).json()["items"] == made
    assert len(made) == len(before) + 1


async def test_a_stale_draft_is_not_replaced(owner: httpx2.AsyncClient) -> None:
    flow_id = await make_flow(owner, GREETING)
    data = await export_zip(owner, flow_id)
    await owner.patch(f"/v1/flow/{flow_id}", json={"description": "newer"})
    assert (await import_over(owner, flow_id, data, draftRev=1)).status_code == 409
    assert (await import_over(owner, flow_id, data, draftRev=2)).status_code == 200


async def test_bombs_and_large_bodies_are_refused(owner: httpx2.AsyncClient) -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("flow_definition.json", b"[" + b" " * (100 << 20))
    for data in (bomb.getvalue(), b"PK\x03\x04" + bytes(17 << 20)):
        refused = await owner.post("/v1/flow/import", content=data, headers=ZIP)
        assert (refused.status_code, refused.json()["code"]) == (413, "payload_too_large")
    assert (await owner.post("/v1/flow/import", content=b"PK\x03\x04junk", headers=ZIP)).status_code == 400


@pytest.mark.row("B-47")
async def test_a_clone_has_the_draft_and_nothing_of_its_life(server: LiveServer, owner: httpx2.AsyncClient) -> None:
    # Given a deployed, shared flow with variables, whose draft went on
    flow_id = await make_flow(owner, GREETING, deploy=True)
    await owner.put(f"/v1/flow/{flow_id}/variable/PLAIN", json={"value": 1})
    await owner.put(f"/v1/flow/{flow_id}/variable/KEY", json={"value": SECRET, "secure": True})
    await owner.patch(f"/v1/flow/{flow_id}", json={"description": "newer"})
    ed, vic = await join(server, owner, "Ed"), await join(server, owner, "Vic")
    give(server, ed, "editor", flow_id)
    give(server, vic, "viewer", flow_id)
    # When an editor clones it
    clone = (await ed.client.post(f"/v1/flow/{flow_id}/clone")).json()
    # Then it is theirs alone, with the draft and without versions, shares and secrets
    assert (clone["ownerId"], clone["visibility"], clone["latestVersion"]) == (ed.id, "private", None)
    assert clone["definition"] == {**GREETING, "name": "Greeting (copy)", "description": "newer"}
    assert (await vic.client.get(f"/v1/flow/{clone['id']}")).status_code == 404
    variables = (await ed.client.get(f"/v1/flow/{clone['id']}/variable")).json()["items"]
    assert shown(variables) == {"KEY": (None, True, False, ""), "PLAIN": (1, False, True, "")}


@pytest.mark.promise("S7")
async def test_exports_hold_no_secret_in_any_form(owner: httpx2.AsyncClient) -> None:
    await prove_exports_hold_no_secret(owner, count=8)


@pytest.mark.promise("S7")
@pytest.mark.soak
async def test_exports_hold_no_secret_in_the_long_run(owner: httpx2.AsyncClient) -> None:
    await prove_exports_hold_no_secret(owner, count=1000)


async def prove_exports_hold_no_secret(client: httpx2.AsyncClient, *, count: int) -> None:
    draw = Random(7)
    for number in range(count):
        # Given a flow with secrets of every shape, in versions and drafts
        canary = draw.randbytes(12).hex()
        shapes: list[Any] = [canary, [canary], {"deep": {canary: [canary, {"x": canary}]}}, int(canary[:12], 16)]
        flow_id = await make_flow(client, {**draw.choice([GREETING, BANKING]), "name": f"Flow {number}"})
        for name, value in enumerate(draw.sample(shapes, draw.randint(1, len(shapes)))):
            body = {"name": f"S{name}", "value": value, "secure": True, "notes": "kept"}
            assert (await client.post(f"/v1/flow/{flow_id}/variable", json=body)).status_code == 201
        if draw.random() < 0.5:
            await client.post(f"/v1/flow/{flow_id}/publish")
        # When it is exported, cloned and exported again
        clone = (await client.post(f"/v1/flow/{flow_id}/clone")).json()["id"]
        texts = [json.dumps(unpacked(await export_zip(client, one))) for one in (flow_id, clone)]
        texts += [(await client.get(f"/v1/flow/{one}/export")).text for one in (flow_id, clone)]
        # Then no form of any secret is in it
        raw = canary.encode()
        forms = (canary, canary[::-1], raw.hex(), b64encode(raw).decode(), str(int(canary[:12], 16)))
        assert not [form for form in forms for text in texts if form in text]
