"""`moderation`: what the provider's own moderation says of a text."""

from typing import Annotated, ClassVar

from pydantic import Field

from flow_runtime.errors import Json, StepFailed
from flow_runtime.guardrail import CLEAN, ScanContext, Scanner, ScannerConfig, Verdict
from flow_runtime.model import Moderator


class ModerationConfig(ScannerConfig):
    """Whose moderation, and what of it counts."""

    model: Annotated[str, Field(pattern=r"^[^:\s]+:\S+$", description="The connection and its moderation model.")] = (
        "openai:omni-moderation-latest"
    )
    categories: Annotated[
        tuple[str, ...], Field(description="Only these categories, as the provider names them; none means all.")
    ] = ()


class Moderation(Scanner[ModerationConfig]):
    """The risk is the highest score of a category, as `POST /moderations` of the provider gives it."""

    type_name = "moderation"
    title = "Moderation of the provider"
    summary = "Hate, violence and the like, judged by the model's provider"
    config_model = ModerationConfig
    example: ClassVar[dict[str, Json]] = {"model": "openai:omni-moderation-latest", "categories": ["hate", "violence"]}
    timeout_s = 30.0

    async def scan(self, text: str, config: ModerationConfig, context: ScanContext) -> Verdict:
        """Ask the provider."""
        if context.models is None:
            raise StepFailed("model_unavailable", "this runtime was given no models", category="connection")
        chosen = context.models.resolve(config.model, context.workspace_id)
        if not isinstance(chosen.chat, Moderator):
            raise StepFailed("no_moderation", f"the connection of {config.model!r} offers no moderation")
        scores = await chosen.chat.moderate(chosen.name, text)
        counted = {name: score for name, score in scores.items() if not config.categories or name in config.categories}
        if not counted:
            return CLEAN
        worst = max(counted, key=lambda name: counted[name])
        return Verdict(min(max(counted[worst], 0.0), 1.0), f"category {worst}")
