"""Responses that are any JSON: written with orjson, without a model in between."""

from collections.abc import Sequence

import orjson
from fastapi import Response
from fastapi.responses import JSONResponse

from flow_runtime.errors import Json
from peer_server.bus import Frame


class JsonAnswer(JSONResponse):
    """One JSON value. By its class FastAPI knows that a `response_model` beside it describes the answer."""

    def __init__(self, value: Json, status_code: int = 200) -> None:
        super().__init__(value, status_code)

    def render(self, content: Json) -> bytes:
        """The bytes."""
        return orjson.dumps(content)


def json_frames(frames: Sequence[Frame], *, epoch: str, last_seq: int) -> Response:
    """Encoded events as one page, not decoded in between."""
    head = orjson.dumps({"epoch": epoch, "lastSeq": last_seq})[:-1]
    body = head + b',"items":[' + b",".join(frame.data for frame in frames) + b"]}"
    return Response(body, media_type="application/json")
