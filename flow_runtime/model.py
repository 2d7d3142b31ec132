"""The model contract: what is given to a language model and what streams back. Adapters live in `flow_runtime.models`.

``ChatModel.stream`` yields *batches*: all deltas that one network read brought, so that whoever listens pays once per
read and not once per token. Fold them with `flow_runtime.model_reply.ReplyBuilder`.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable

from flow_runtime.errors import FlowError, Json

# --- what a model is given -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TextPart:
    """A piece of text in a user message."""

    text: str


@dataclass(frozen=True, slots=True)
class ImagePart:
    """A picture in a user message. `url` is a ``data:`` URL or one that the provider itself can reach."""

    url: str


@dataclass(frozen=True, slots=True)
class FilePart:
    """A document in a user message, as a ``data:`` URL. Give text files as `TextPart`: every model reads those."""

    name: str
    data_url: str


Part = TextPart | ImagePart | FilePart
"""One piece of a user message."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A model's wish to call a tool. `arguments` is the JSON text exactly as the model wrote it, valid or not."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class SystemMessage:
    """Instructions, or facts that the server itself states."""

    text: str


@dataclass(frozen=True, slots=True)
class UserMessage:
    """What a person said: plain text, or parts."""

    content: str | tuple[Part, ...]

    @property
    def text(self) -> str:
        """The text parts, joined by line breaks."""
        if isinstance(self.content, str):
            return self.content
        return "\n".join(part.text for part in self.content if isinstance(part, TextPart))


@dataclass(frozen=True, slots=True)
class AssistantMessage:
    """What a model said, and the tools it wanted. Every call must be answered by a `ToolMessage` directly after it."""

    text: str = ""
    tool_calls: tuple[ToolCall, ...] = ()


@dataclass(frozen=True, slots=True)
class ToolMessage:
    """The result of one tool call, as text (JSON for anything structured)."""

    tool_call_id: str
    content: str


Message = SystemMessage | UserMessage | AssistantMessage | ToolMessage
"""One entry of the history that a model is given; see `flow_runtime.model_history.check_history` for the rules."""


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool as a model sees it. `parameters` is the JSON Schema of its arguments, an object schema."""

    name: str
    description: str
    parameters: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One call of a model.

    `model` is the name as the provider knows it. None leaves a setting to the provider. `response_schema` asks for an
    answer that is JSON of that schema; providers do not promise it, so validate. `timeout_s` limits the whole call,
    retries included. `options` are for one adapter only: the scripted model reads ``script`` and ``delayMs``.
    """

    model: str
    messages: Sequence[Message]
    tools: Sequence[ToolSpec] = ()
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    response_schema: Mapping[str, Json] | None = None
    timeout_s: float | None = None
    options: Mapping[str, Json] = field(default_factory=dict)


# --- what streams back -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TextDelta:
    """More of the answer's text."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolCallDelta:
    """More of the tool call number `index`. Id and name come once, the arguments in any number of pieces."""

    index: int
    id: str | None = None
    name: str | None = None
    arguments: str = ""


@dataclass(frozen=True, slots=True)
class UsageDelta:
    """Tokens of the whole call so far; a later one replaces an earlier one.

    `cached_tokens` are those of the prompt that the provider still knew. `price` is {amount, currency}, filled in by
    whoever knows what the model costs.
    """

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    cached_tokens: int = 0
    price: Mapping[str, Json] | None = None


@dataclass(frozen=True, slots=True)
class FinishDelta:
    """Why the model stopped: ``stop``, ``tool_calls``, ``length``, ``content_filter``, or the provider's own word."""

    reason: str


Delta = TextDelta | ToolCallDelta | UsageDelta | FinishDelta
"""One piece of a streamed answer."""


class ChatModel(Protocol):
    """A language model behind one connection."""

    def stream(self, request: ModelRequest) -> AsyncGenerator[list[Delta], None]:
        """Stream the answer as non-empty batches; close the generator (`contextlib.aclosing`) to stop early.

        Raises `ModelError`. Everything that was yielded before stays valid, so a cut answer can be kept in part.
        """
        ...

    async def prepare(self) -> None:
        """Do now what the first call would have to do: import libraries, off the event loop. Idempotent, optional."""
        ...

    async def close(self) -> None:
        """Give back connections. Idempotent; the model may not be used afterwards."""
        ...


@runtime_checkable
class Moderator(Protocol):
    """A connection that judges texts itself, beside its chat models."""

    async def moderate(self, model: str, text: str) -> Mapping[str, float]:
        """How surely, from 0 to 1, the text falls under each of the provider's categories. Raises `ModelError`."""
        ...


@runtime_checkable
class Embedder(Protocol):
    """A connection that says what texts mean, as vectors: texts that mean alike point the same way."""

    async def embed(self, model: str, texts: Sequence[str]) -> tuple[Sequence[Sequence[float]], int]:
        """A vector for each text, in order, and the tokens that they took. Raises `ModelError`."""
        ...


ModelErrorCode = Literal[
    "rate_limited", "provider_error", "authentication", "timeout", "stream_cut", "context_length", "bad_request"
]
"""What can go wrong with a model call.

``stream_cut`` means that the answer broke off after it had begun; ``provider_error`` that the provider failed, could
not be reached, or spoke nonsense.
"""


class ModelError(FlowError):
    """A model call failed. Adapters have retried already where that is safe.

    `is_retryable` says whether the same call may work later; `retry_after_s` when, if the provider said so.
    """

    def __init__(
        self,
        code: ModelErrorCode,
        message: str,
        *,
        is_retryable: bool = False,
        retry_after_s: float | None = None,
        remedy: str = "",
    ) -> None:
        super().__init__(code, message, remedy=remedy)
        self.is_retryable = is_retryable
        self.retry_after_s = retry_after_s
