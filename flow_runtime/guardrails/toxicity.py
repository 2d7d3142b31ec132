"""`toxicity`: insults and threats, as a model judges them."""

from typing import Annotated, ClassVar, Final

from pydantic import Field

from flow_runtime.errors import Json
from flow_runtime.guardrail import ScanContext, Scanner, ScannerConfig, Verdict
from flow_runtime.judging import judge

_CLAIM: Final = (
    "The text is toxic: it insults, threatens, harasses, demeans people for what they are, or calls for violence or "
    "self-harm. Rude words alone, or reporting what others said, are a low score."
)


class ToxicityConfig(ScannerConfig):
    """Who judges."""

    model: Annotated[str, Field(description="The judge, named as in `ask-to-llm`.")] = "default"


class Toxicity(Scanner[ToxicityConfig]):
    """The risk is how sure a model is that the text is toxic. Each look costs a call of the model."""

    type_name = "toxicity"
    title = "Toxicity"
    summary = "Insults and threats, judged by a model"
    config_model = ToxicityConfig
    example: ClassVar[dict[str, Json]] = {"model": "default"}
    timeout_s = 60.0

    async def scan(self, text: str, config: ToxicityConfig, context: ScanContext) -> Verdict:
        """Ask the judge."""
        return await judge(text, _CLAIM, model=config.model, context=context)
