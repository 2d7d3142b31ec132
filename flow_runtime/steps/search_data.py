"""`search-data`: finds passages in the documents of data sources."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from flow_runtime.errors import FlowError, Json, NotFound, StepFailed
from flow_runtime.step import Done, Effect, Outcome, StepConfig, StepContext, StepType, TemplatedText


class SearchDataConfig(StepConfig):
    """Where to look, and for what."""

    sources: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=100)], ...],
        Field(min_length=1, max_length=20, title="Data sources", description="Their names or ids."),
    ]
    query: Annotated[TemplatedText, Field(min_length=1, description="What to look for, in words or as a question.")]
    limit: Annotated[int, Field(ge=1, le=50)] = 5
    threshold: Annotated[float, Field(ge=0, le=1, description="How well a passage must fit, from 0 to 1.")] = 0.0


class SearchData(StepType[SearchDataConfig]):
    """Output: `{results: [{text, source, document, place?, score, sourceId, documentId}]}`, the best first."""

    type_name = "search-data"
    title = "Search data"
    summary = "Look something up in documents"
    category = "data"
    effect = Effect.IDEMPOTENT
    config_model = SearchDataConfig
    example: ClassVar[dict[str, Json]] = {
        "sources": ["Employee handbook"],
        "query": "{{ inputs.question }}",
        "limit": 3,
    }

    def timeout_s(self, config: SearchDataConfig) -> float:
        """One minute."""
        return 60.0

    async def run(self, config: SearchDataConfig, context: StepContext) -> Outcome:
        """Search. Raises `StepFailed` ``data_source_not_found``, ``data_source_unavailable``."""
        if context.services.search is None:
            raise StepFailed("data_source_unavailable", "this runtime has no data sources", category="connection")
        try:
            found: Mapping[str, Json] = await context.services.search(
                context.run.workspace_id,
                config.sources,
                query=context.text("query"),
                limit=config.limit,
                threshold=config.threshold,
            )
        except StepFailed:
            raise
        except FlowError as error:
            code = "data_source_not_found" if isinstance(error, NotFound) else error.code
            remedy = error.remedy or "choose another data source; /v1/data-source lists them"
            raise StepFailed(code, error.message, category="connection", remedy=remedy) from error
        return Done({"results": found["results"]}, usage=found["usage"])
