"""Names of models."""

import pytest

from flow_runtime.errors import InvalidDefinition
from flow_runtime.model import ModelError
from flow_runtime.models.catalog import OPENAI_DEFAULT, ModelCatalog, ModelSettings
from flow_runtime.models.langchain import LangChainChat, load_by_name
from flow_runtime.models.openai import OpenAIChat
from flow_runtime.models.scripted import ScriptedChat


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (ModelSettings(), "scripted"),
        (ModelSettings(openai_api_key="k"), OPENAI_DEFAULT),
        (ModelSettings(default_model="anthropic:x", openai_api_key="k"), "anthropic:x"),
        (ModelSettings(default_model="scripted", openai_api_key="k"), "scripted"),
    ],
    ids=["nothing", "key", "named", "named-scripted"],
)
def test_default(settings: ModelSettings, expected: str) -> None:
    chosen = ModelCatalog(settings).resolve("default")
    assert chosen.full_name == expected
    assert chosen.is_scripted == (expected == "scripted")


def test_each_kind_of_name_finds_its_adapter() -> None:
    catalog = ModelCatalog(ModelSettings(openai_api_key="k"))
    assert isinstance(catalog.resolve("scripted").chat, ScriptedChat)
    assert isinstance(catalog.resolve("openai:gpt-5.5").chat, OpenAIChat)
    assert isinstance(catalog.resolve("anthropic:claude").chat, LangChainChat)
    assert catalog.resolve("openai:ft:gpt:me").name == "ft:gpt:me"


def test_openai_models_share_one_connection_and_others_have_their_own() -> None:
    catalog = ModelCatalog(ModelSettings(openai_api_key="k"))
    assert catalog.resolve("openai:a").chat is catalog.resolve("openai:b").chat
    assert catalog.resolve("groq:a").chat is not catalog.resolve("groq:b").chat
    assert catalog.resolve("groq:a").chat is catalog.resolve("groq:a").chat


@pytest.mark.parametrize("name", ["", "gpt-5", "openai:", ":x"])
def test_an_unknown_name_says_what_there_is(name: str) -> None:
    with pytest.raises(InvalidDefinition) as failure:
        ModelCatalog(ModelSettings()).resolve(name)
    assert failure.value.code == "unknown_model"
    assert "openai:<name>" in failure.value.remedy


@pytest.mark.anyio
async def test_openai_without_a_key_says_so() -> None:
    catalog = ModelCatalog(ModelSettings())
    with pytest.raises(ModelError) as failure:
        await catalog.resolve("openai:gpt-5.5").chat.prepare()
    assert failure.value.code == "authentication"
    await catalog.close()
    await catalog.close()


@pytest.mark.parametrize("name", ["nobody:model", "anthropic:claude"])
def test_a_missing_provider_says_what_to_install(name: str) -> None:
    with pytest.raises(ModelError) as failure:
        load_by_name(name)
    assert failure.value.code == "bad_request"
    assert "peer-server[langchain]" in failure.value.remedy


def test_a_provider_that_is_there_loses_its_own_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setenv("OPENAI_API_VERSION", "1")
    assert getattr(load_by_name("azure_openai:gpt"), "max_retries", None) == 0
