"""`pii`: personal data, by presidio (the extra ``peer-server[pii]``)."""

from functools import lru_cache
from importlib.util import find_spec
from typing import Annotated, Any, ClassVar, Final

from pydantic import Field

from flow_runtime.errors import Json
from flow_runtime.guardrail import CLEAN, LocalScanner, ScannerConfig, Span, Verdict

_INSTALL: Final = "install it: pip install 'peer-server[pii]'"
_USUAL: Final = (
    "CREDIT_CARD",
    "CRYPTO",
    "EMAIL_ADDRESS",
    "IBAN_CODE",
    "IP_ADDRESS",
    "MEDICAL_LICENSE",
    "PHONE_NUMBER",
    "US_SSN",
)


class PiiConfig(ScannerConfig):
    """What counts."""

    entities: Annotated[
        tuple[str, ...],
        Field(min_length=1, max_length=50, description="Kinds of data, as presidio calls them: EMAIL_ADDRESS, …"),
    ] = _USUAL


class Pii(LocalScanner[PiiConfig]):
    """The risk is how sure the best finding is. Found by patterns, checksums and the words around them.

    Names of people and places need a language model and are not found. Nothing is asked of the network.
    """

    type_name = "pii"
    title = "Personal data"
    summary = "E-mail addresses, card and account numbers, phone numbers"
    config_model = PiiConfig
    example: ClassVar[dict[str, Json]] = {"entities": ["EMAIL_ADDRESS", "CREDIT_CARD", "IBAN_CODE"]}
    default_threshold = 0.4
    can_redact = True
    is_slow = True
    timeout_s = 30.0

    def missing(self) -> str:
        """The extra, unless it is there."""
        return "" if find_spec("presidio_analyzer") else _INSTALL

    def look(self, text: str, config: PiiConfig) -> Verdict:
        """Let presidio look."""
        results = _analyzer().analyze(text, language="en", entities=list(config.entities))
        if not results:
            return CLEAN
        spans = [Span(result.start, result.end, result.entity_type) for result in results]
        kinds = ", ".join(sorted({result.entity_type for result in results}))
        return Verdict(min(max(float(result.score) for result in results), 1.0), f"looks like: {kinds}", spans)


@lru_cache(maxsize=1)
def _analyzer() -> Any:  # noqa: ANN401 - an optional library
    """Imported once somebody uses it: that takes seconds. Its language has no model, so none is downloaded."""
    import spacy
    import tldextract
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import NerModelConfiguration, SpacyNlpEngine

    class BlankEngine(SpacyNlpEngine):  # type: ignore[misc] # presidio may be absent, so it is Any
        """Splits words, and knows nothing of them."""

        def __init__(self) -> None:
            super().__init__(ner_model_configuration=NerModelConfiguration())
            self.nlp = {"en": spacy.blank("en")}

        def load(self) -> None:
            """There is nothing to load."""

    # tldextract would ask the network for the newest list of domains once.
    tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=())
    registry = RecognizerRegistry(supported_languages=["en"])
    registry.load_predefined_recognizers(languages=["en"])
    return AnalyzerEngine(registry=registry, nlp_engine=BlankEngine(), supported_languages=["en"])
