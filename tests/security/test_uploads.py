"""Names of uploaded files are only ever shown: they reach no path, and no browser renders what was uploaded (X5)."""

from urllib.parse import unquote

import httpx2
import pytest

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
TYPES = ("text/html", "image/svg+xml", "application/javascript", "", "x" * 300)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_reaches_no_path(server: ServerProcess, client: httpx2.Client, name: str) -> None:
    # When a file of that name is uploaded
    before = {"files", *(path.name for path in server.folder.rglob("*"))}
    response = client.post("/v1/file", files={"file": (name, b"content", "text/html")})
    assert response.status_code in {201, 400}, response.text
    if response.status_code == 400:
        return
    file = response.json()
    # Then it is stored under the server's own id, inside its folder
    new = {path.name for path in server.folder.rglob("*")} - before
    assert {found for found in new if file["id"] not in found and not found.startswith("peer.db")} == set()
    assert not {"/", "\\", "\x00", "\r", "\n", "\u202e", "\u200b"} & set(file["name"])
    assert file["name"].strip(".")
    assert len(file["name"]) <= 200
    # And it comes back as an attachment that nothing renders
    download = client.get(f"/v1/file/{file['id']}")
    assert download.content == b"content"
    disposition = download.headers["content-disposition"]
    assert disposition.startswith("attachment;")
    assert unquote(disposition.partition("UTF-8''")[2]) == file["name"]
    assert download.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in download.headers["content-security-policy"]
    assert "set-cookie" not in download.headers


@pytest.mark.parametrize("type", TYPES)
def test_a_type_is_a_type_or_nothing(client: httpx2.Client, type: str) -> None:
    file = ("x.html", b"<script>alert(1)</script>", type)
    response = client.post("/v1/file", files={"file": file})
    assert response.status_code in {201, 400}
    if response.status_code == 201:
        download = client.get(f"/v1/file/{response.json()['id']}")
        assert download.headers["content-disposition"].startswith("attachment;")


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
