"""An S3 server as far as uploaded files need one: objects by path, put whole or in parts, listed, kept in memory."""

import re
import threading
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final, Self
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

MOST_KEYS: Final = 100
"""Of one page of a list; the real one gives up to ten times as many."""


class S3Server:
    """Listens on a free port of this machine as long as the block lasts."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.changed: dict[str, datetime] = {}
        self.parts: dict[str, dict[int, bytes]] = {}
        outer = self

        class Handler(_Handler):
            server_of_objects = outer

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def url(self) -> str:
        """The endpoint."""
        return f"http://127.0.0.1:{self._http.server_port}"

    @property
    def options(self) -> dict[str, str]:
        """What a client needs beside the bucket."""
        keys = {"access_key_id": "a", "secret_access_key": "s"}
        return {"endpoint": self.url, "region": "us-east-1", "virtual_hosted_style_request": "false", **keys}

    def keep(self, path: str, data: bytes) -> None:
        """Store an object under its path with the bucket."""
        self.objects[path] = data
        self.changed[path] = datetime.now(UTC)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # Answers go out whole: head and body apart wait for each other.
    server_of_objects: S3Server

    def do_PUT(self) -> None:
        data, query = self._body(), self._query()
        if "uploadId" in query:
            self.server_of_objects.parts[query["uploadId"]][int(query["partNumber"])] = data
        else:
            self.server_of_objects.keep(self._key(), data)
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
            self.server_of_objects.keep(key, b"".join(done[number] for number in sorted(done)))
            self._answer(200, _xml("CompleteMultipartUploadResult", ETag="e", Key=key, Bucket="b", Location="l"))

    def do_GET(self) -> None:
        query = self._query()
        if "list-type" in query:
            self._list(query)
            return
        found = self.server_of_objects.objects.get(self._key())
        if found is None:
            self._answer(404, _xml("Error", Code="NoSuchKey", Message="none"))
            return
        self._answer(200, found, etag=True)

    def do_HEAD(self) -> None:
        found = self.server_of_objects.objects.get(self._key())
        self._answer(404 if found is None else 200, found or b"", etag=found is not None)

    def _list(self, query: dict[str, str]) -> None:
        """Keys with the prefix in their order, page by page; the token of a page is the last key of the one before."""
        bucket, prefix, after = (
            f"{self._key().rstrip('/')}/",
            query.get("prefix", ""),
            query.get("continuation-token", ""),
        )
        keys = sorted(path.removeprefix(bucket) for path in self.server_of_objects.objects if path.startswith(bucket))
        found = [key for key in keys if key.startswith(prefix) and key > after]
        page = found[: min(int(query.get("max-keys", MOST_KEYS)), MOST_KEYS)]
        contents = "".join(self._listed(bucket, key) for key in page)
        more = f"<NextContinuationToken>{escape(page[-1])}</NextContinuationToken>" if len(page) < len(found) else ""
        told = f"<IsTruncated>{str(bool(more)).lower()}</IsTruncated><KeyCount>{len(page)}</KeyCount>{more}{contents}"
        self._answer(200, f'<?xml version="1.0"?><ListBucketResult>{told}</ListBucketResult>'.encode())

    def _listed(self, bucket: str, key: str) -> str:
        held = self.server_of_objects
        at = held.changed[bucket + key].strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        size = len(held.objects[bucket + key])
        return (
            f"<Contents><Key>{escape(key)}</Key><LastModified>{at}</LastModified>"
            f"<ETag>&quot;e&quot;</ETag><Size>{size}</Size></Contents>"
        )

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
            at = self.server_of_objects.changed.get(self._key(), datetime.now(UTC))
            self.send_header("last-modified", format_datetime(at, usegmt=True))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _xml(kind: str, **fields: str) -> bytes:
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
    return f'<?xml version="1.0"?><{kind}>{inner}</{kind}>'.encode()
