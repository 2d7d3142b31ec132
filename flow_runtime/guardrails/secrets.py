"""`secrets`: keys and tokens, by the patterns of detect-secrets."""

from collections.abc import Iterator
from functools import lru_cache
from importlib import import_module
from typing import Annotated, Any, ClassVar, Final

from pydantic import Field

from flow_runtime.errors import Json
from flow_runtime.guardrail import CLEAN, LocalScanner, ScannerConfig, Span, Verdict
from flow_runtime.patterns import compile_pattern

_DETECTORS: Final = {
    "artifactory": "ArtifactoryDetector",
    "aws": "AWSKeyDetector",
    "azure_storage_key": "AzureStorageKeyDetector",
    "basic_auth": "BasicAuthDetector",
    "cloudant": "CloudantDetector",
    "discord": "DiscordBotTokenDetector",
    "github_token": "GitHubTokenDetector",
    "gitlab_token": "GitLabTokenDetector",
    "ibm_cloud_iam": "IbmCloudIamDetector",
    "ibm_cos_hmac": "IbmCosHmacDetector",
    "jwt": "JwtTokenDetector",
    "mailchimp": "MailchimpDetector",
    "npm": "NpmDetector",
    "openai": "OpenAIDetector",
    "pypi_token": "PypiTokenDetector",
    "sendgrid": "SendGridDetector",
    "slack": "SlackDetector",
    "softlayer": "SoftlayerDetector",
    "square_oauth": "SquareOAuthDetector",
    "stripe": "StripeDetector",
    "telegram_token": "TelegramBotTokenDetector",
    "twilio": "TwilioKeyDetector",
}
"""Those that know a token by its form. The ones that guess by entropy or by words call too much a secret."""
_PRIVATE_KEY: Final = r"(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----(.*?-----END [A-Z ]*PRIVATE KEY-----)?"
_PRODUCT_KEY: Final = r"\b(sk|pk|ghp|psk|pst|xox[abp])[-_][A-Za-z0-9_-]{20,}"
_LONGEST_LINE: Final = 4_000
"""Longer lines are looked at in pieces, because some of these patterns backtrack."""
_OVERLAP: Final = 500


class SecretsConfig(ScannerConfig):
    """What counts."""

    kinds: Annotated[
        tuple[str, ...],
        Field(description="Only these kinds, as results name them (aws, jwt, private_key, …); none means all."),
    ] = ()


class Secrets(LocalScanner[SecretsConfig]):
    """The risk is 1 if a key or token is found, else 0. Nothing is asked of the network."""

    type_name = "secrets"
    title = "Secrets"
    summary = "Keys, tokens and passwords in addresses"
    config_model = SecretsConfig
    example: ClassVar[dict[str, Json]] = {}
    can_redact = True
    is_slow = True

    def look(self, text: str, config: SecretsConfig) -> Verdict:
        """Let every detector look at every line."""
        found = [span for span in _found(text) if not config.kinds or span.label.lower() in config.kinds]
        if not found:
            return CLEAN
        return Verdict(1.0, "looks like: " + ", ".join(sorted({span.label.lower() for span in found})), found)


def _found(text: str) -> Iterator[Span]:
    for start, end in compile_pattern(_PRIVATE_KEY).spans(text):
        yield Span(start, end, "PRIVATE_KEY")
    for start, end in compile_pattern(_PRODUCT_KEY).spans(text):
        yield Span(start, end, "API_KEY")
    for offset, piece in _pieces(text):
        for kind, detector in _detectors():
            for secret in filter(None, set(detector.analyze_string(piece))):
                yield from _places(piece, secret, offset=offset, label=kind.upper())


def _places(piece: str, secret: str, *, offset: int, label: str) -> Iterator[Span]:
    at = piece.find(secret)
    while at >= 0:
        yield Span(offset + at, offset + at + len(secret), label)
        at = piece.find(secret, at + len(secret))


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """The lines of the text with their places, long ones cut into pieces that overlap."""
    at = 0
    for line in text.splitlines(keepends=True):
        for start in range(0, max(len(line) - _OVERLAP, 1), _LONGEST_LINE - _OVERLAP):
            yield at + start, line[start : start + _LONGEST_LINE]
        at += len(line)


@lru_cache(maxsize=1)
def _detectors() -> tuple[tuple[str, Any], ...]:
    """Imported once somebody uses them: it takes a tenth of a second."""
    return tuple(
        (kind, getattr(import_module(f"detect_secrets.plugins.{kind}"), name)()) for kind, name in _DETECTORS.items()
    )
