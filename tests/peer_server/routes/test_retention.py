"""What goes for good: deletion now, the sweep, and what both leave alone."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import orjson
import pytest
from sqlalchemy import Connection, inspect, text

from flow_runtime.errors import Json
from peer_server.cli.sweeping import sweep as sweep_by_command
from peer_server.services.retention.report import SweepReport
from peer_server.stores.purging import mark_purged
from peer_server.stores.sweeps import claim_sweep, get_sweep
from tests.fakes.flows import APPROVAL, GREETING, make_flow, make_peer
from tests.fakes.live_server import LiveServer
from tests.fakes.people import join
from tests.fakes.socket_talk import SocketClient
from tests.fakes.timed_server import timed_server

pytestmark = pytest.mark.anyio
CANARY = "canary-7f3a"
ECHO: dict[str, Json] = {
    "name": "Echo",
    "triggers": [{"type": "api"}, {"type": "peer.action"}],
    "inputs": {"type": "object", "properties": {"text": {"type": "string"}, "file": {"type": "string"}}},
    "start": "form",
    "steps": [
        {
            "id": "form",
            "type": "show-form",
            "config": {
                "title": "More",
                "schema": {"type": "object", "properties": {"more": {"type": "string"}}},
            },
            "output": "filled",
            "next": {"submitted": "done", "cancelled": "done"},
        },
        {"id": "done", "type": "final", "config": {"output": {"echo": "{{ text }}", "filled": "{{ filled }}"}}},
    ],
}


def dump(conn: Connection) -> str:
    """Every row of every table."""
    tables = inspect(conn).get_table_names()
    assert len(tables) > 40
    return "\n".join(f"{name}: {row}" for name in tables for row in conn.execute(text(f'SELECT * FROM "{name}"')))


def everything(server: LiveServer) -> str:
    """The database and the folder of files."""
    folder = server.settings.data_dir / "files"
    found = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file()) if folder.exists() else b""
    database: str = server.run(server.services.store.read(dump))
    return database + found.decode(errors="replace")


async def upload(client: httpx2.AsyncClient, content: str, name: str = "report.txt") -> str:
    made = await client.post("/v1/file", files={"file": (name, content.encode(), "text/plain")})
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def talk(server: LiveServer, client: httpx2.AsyncClient, peer_id: str, word: str, *, wait: bool = False) -> str:
    """A conversation with a message, a file, a run of the flow, a half-typed and then a submitted form."""
    file_id = await upload(client, f"bytes of {word}", f"{word}.txt")
    token = client.headers["authorization"].removeprefix("Bearer ")
    async with server.socket() as connection:
        socket = SocketClient(connection)
        await socket.hello(token)
        conversation_id = (await socket.command("conversation.open", peerId=peer_id))["conversationId"]
        parts = [{"type": "text", "text": f"See {word}"}, {"type": "file", "fileId": file_id}]
        await socket.command("message.send", conversationId=conversation_id, clientMessageId="1", content=parts)
        await socket.event("turn.finished")
        call = f'/echo {{"text": "{word}"}}'
        await socket.command("message.send", conversationId=conversation_id, clientMessageId="2", content=call)
        asked = await socket.event("interrupt.opened")
        await socket.event("turn.finished")  # The Peer says that it waits; the outcome is a turn of its own.
        values = {"more": f"typed {word}"}
        await socket.command("form.draft", interruptId=asked["interruptId"], values=values, rev=0)
        if wait:
            return str(conversation_id)
        await socket.command("interrupt.resume", interruptId=asked["interruptId"], resolution={"formData": values})
        await socket.event("turn.finished")
    await client.patch(f"/v1/conversation/{conversation_id}", json={"title": f"About {word}"})
    return str(conversation_id)


async def echo_peer(owner: httpx2.AsyncClient) -> str:
    flow_id = await make_flow(owner, ECHO, deploy=True)
    return await make_peer(owner, {"flowId": flow_id, "toolName": "echo"})


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest) -> str:
    return "" if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))


async def test_what_is_deleted_permanently_is_nowhere(tmp_path: Path, store_url: str) -> None:
    with LiveServer(tmp_path, database_url=store_url) as server:
        async with server.client() as owner:
            peer_id = await echo_peer(owner)
            # Given two conversations with all that a conversation can have
            gone, kept = await talk(server, owner, peer_id, CANARY), await talk(server, owner, peer_id, "plain-words")
            assert CANARY in everything(server)
            # When one is deleted permanently
            deleted = await owner.delete(f"/v1/conversation/{gone}", params={"permanently": True})
            # Then nothing of it is left in any table, nor among the files
            assert deleted.status_code == 204, deleted.text
            found = everything(server)
            assert [line[:200] for line in found.splitlines() if CANARY in line] == []
            # And the other one has all that it had
            assert found.count("plain-words") > 5
            view = (await owner.get(f"/v1/conversation/{kept}")).json()
            assert view["title"] == "About plain-words"
            # And the audit log keeps the fact
            records = (
                await owner.get("/v1/workspace/audit", params={"filter": "event:is:conversation.deleted"})
            ).json()
            assert [(one["objectId"], one["userName"]) for one in records["items"]] == [(gone, "Owner")]
            # And it cannot be brought back, nor deleted again
            for path, method in ((gone, "GET"), (f"{gone}/restore", "POST"), (f"{gone}?permanently=true", "DELETE")):
                assert (await owner.request(method, f"/v1/conversation/{path}")).status_code == 404


async def test_what_runs_or_waits_keeps_its_conversation(tmp_path: Path) -> None:
    with timed_server(tmp_path) as server:
        async with server.client() as owner:
            # Given a conversation with an open form, which is deleted
            conversation_id = await talk(server, owner, await echo_peer(owner), CANARY, wait=True)
            refused = await owner.delete(f"/v1/conversation/{conversation_id}", params={"permanently": True})
            assert (refused.status_code, refused.json()["code"]) == (409, "conversation_in_use")
            await owner.delete(f"/v1/conversation/{conversation_id}")
            # When the time of deleted conversations is over
            server.clock.advance(timedelta(days=31).total_seconds())
            # Then it stays, and is told of
            assert counts(sweep(server)) == {"held": 1}
            assert (await owner.post(f"/v1/conversation/{conversation_id}/restore")).status_code == 200


def sweep(server: LiveServer) -> SweepReport:
    """Sweep now."""
    report: SweepReport | None = server.run(server.services.retention.sweeper.sweep_now())
    assert report is not None
    return report


def counts(report: SweepReport) -> dict[str, int]:
    return {kind: count for kind, count in report.counts.items() if kind not in ("credentials", "keptAnswers")}


async def set_retention(owner: httpx2.AsyncClient, **days: Json) -> None:
    changed = await owner.patch("/v1/workspace/retention", json=days)
    assert changed.status_code == 200, changed.text


async def test_the_sweep_removes_what_is_kept_no_longer(tmp_path: Path, store_url: str) -> None:
    with timed_server(tmp_path, database_url=store_url) as server:
        async with server.client() as owner:
            # Given a deleted conversation, an unused one, a run, a waiting run, a file without use, and one in a draft
            peer_id = await echo_peer(owner)
            deleted, unused = [await talk(server, owner, peer_id, f"{CANARY}-{name}") for name in ("a", "b")]
            await owner.delete(f"/v1/conversation/{deleted}")
            flow_id, asking = await make_flow(owner, GREETING), await make_flow(owner, APPROVAL)
            await owner.post(
                f"/v1/flow/execute/{flow_id}", json={"inputs": {"name": f"{CANARY}-run"}, "version": "draft"}
            )
            waits = {"inputs": {"amount": 5}, "version": "draft"}
            waiting = (await owner.post(f"/v1/flow/execute/{asking}", json=waits)).json()["appRunId"]
            await upload(owner, f"{CANARY}-orphan")
            named = await upload(owner, "a logo")
            step = {"id": "done", "type": "final", "config": {"output": {"logo": named}}}
            await make_flow(owner, {**GREETING, "inputs": {}, "steps": [step]})
            # When 40 days pass under the defaults, it is first only counted
            server.clock.advance(timedelta(days=40).total_seconds())
            looked: SweepReport = server.run(server.services.retention.sweeper.look())
            assert looked.dry_run
            assert counts(looked) == {"conversations": 1, "files": 1}
            # Then the deleted conversation goes, and the file that nothing holds or names
            assert counts(sweep(server)) == {"conversations": 1, "files": 2}
            left = everything(server)
            assert f"{CANARY}-a" not in left
            assert f"{CANARY}-orphan" not in left
            assert (await owner.get(f"/v1/file/{named}")).content == b"a logo"
            assert (await owner.get(f"/v1/conversation/{unused}")).status_code == 200
            # And with shorter times the unused conversation and the ended run, not the one that waits
            await set_retention(owner, conversationDays=30, runDays=30)
            swept = counts(sweep(server))
            assert swept == {"conversations": 1, "runs": 1, "files": 1}
            assert CANARY not in everything(server)
            assert (await owner.get(f"/v1/flowrun/poll/{waiting}")).json()["status"] == "waiting"
            # And the log says what went, sealed as before
            server.clock.advance(1)
            query = {"filter": "event:is:workspace.swept"}
            records = (await owner.get("/v1/workspace/audit", params=query)).json()["items"]
            assert [one["userName"] for one in records] == ["Retention", "Retention"]
            assert (await owner.get("/v1/workspace/audit/verify")).json()["ok"] is True


async def test_the_sweep_is_due_every_hour_and_one_process_does_it(tmp_path: Path) -> None:
    with timed_server(tmp_path) as server:
        # Given that somebody is at it
        sweeper, store = server.services.retention.sweeper, server.services.store
        now = server.clock.now()
        assert server.run(store.write(claim_sweep, "other", now=now, until=now + timedelta(minutes=5), early=True))
        # Then nobody else begins, by hand or by the clock
        assert server.run(sweeper.sweep_now()) is None
        assert server.pass_time(timedelta(minutes=1)) == 0
        # When that process is not heard of any more
        # Then this one goes on
        assert server.pass_time(timedelta(minutes=5)) >= 1
        assert server.run(store.read(get_sweep)).claim != "other"


def sweep_beside(capsys: pytest.CaptureFixture[str], data_dir: Path, *, dry_run: bool) -> dict[str, Json]:
    assert sweep_by_command(data_dir=data_dir, dry_run=dry_run, as_json=True)
    found: dict[str, Json] = orjson.loads(capsys.readouterr().out)
    return found


async def test_the_command_sweeps_beside_a_server(
    tmp_path: Path, store_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with LiveServer(tmp_path, database_url=store_url) as server:
        async with server.client() as owner:
            # Given a conversation whose permanent deletion broke off in the middle
            gone = await talk(server, owner, await echo_peer(owner), CANARY)
            server.run(server.services.store.write(mark_purged, gone, now=datetime.now(UTC)))
            if store_url:
                monkeypatch.setenv("PEER_SERVER_DATABASE_URL", store_url)
            # When the command counts, and then sweeps
            looked = await asyncio.to_thread(sweep_beside, capsys, tmp_path, dry_run=True)
            assert (looked["dryRun"], looked["counts"]) == (True, {"conversations": 1})
            assert CANARY in everything(server)
            swept = await asyncio.to_thread(sweep_beside, capsys, tmp_path, dry_run=False)
            # Then nothing of it is left, and the log of the running server is sound
            assert swept["counts"] == {"conversations": 1, "files": 1}
            assert CANARY not in everything(server)
            assert (await owner.get("/v1/workspace/audit/verify")).json()["ok"] is True


async def test_spent_credentials_and_visitors_go_and_no_ended_session_comes_back(tmp_path: Path) -> None:
    with timed_server(tmp_path) as server:
        async with server.client() as owner:
            token = (await owner.post("/v1/me/token", json={"name": "t"})).json()
            link = (await owner.post(f"/v1/peer/{await make_peer(owner)}/link", json={})).json()["token"]
            await owner.delete(f"/v1/me/token/{token['id']}")
            async with server.anonymous() as stranger:
                await stranger.post("/v1/auth/visit", json={"token": link, "name": CANARY})
            # When all of them have been over for long
            server.clock.advance(timedelta(days=400).total_seconds())
            report = sweep(server)
            # Then their rows are gone, also the visitor who left nothing
            assert report.counts["visitors"] == 1
            assert CANARY not in everything(server)
            headers = {"Authorization": f"Bearer {token['token']}"}
            assert (await owner.get("/v1/me", headers=headers)).status_code == 401


async def test_members_see_the_settings_and_admins_change_them(server: LiveServer, owner: httpx2.AsyncClient) -> None:
    ada = await join(server, owner, "Ada")
    assert (await ada.client.get("/v1/workspace/retention")).json()["deletedConversationDays"] == 30
    assert (await ada.client.patch("/v1/workspace/retention", json={"runDays": 7})).status_code == 403
    changed = (await owner.patch("/v1/workspace/retention", json={"runDays": 7, "deliveryDays": None})).json()
    assert (changed["runDays"], changed["deliveryDays"], changed["conversationDays"]) == (7, None, None)
    assert (await owner.patch("/v1/workspace/retention", json={"runDays": 0})).status_code == 400
    query = {"filter": "event:is:workspace.edited"}
    record = (await owner.get("/v1/workspace/audit", params=query)).json()["items"][0]
    assert record["details"]["run_days"] == {"before": None, "after": 7}


async def test_files_are_counted_and_refused_before_they_are_stored(
    server: LiveServer, owner: httpx2.AsyncClient
) -> None:
    # Given limits for the workspace and for each person
    ada, bo = await join(server, owner, "Ada"), await join(server, owner, "Bo")
    await owner.patch("/v1/workspace/file-quota", json={"workspaceBytes": 250, "personBytes": 100})
    first = await upload(ada.client, "x" * 60)
    folder = server.settings.data_dir / "files"
    before = sorted(path.name for path in folder.iterdir())
    # When somebody stores more than that, also at once
    over = await ada.client.post("/v1/file", files={"file": ("a", b"x" * 41)})
    # Then it is refused with the figures, and nothing was stored
    assert (over.status_code, over.json()["code"]) == (413, "file_quota_exceeded")
    assert over.json()["details"] == {"whose": "person", "limit": 100, "used": 60, "size": 41}
    assert sorted(path.name for path in folder.iterdir()) == before
    fits = await asyncio.gather(*(bo.client.post("/v1/file", files={"file": ("b", b"x" * 60)}) for _ in range(4)))
    assert sorted(one.status_code for one in fits) == [201, 413, 413, 413]
    # And the usage says so, to admins by person
    usage = (await ada.client.get("/v1/workspace/usage")).json()["files"]
    assert usage["own"] == {"count": 1, "bytes": 60, "limit": 100}
    assert usage["workspace"] == {"count": 2, "bytes": 120, "limit": 250}
    assert usage["people"] is None
    people = (await owner.get("/v1/workspace/usage")).json()["files"]["people"]
    assert {one["name"]: one["bytes"] for one in people} == {"Ada": 60, "Bo": 60}
    # And what is deleted makes room
    await ada.client.delete(f"/v1/file/{first}")
    await upload(ada.client, "x" * 100)
    await owner.patch("/v1/workspace/file-quota", json={"workspaceBytes": None, "personBytes": None})


async def test_visitors_upload_into_their_own_conversation_and_no_more(tmp_path: Path) -> None:
    limits = {"max_visitor_file_bytes": 1024, "visitor_upload_rate_limit": "4/minute"}
    with LiveServer(tmp_path, **limits) as server:
        async with server.client() as owner:
            peer_id = await make_peer(owner)
            link = (await owner.post(f"/v1/peer/{peer_id}/link", json={})).json()["token"]
            visitors = []
            for _ in range(2):
                async with server.anonymous() as stranger:
                    session = (await stranger.post("/v1/auth/visit", json={"token": link})).json()["session"]
                visitors.append(server.client(headers={"Authorization": f"Bearer {session}"}))
            mia, zoe = visitors
            # When a visitor uploads a file and sends it
            file_id = await upload(mia, "my receipt")
            talk = (await mia.post("/v1/conversation", json={"peerId": peer_id})).json()["id"]
            message = {"content": [{"type": "file", "fileId": file_id}]}
            assert (await mia.post(f"/v1/conversation/{talk}/message", json=message)).status_code == 201
            # Then they read it, and no other visitor reads it or sends it on
            assert (await mia.get(f"/v1/file/{file_id}")).content == b"my receipt"
            assert (await zoe.get(f"/v1/file/{file_id}")).status_code == 404
            other = (await zoe.post("/v1/conversation", json={"peerId": peer_id})).json()["id"]
            assert (await zoe.post(f"/v1/conversation/{other}/message", json=message)).status_code == 404
            # And files are smaller, and fewer, than those of people
            large = await mia.post("/v1/file", files={"file": ("a", b"x" * 1025)})
            assert (large.status_code, large.json()["code"]) == (413, "file_too_large")
            await owner.patch("/v1/workspace/file-quota", json={"visitorBytes": 20})
            full = await mia.post("/v1/file", files={"file": ("a", b"x" * 11)})
            assert (full.json()["code"], full.json()["details"]["whose"]) == ("file_quota_exceeded", "visitor")
            often = [await mia.post("/v1/file", files={"file": ("a", b"x")}) for _ in range(2)]
            assert [one.status_code for one in often] == [201, 429]
            for client in visitors:
                await client.aclose()
