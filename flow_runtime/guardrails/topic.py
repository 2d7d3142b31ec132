"""`topic`: subjects that a model recognises in a text."""

from typing import Annotated, ClassVar

from pydantic import Field

from flow_runtime.errors import Json
from flow_runtime.guardrail import ScanContext, Scanner, ScannerConfig, Verdict
from flow_runtime.judging import judge


class TopicConfig(ScannerConfig):
    """The subjects, and who judges."""

    topics: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=300)], ...],
        Field(min_length=1, max_length=50, description="What the text must not be about."),
    ]
    model: Annotated[str, Field(description="The judge, named as in `ask-to-llm`.")] = "default"


class Topic(Scanner[TopicConfig]):
    """The risk is how sure a model is that the text is about one of the topics. Each look costs a call of the model."""

    type_name = "topic"
    title = "Topics"
    summary = "Subjects that must not come up, judged by a model"
    config_model = TopicConfig
    example: ClassVar[dict[str, Json]] = {"topics": ["medical advice", "other customers"]}
    timeout_s = 60.0

    async def scan(self, text: str, config: TopicConfig, context: ScanContext) -> Verdict:
        """Ask the judge."""
        topics = "\n".join(f"- {topic}" for topic in config.topics)
        claim = f"The text is about, or asks about, at least one of these topics:\n{topics}"
        return await judge(text, claim, model=config.model, context=context)
