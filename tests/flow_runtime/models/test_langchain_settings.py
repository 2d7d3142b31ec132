"""Settings of a request reach a LangChain model by whatever name its provider has for them."""

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import ConfigDict, Field

from flow_runtime.errors import Json
from flow_runtime.model import ModelError, ModelRequest, TextDelta, UserMessage
from flow_runtime.models.langchain import LangChainChat

pytestmark = pytest.mark.anyio


class Echo(BaseChatModel):
    """Answers with the settings that it has; it knows none but its temperature."""

    temperature: float | None = None

    @property
    def _llm_type(self) -> str:
        return "echo"

    def _generate(self, messages: list[BaseMessage], *_: object, **__: object) -> ChatResult:
        settings = self.model_dump(include={"temperature", "num_predict", "max_output_tokens", "limit"})
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content=str(settings)))])


class LikeOllama(Echo):
    """The number of tokens is one to predict."""

    num_predict: int | None = None


class LikeGemini(Echo):
    """The number of tokens is one of the output."""

    max_output_tokens: int | None = None


class LikeAnthropic(Echo):
    """The field has a name of its own, and the usual one as alias."""

    model_config = ConfigDict(populate_by_name=True)
    limit: int | None = Field(default=None, alias="max_tokens")


async def said(model: BaseChatModel, **settings: Json) -> str:
    chat = LangChainChat(lambda: model)
    batches = chat.stream(ModelRequest("echo", [UserMessage("Hi")], timeout_s=10, **settings))
    return "".join([delta.text async for batch in batches for delta in batch if isinstance(delta, TextDelta)])


@pytest.mark.parametrize(
    ("kind", "field"), [(LikeOllama, "num_predict"), (LikeGemini, "max_output_tokens"), (LikeAnthropic, "limit")]
)
async def test_the_most_tokens_are_said_in_the_models_words(kind: type[Echo], field: str) -> None:
    assert f"'{field}': 7" in await said(kind(), max_tokens=7, temperature=0.5)
    assert f"'{field}': None" in await said(kind())


async def test_a_setting_that_a_model_lacks_is_named() -> None:
    with pytest.raises(ModelError, match="Echo has no setting top_p, max_tokens") as refused:
        await said(Echo(), max_tokens=7, top_p=0.5)
    assert (refused.value.code, refused.value.is_retryable) == ("bad_request", False)
    assert refused.value.remedy
