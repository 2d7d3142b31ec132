"""Names of uploaded files are only ever shown: they reach no path, and no browser renders what was uploaded (X5)."""

import itertools
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import httpx2
import pytest

from tests.fakes.flows import GREETING
from tests.faults.server_process import ServerProcess

NAMES = (
    "../../etc/passwd",
    "..\\..\\windows\\system32",
    "/etc/passwd",
    "C:\\boot.ini",
    "....//....//x",
    "%2e%2e%2fx",
    "a/b/c.txt",
    "\u202etxt.exe",
    "zero\u200bwidth",
    'quote".txt',
    "line\r\nSet-Cookie: a=b",
    "nul\x00byte",
    "..",
    ".",
    "CON",
    "a" * 5000,
    "<script>alert(1)</script>.html",
    "peer.db",
    "~root",
    "$(id)",
    "; rm -rf x",
)
MANY_NAMES = [
    "".join(parts)
    for parts in itertools.product(
        (
            "../",
            "../../../../",
            "..\\",
            "%2e%2e%2f",
            "..%c0%af",
            "....//",
            "/",
            "\\\\host\\share\\",
            "file:///",
            "C:\\",
        ),
        ("etc/passwd", "peer.db", "secret.key", "files/x", "con.txt"),
        ("", "\x00.png", "/", ".", " "),
    )
]
"""250 ways out of a folder, if a name were ever taken for a path."""
TYPES = ("text/html", "image/svg+xml", "application/javascript", "", "x" * 300)


Json = Any
Upload = Callable[[str], httpx2.Response]


def assert_name_reaches_no_path(server: ServerProcess, name: str, *, upload: Upload) -> Json:
    """Upload a file of that name: it is refused (None), or stored under the server's own id, inside its folder."""
    before = {"files", "audit-anchors.jsonl", *(path.name for path in server.folder.rglob("*"))}
    response = upload(name)
    assert response.status_code in {201, 400}, (name, response.text)
    if response.status_code == 400:
        return None
    file = response.json()
    new = {path.name for path in server.folder.rglob("*")} - before
    assert {found for found in new if file["id"] not in found and not found.startswith("peer.db")} == set()
    assert not {"/", "\\", "\x00", "\r", "\n", "\u202e", "\u200b"} & set(file["name"])
    assert file["name"].strip(".")
    assert len(file["name"]) <= 200
    return file


def assert_comes_back_as_bytes(client: httpx2.Client, file: Json) -> None:
    """The download is an attachment that nothing renders."""
    download = client.get(f"/v1/file/{file['id']}")
    assert download.content == b"content"
    disposition = download.headers["content-disposition"]
    assert disposition.startswith("attachment;")
    assert unquote(disposition.partition("UTF-8''")[2]) == file["name"]
    assert download.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in download.headers["content-security-policy"]
    assert "set-cookie" not in download.headers


def doors(client: httpx2.Client) -> dict[str, Upload]:
    """Every way to upload a file: as a person, with a key, through a share link."""
    flow_id = client.post("/v1/flow", json={"definition": GREETING}).json()["id"]
    client.post(f"/v1/flow/{flow_id}/publish")
    client.post(f"/v1/flow/{flow_id}/deploy")
    token = client.post(f"/v1/flow/{flow_id}/share", json={"rateLimit": 1000}).json()["token"]
    key = client.post("/v1/workspace/api-key", json={"name": "Test"}).json()["key"]

    def door(path: str, **headers: str) -> Upload:
        def upload(name: str) -> httpx2.Response:
            return client.post(path, files={"file": (name, b"content", "text/html")}, headers=headers)

        return upload

    return {
        "person": door("/v1/file"),
        "key": door("/v1/client/file", Authorization=f"Bearer {key}"),
        "link": door(f"/v1/flow/share/file/{token}"),
    }


@pytest.mark.promise("X5")
@pytest.mark.parametrize("name", NAMES)
def test_a_name_reaches_no_path(server: ServerProcess, client: httpx2.Client, name: str) -> None:
    def upload(name: str) -> httpx2.Response:
        return client.post("/v1/file", files={"file": (name, b"content", "text/html")})

    if file := assert_name_reaches_no_path(server, name, upload=upload):
        assert_comes_back_as_bytes(client, file)


@pytest.mark.promise("X5")
@pytest.mark.soak
def test_many_names_reach_no_path_through_any_door(server: ServerProcess, client: httpx2.Client) -> None:
    for door, upload in doors(client).items():
        # Requests without sign-in are limited to 120 a minute.
        for name in MANY_NAMES[::3] if door == "link" else MANY_NAMES:
            file = assert_name_reaches_no_path(server, name, upload=upload)
            if file and door == "person":  # The others read it as whoever they are.
                assert_comes_back_as_bytes(client, file)


def assert_export_is_named_as_a_file(client: httpx2.Client, name: str) -> None:
    """Name a flow so and take it out: the download has a plain name, in its folder."""
    made = client.post("/v1/flow", json={"definition": {**GREETING, "name": name}})
    assert made.status_code in {201, 400, 422}, (name, made.text)
    if made.status_code != 201:
        return
    for wanted in ("json", "zip"):
        exported = client.get(f"/v1/flow/{made.json()['id']}/export", params={"format": wanted})
        assert exported.status_code == 200, (name, exported.text)
        plain, _, spelled = exported.headers["content-disposition"].partition("filename*=UTF-8''")
        assert plain.startswith('attachment; filename="')
        assert "set-cookie" not in exported.headers
        for shown in (plain, unquote(spelled)):
            assert not {"/", "\\", "\x00", "\r", "\n"} & set(shown), (name, shown)


@pytest.mark.promise("X5")
@pytest.mark.parametrize("name", NAMES)
def test_an_export_is_named_as_a_file(client: httpx2.Client, name: str) -> None:
    assert_export_is_named_as_a_file(client, name)


@pytest.mark.promise("X5")
@pytest.mark.soak
def test_many_exports_are_named_as_files(client: httpx2.Client) -> None:
    for name in MANY_NAMES:
        assert_export_is_named_as_a_file(client, name)


@pytest.mark.parametrize("type", TYPES)
def test_a_type_is_a_type_or_nothing(client: httpx2.Client, type: str) -> None:
    file = ("x.html", b"<script>alert(1)</script>", type)
    response = client.post("/v1/file", files={"file": file})
    assert response.status_code in {201, 400}
    if response.status_code == 201:
        download = client.get(f"/v1/file/{response.json()['id']}")
        assert download.headers["content-disposition"].startswith("attachment;")


@pytest.mark.promise("X5")
@pytest.mark.parametrize("file_id", ["../peer.db", "..%2fpeer.db", "%2e%2e/secret.key", "x", "a" * 5000, "%00"])
def test_an_id_is_no_path(client: httpx2.Client, file_id: str) -> None:
    response = client.get(f"/v1/file/{file_id}")
    assert response.status_code in {400, 404}


def test_json_is_no_upload(client: httpx2.Client) -> None:
    body = {"file": {"filepath": "/etc/passwd", "filename": "x", "path": "/etc/passwd"}}
    assert client.post("/v1/file", json=body).status_code in {400, 415, 422}


def test_an_upload_that_is_too_large_is_refused(client: httpx2.Client) -> None:
    response = client.post("/v1/file", files={"file": ("x", b"a" * ((25 << 20) + 1))})
    assert (response.status_code, response.json()["code"]) == (413, "file_too_large")
