"""An S3 server as far as uploaded files need one: objects by path, put whole or in parts, kept in memory."""

import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qs, urlsplit


class S3Server:
    """Listens on a free port of this machine as long as the block lasts."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.parts: dict[str, dict[int, bytes]] = {}
        outer = self

        class Handler(_Handler):
            server_of_objects = outer

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """The endpoint."""
        return f"http://127.0.0.1:{self._http.server_port}"

    @property
    def options(self) -> dict[str, str]:
        """What a client needs beside the bucket."""
        keys = {"access_key_id": "a", "secret_access_key": "s"}
        return {"endpoint": self.url, "region": "us-east-1", "virtual_hosted_style_request": "false", **keys}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_of_objects: S3Server

    def do_PUT(self) -> None:
        data, query = self._body(), self._query()
        if "uploadId" in query:
            self.server_of_objects.parts[query["uploadId"]][int(query["partNumber"])] = data
        else:
            self.server_of_objects.objects[self._key()] = data
        self._answer(200, etag=True)

    def do_POST(self) -> None:
        body = self._body()
        query, key, parts = self._query(), self._key(), self.server_of_objects.parts
        if "delete" in query:
            names = re.findall(r"<Key>(.*?)</Key>", body.decode())
            for name in names:
                self.server_of_objects.objects.pop(f"{key}/{name}", None)
            self._answer(200, _xml("DeleteResult", Deleted="".join(f"<Key>{name}</Key>" for name in names)))
        elif "uploads" in query:
            upload = f"upload{len(parts)}"
            parts[upload] = {}
            self._answer(200, _xml("InitiateMultipartUploadResult", UploadId=upload, Key=key, Bucket="b"))
        else:
            done = parts.pop(query["uploadId"])
            self.server_of_objects.objects[key] = b"".join(done[number] for number in sorted(done))
            self._answer(200, _xml("CompleteMultipartUploadResult", ETag="e", Key=key, Bucket="b", Location="l"))

    def do_GET(self) -> None:
        found = self.server_of_objects.objects.get(self._key())
        if found is None:
            self._answer(404, _xml("Error", Code="NoSuchKey", Message="none"))
            return
        self._answer(200, found, etag=True)

    def do_DELETE(self) -> None:
        query = self._query()
        if "uploadId" in query:
            self.server_of_objects.parts.pop(query["uploadId"], None)
        else:
            self.server_of_objects.objects.pop(self._key(), None)
        self._answer(204)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def _key(self) -> str:
        return urlsplit(self.path).path

    def _query(self) -> dict[str, str]:
        found = parse_qs(urlsplit(self.path).query, keep_blank_values=True)
        return {name: values[0] for name, values in found.items()}

    def _body(self) -> bytes:
        data = self.rfile.read(int(self.headers.get("content-length", "0")))
        if "chunked" in self.headers.get("x-amz-content-sha256", "").lower():
            data = re.sub(rb"[0-9a-f]+;chunk-signature=[0-9a-f]+\r\n", b"", data)
        return data

    def _answer(self, status: int, body: bytes = b"", *, etag: bool = False) -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        if etag:
            self.send_header("etag", '"e"')
            self.send_header("last-modified", "Fri, 20 Nov 2026 10:00:00 GMT")
        self.end_headers()
        self.wfile.write(body)


def _xml(kind: str, **fields: str) -> bytes:
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
    return f'<?xml version="1.0"?><{kind}>{inner}</{kind}>'.encode()
