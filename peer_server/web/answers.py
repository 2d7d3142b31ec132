"""Responses that are any JSON: written with orjson, without a model in between."""

from collections.abc import Sequence

import orjson
from fastapi import Response

from flow_runtime.errors import Json
from peer_server.bus import Frame


class JsonAnswer(Response):
    """One JSON value."""

    media_type = "application/json"

    def __init__(self, value: Json, status_code: int = 200) -> None:
        super().__init__(orjson.dumps(value), status_code)


def json_frames(frames: Sequence[Frame], *, epoch: str, last_seq: int) -> Response:
    """Encoded events as one page, not decoded in between."""
    head = orjson.dumps({"epoch": epoch, "lastSeq": last_seq})[:-1]
    body = head + b',"items":[' + b",".join(frame.data for frame in frames) + b"]}"
    return Response(body, media_type="application/json")
