"""Commands against a running server: what they print for people, for programs, and as exit codes."""

import csv
import json
from pathlib import Path

import httpx2
import pytest
from typer.testing import CliRunner, Result

from peer_server.cli import cli
from peer_server.client import PeerServer
from tests.fakes.flows import APPROVAL, GREETING
from tests.fakes.live_server import TOKEN, LiveServer
from tests.services.child import free_port


@pytest.fixture(autouse=True)
def _at_the_server(server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEER_SERVER_URL", server.url)
    monkeypatch.setenv("PEER_SERVER_TOKEN", TOKEN)


def call(*words: str, code: int = 0) -> Result:
    """What a command says, once it has exited so."""
    result = CliRunner().invoke(cli, list(words))
    assert result.exit_code == code, result.output
    return result


def answer(*words: str, code: int = 0) -> dict[str, object]:
    """What a command says in JSON."""
    told: dict[str, object] = json.loads(call(*words, "--json", code=code).stdout)
    return told


@pytest.fixture
def greeting(tmp_path: Path) -> str:
    file = tmp_path / "greeting.json"
    file.write_text(json.dumps(GREETING))
    return str(file)


@pytest.fixture
def approval(tmp_path: Path) -> str:
    file = tmp_path / "approval.json"
    file.write_text(json.dumps(APPROVAL))
    return str(answer("flow", "create", str(file))["id"])


def test_a_flow_is_made_deployed_and_run(greeting: str) -> None:
    # Given a flow made of a file
    assert "error" not in call("flow", "check", greeting).stdout
    flow_id = str(answer("flow", "create", greeting)["id"])
    assert call("flow", "check", flow_id).stdout == ""
    # When it is published, deployed and run
    assert call("flow", "publish", flow_id, "--notes", "first").stdout == "version: 1\n"
    assert answer("flow", "deploy", flow_id) == {"version": 1}
    told = call("flow", "run", flow_id, "--inputs", '{"name": "Ada"}', "--version", "deployed")
    # Then it says so, in words and in the list
    assert json.loads(told.stdout) == {"greeting": "Hello Ada"}
    listed = call("flow", "list", "--search", "Greeting").stdout
    assert listed.split()[:3] == ["ID", "NAME", "PUBLISHED"]
    assert flow_id in listed
    (run,) = json.loads(call("run", "list", flow_id, "--json").stdout)
    assert (run["status"], run["version"]) == ("completed", 1)


def test_a_waiting_run_exits_with_3_and_is_answered(approval: str) -> None:
    # Given a run that asks
    waiting = answer("flow", "run", approval, "--inputs", '{"amount": 5}', code=3)
    run_id = str(waiting["appRunId"])
    # When somebody looks at it
    shown = call("run", "show", run_id, code=3).stdout
    assert "status: waiting" in shown
    assert "waits for approval at ask: Pay 5?" in shown
    assert "waiting ask" in call("run", "watch", run_id, code=3).stdout
    # Then an answer lets it go on
    call("run", "resume", run_id, code=2)
    told = call("run", "resume", run_id, "--decision", "approve", "--comment", "fine")
    assert json.loads(told.stdout) == {"paid": 5}
    assert "done ask → approve" in call("run", "show", run_id).stdout


def test_flows_travel_as_files(greeting: str, tmp_path: Path) -> None:
    # Given a deployed flow
    flow_id = str(answer("flow", "create", greeting)["id"])
    call("flow", "deploy", flow_id)
    # When it is exported in both forms, and taken in again
    document, package = tmp_path / "flow.json", tmp_path / "flow.zip"
    document.write_text(call("flow", "export", flow_id).stdout)
    assert "bytes" in call("flow", "export", flow_id, "--output", str(package)).stdout
    assert package.read_bytes().startswith(b"PK")
    copies = [str(answer("flow", "import", str(file))["id"]) for file in (document, package)]
    changed = answer("flow", "import", str(package), "--over", flow_id, "--backup")
    # Then each copy does what the flow does
    assert changed["id"] == flow_id
    for copy in copies:
        assert json.loads(call("flow", "run", copy, "--inputs", '{"name": "Ada"}').stdout) == {"greeting": "Hello Ada"}


def test_a_package_that_differs_goes_in_once_it_is_decided(greeting: str, tmp_path: Path, server: LiveServer) -> None:
    # Given a package with a variable that has another value by now
    flow_id, package = str(answer("flow", "create", greeting)["id"]), tmp_path / "flow.zip"
    with httpx2.Client(base_url=server.url, headers={"Authorization": f"Bearer {TOKEN}"}) as owner:
        variable = f"/v1/flow/{flow_id}/variable/RATE"
        owner.put(variable, json={"value": "old"})
        call("flow", "export", flow_id, "--output", str(package))
        owner.put(variable, json={"value": "new"})
        # When it is taken in without a word about that, and then with one
        assert "[variable_conflicts]" in call("flow", "import", str(package), "--over", flow_id, code=4).stderr
        call("flow", "import", str(package), "--over", flow_id, "--proceed")
        # Then what is there is kept
        assert owner.get(variable).json()["value"] == "new"


def test_changes_that_others_rely_on_are_confirmed(greeting: str, tmp_path: Path) -> None:
    # Given a deployed flow with a share link, whose draft needs another input
    flow_id = str(answer("flow", "create", greeting)["id"])
    call("flow", "deploy", flow_id)
    parent = tmp_path / "parent.json"
    config = {"flowId": flow_id, "version": "latest", "inputs": {"name": "Ada"}}
    steps = [{"id": "run", "type": "run-flow", "config": config}]
    parent.write_text(json.dumps({"name": "Parent", "triggers": [{"type": "api"}], "start": "run", "steps": steps}))
    call("flow", "deploy", str(answer("flow", "create", str(parent))["id"]))
    file = tmp_path / "changed.json"
    inputs = {**GREETING["inputs"], "required": [*GREETING["inputs"]["required"], "age"]}
    inputs["properties"] = {**inputs["properties"], "age": {"type": "number"}}
    file.write_text(json.dumps({**GREETING, "inputs": inputs}))
    call("flow", "update", flow_id, str(file))
    # When it is published and deployed, then it has to be said that this is meant
    assert "[confirmation_needed]" in call("flow", "publish", flow_id, code=4).stderr
    assert answer("flow", "publish", flow_id, "--confirm") == {"version": 2}
    assert answer("flow", "deploy", flow_id, "--confirm") == {"version": 2}


def test_files_are_checked_and_run_for_programs_too(tmp_path: Path) -> None:
    # Given a definition with a hint, and one with an error
    step = {"id": "wrong", "type": "code", "config": {"source": "1 / 0", "inputs": {}}, "next": "done"}
    final = {"id": "done", "type": "final", "config": {"output": "{{ inputs.name }}"}}
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps({**GREETING, "start": "wrong", "steps": [step, final]}))
    bad.write_text(json.dumps({**GREETING, "start": "nowhere", "steps": [final]}))
    # When they are checked, then the findings are one document
    assert [hint["code"] for hint in answer("flow", "check", str(good))["hints"]] == ["open_error_port"]  # type: ignore[attr-defined]  # a list
    assert answer("flow", "check", str(bad), code=1)["errors"]
    # When one is run, then standard output is its answer and nothing else
    told = call("flow", "run", str(good), "--inputs", '{"name": "Ada"}', code=1)
    assert json.loads(told.stdout)["error"]["stepId"] == "wrong"
    assert "[open_error_port]" in told.stderr
    good.write_text(json.dumps({**GREETING, "start": "done", "steps": [final]}))
    assert call("flow", "run", str(good), "--inputs", '{"name": "Ada"}').stdout == '"Ada"\n'
    answered = answer("flow", "run", str(good), "--inputs", '{"name": "Ada"}')
    assert (answered["status"], answered["output"]) == ("completed", "Ada")


def test_the_log_is_listed_and_taken_out(greeting: str, tmp_path: Path) -> None:
    # Given a flow that was deployed
    flow_id = str(answer("flow", "create", greeting)["id"])
    call("flow", "deploy", flow_id)
    # When its log is listed and taken out
    listed = call("audit", "list", "--flow", flow_id, "--filter", "event:isNot:flow.created").stdout.splitlines()
    file = tmp_path / "audit.csv"
    call("audit", "export", "--flow", flow_id, "--output", str(file))
    # Then it says what was done, and that it was taken out
    assert [line.split()[2] for line in listed[1:]] == ["flow.deployed", "flow.published"]
    assert [row["event"] for row in csv.DictReader(file.read_text().splitlines())] == [
        "flow.deployed",
        "flow.published",
        "flow.created",
    ]
    newest, *_rest = json.loads(call("audit", "list", "--json", "--since", "2020-01-01").stdout)
    assert (newest["event"], newest["userName"]) == ("audit.exported", "Owner")
    assert "[invalid_filter]" in call("audit", "list", "--filter", "nonsense", code=4).stderr


def test_refusals_name_code_and_remedy(greeting: str, monkeypatch: pytest.MonkeyPatch) -> None:
    flow_id = str(answer("flow", "create", greeting)["id"])
    missing = call("flow", "deploy", "nope", code=4)
    assert (missing.stdout, "[not_found]" in missing.stderr, "check the id" in missing.stderr) == ("", True, True)
    wrong = call("flow", "run", flow_id, "--inputs", '{"name": 5}', code=4)
    assert "/inputs/name" in wrong.stderr
    assert json.loads(call("flow", "deploy", "nope", "--json", code=4).stderr)["code"] == "not_found"
    call("flow", "run", flow_id, "--inputs", "{", code=2)
    call("flow", "run", flow_id, "--version", "newest", code=2)
    call("flow", "check", "nowhere.json", code=2)
    monkeypatch.setenv("PEER_SERVER_TOKEN", "psk_wrong")
    assert "[unauthenticated]" in call("flow", "list", code=4).stderr


def test_a_failed_run_exits_with_1(tmp_path: Path) -> None:
    step = {"id": "get", "type": "http-request", "config": {"url": "http://127.0.0.1:1/"}}
    file = tmp_path / "out.json"
    file.write_text(json.dumps({"name": "Out", "start": "get", "steps": [step]}))
    flow_id = str(answer("flow", "create", str(file))["id"])
    assert "[run_failed]" in call("flow", "run", flow_id, code=1).stderr
    (run,) = json.loads(call("run", "list", flow_id, "--json").stdout)
    assert "failed get" in call("run", "show", run["appRunId"], code=1).stdout


def test_nobody_there_exits_with_5(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEER_SERVER_URL", f"http://127.0.0.1:{free_port()}")
    assert "[unreachable]" in call("flow", "list", code=5).stderr


def test_keys_are_made_and_withdrawn(approval: str, server: LiveServer) -> None:
    made = answer("key", "create", "Billing", "--flow", approval, "--scope", "run")
    call("flow", "deploy", approval)
    with PeerServer(server.url, api_key=str(made["key"])) as program:
        assert program.flows.execute(approval, {"amount": 1}).waiting
    listed = call("key", "list", "--flow", approval).stdout
    assert "Billing" in listed
    assert str(made["key"]) not in listed
    call("key", "delete", str(made["id"]), "--flow", approval)
    assert "Billing" not in call("key", "list", "--flow", approval).stdout


def test_people_are_invited(server: LiveServer) -> None:
    invited = call("user", "invite", "ada@example.com", "--role", "admin").stdout
    assert "ada@example.com admin" in " ".join(invited.split())
    assert "ada@example.com" in call("user", "invitations").stdout
    assert "owner" in call("user", "list").stdout


def test_without_a_token_one_is_the_local_owner(
    server: LiveServer, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PEER_SERVER_TOKEN")
    call("user", "list", "--data-dir", str(data_dir))
    with PeerServer(server.url, token=TOKEN) as owner:
        assert [member.role for member in owner.people.list()] == ["owner"]


def test_shells_can_complete() -> None:
    assert "--install-completion" in call("--help").output
