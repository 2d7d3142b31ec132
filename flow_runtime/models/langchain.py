"""Any LangChain chat model behind our contract: by ``provider:model`` (extra ``[langchain]``) or as an instance.

LangChain costs one to two seconds to import; that happens in a thread, with the first call or with `prepare`.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping
from contextlib import aclosing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson

from flow_runtime.errors import Json
from flow_runtime.model import ModelError, ModelRequest, SystemMessage, TextDelta
from flow_runtime.models.openai_request import tool_json
from flow_runtime.models.provider_errors import error_of
from flow_runtime.models.retry import Batches, RetryPolicy, stream_with_retry

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel


_INSTALL = "Install the extra peer-server[langchain] and the provider's LangChain package, and set its key."

_OTHER_NAMES: Mapping[str, Collection[str]] = {
    "max_tokens": {"max_output_tokens", "max_completion_tokens", "max_new_tokens", "num_predict"}
}
"""What packages of providers call a setting."""


class LangChainChat:
    """One LangChain chat model. It decides its name itself, so `ModelRequest.model` is not read.

    `load` makes the model, once, in a thread. Give an instance of your own ``max_retries=0``: retries happen here.
    """

    def __init__(self, load: "Callable[[], BaseChatModel]", *, retry: RetryPolicy | None = None) -> None:
        self._load = load
        self._retry = retry or RetryPolicy()
        self._model: BaseChatModel | None = None

    def stream(self, request: ModelRequest) -> Batches:
        """Stream the answer; one chunk makes one batch."""
        return stream_with_retry(lambda: self._attempt(request), policy=self._retry, timeout_s=request.timeout_s)

    async def prepare(self) -> None:
        """Import LangChain and make the model. Raises ``bad_request`` if the provider's package is missing."""
        await self._ready()

    async def close(self) -> None:
        """Nothing to give back: LangChain owns its connections."""

    async def _ready(self) -> "BaseChatModel":
        if self._model is None:
            self._model = await asyncio.to_thread(self._load)
            # Imported here too, so that the first call finds it ready.
            await asyncio.to_thread(__import__, "flow_runtime.models.langchain_messages")
        return self._model

    async def _attempt(self, request: ModelRequest) -> Batches:
        has_begun = False
        try:
            model = _with_settings(await self._ready(), request)
            batches = _answer_by_schema(model, request) if _wants_schema_only(request) else _answer(model, request)
            async with aclosing(batches):
                async for batch in batches:
                    has_begun = True
                    yield batch
        except ModelError:
            raise
        except Exception as raised:
            raise error_of(raised, has_begun=has_begun, now=datetime.now(UTC)) from raised


def load_by_name(name: str, *, api_key: str | None = None) -> "BaseChatModel":
    """The chat model ``provider:model`` with that key, without its retries.

    Whatever else it needs, and the key if there is none, is in the provider's own environment variables.

    Raises ``bad_request`` with the package to install if it is missing, or for an unknown provider.
    """
    try:
        from langchain.chat_models import init_chat_model

        given: dict[str, Any] = {} if api_key is None else {"api_key": api_key}
        model: BaseChatModel = init_chat_model(name, **given)
        # Not every provider has the setting, and only the made model tells.
        return init_chat_model(name, max_retries=0, **given) if "max_retries" in type(model).model_fields else model
    except ValueError as error:
        if api_key is not None:  # What pydantic says of a wrong value may repeat it.
            raise ModelError("bad_request", f"no chat model {name!r}: {type(error).__name__}") from None
        raise ModelError("bad_request", f"no chat model {name!r}: {error}", remedy=_INSTALL) from error
    except ImportError as error:
        raise ModelError("bad_request", f"no chat model {name!r}: {error}", remedy=_INSTALL) from error


def _wants_schema_only(request: ModelRequest) -> bool:
    return request.response_schema is not None and not request.tools


async def _answer(model: "BaseChatModel", request: ModelRequest) -> Batches:
    from flow_runtime.models.langchain_messages import ChunkReader, langchain_messages

    messages = list(request.messages)
    if request.response_schema is not None:
        # LangChain cannot bind tools and an answer schema at once for every provider, so the schema is put into words.
        schema = orjson.dumps(dict(request.response_schema)).decode()
        messages.insert(0, SystemMessage(f"Your final answer must be nothing but JSON of this JSON Schema: {schema}"))
    runnable = model.bind_tools([tool_json(tool) for tool in request.tools]) if request.tools else model
    reader = ChunkReader()
    # Any: `astream` is declared as a plain iterator but is a generator, which must be closed to free the connection.
    chunks: Any = runnable.astream(langchain_messages(messages))
    async with aclosing(chunks):
        async for chunk in chunks:
            if batch := reader.feed(chunk):
                yield batch
    yield reader.end()


async def _answer_by_schema(model: "BaseChatModel", request: ModelRequest) -> Batches:
    """One whole JSON answer, by whatever method the provider has for it."""
    from flow_runtime.models.langchain_messages import ChunkReader, langchain_messages

    schema: dict[str, Json] = {"title": "answer", **(request.response_schema or {})}
    structured = model.with_structured_output(schema, include_raw=True)
    answer: Mapping[str, Any] = await structured.ainvoke(langchain_messages(request.messages))  # type: ignore[assignment]  # include_raw gives a dict
    raw, parsed = answer["raw"], answer["parsed"]
    reader = ChunkReader()
    reader.feed(raw)
    text = str(raw.text) if parsed is None else orjson.dumps(parsed).decode()
    yield [TextDelta(text), *reader.end()]


def _with_settings(model: "BaseChatModel", request: ModelRequest) -> "BaseChatModel":
    """The model with the request's settings, which LangChain models carry as fields."""
    wanted = {"temperature": request.temperature, "top_p": request.top_p, "max_tokens": request.max_tokens}
    fields = {name: _field_of(type(model), name) for name, value in wanted.items() if value is not None}
    if missing := [name for name, field in fields.items() if field is None]:
        remedy = "Leave it out, or choose another model."
        raise ModelError("bad_request", f"{type(model).__name__} has no setting {', '.join(missing)}", remedy=remedy)
    update = {field: wanted[name] for name, field in fields.items() if field is not None}
    return model.model_copy(update=update) if update else model


def _field_of(kind: "type[BaseChatModel]", setting: str) -> str | None:
    """The field of that kind of model which holds a setting, whatever the provider calls it; None if it has none."""
    for name, field in kind.model_fields.items():
        if setting in {name, field.alias} or name in _OTHER_NAMES.get(setting, ()):
            return name
    return None
