"""Responses that are any JSON: written with orjson, without a model in between."""

import orjson
from fastapi import Response

from flow_runtime.errors import Json


class JsonAnswer(Response):
    """One JSON value."""

    media_type = "application/json"

    def __init__(self, value: Json, status_code: int = 200) -> None:
        super().__init__(orjson.dumps(value), status_code)
