"""Everything that can be set from outside, as ``PEER_SERVER_*`` variables; every value has a working default."""

from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Role = Literal["all", "web", "worker"]


class ModelPrice(BaseModel):
    """What a million tokens of a model cost: those that it is sent, and those that it answers.

    `cached` is for those sent that the provider still knew; without it they cost what the others do.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    prompt: Annotated[Decimal, Field(ge=0)]
    completion: Annotated[Decimal, Field(ge=0)]
    cached: Annotated[Decimal | None, Field(ge=0)] = None


class Settings(BaseSettings):
    """The settings of one process. Unknown variables are ignored; wrong values stop the start with their name."""

    model_config = SettingsConfigDict(
        env_prefix="PEER_SERVER_",
        env_ignore_empty=True,
        extra="ignore",
        use_attribute_docstrings=True,
        populate_by_name=True,
    )

    data_dir: Path = Path(".data")
    """Where the SQLite file, the keys and the uploaded files are; made on the first start, for its owner only."""
    database_url: str = ""
    """``sqlite:///path`` or ``postgresql://…``; empty is a SQLite file in the data directory."""
    redis_url: SecretStr | None = None
    """Where several web nodes count rate limits together. The live bus between them comes later."""
    files_url: str = ""
    """Where uploaded files are: ``s3://bucket/prefix``, ``gs://…``, ``az://…``; empty is a folder in `data_dir`."""
    files_options: dict[str, SecretStr] = {}
    """What that store needs, as JSON: ``{"endpoint": "…", "region": "…", "access_key_id": "…", …}``."""
    host: str = "127.0.0.1"
    """The address to listen on."""
    port: Annotated[int, Field(ge=0, le=65535)] = 8400
    """The port to listen on; 0 takes a free one."""
    role: Role = "all"
    """``all`` in one process, or apart on one PostgreSQL: ``web`` serves people, ``worker`` executes flows."""
    public_url: str = ""
    """The address that people type, with scheme; empty is ``http://host:port``."""
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = ()
    """Further origins whose pages may use the API with a cookie or open a socket, exact, comma-separated."""
    owner_token: SecretStr | None = None
    """Fixes the owner's bearer token; without it the first start prints a one-time sign-in link."""
    owner_name: str = "Owner"
    """The name that others see beside the owner's decisions."""
    smtp_url: SecretStr | None = None
    """Sends mail: ``smtp://user:password@host:587`` (STARTTLS where offered) or ``smtps://…``; else links are shown."""
    mail_from: str = ""
    """The sender of mail; empty is ``peer-server@`` the host of the public URL."""
    oidc_issuer: str = ""
    """The OpenID provider at which people may sign in, as its discovery document names itself."""
    oidc_client_id: str = ""
    """What this server is called there; its redirect URI is the public URL with ``/v1/auth/oidc/callback``."""
    oidc_client_secret: SecretStr | None = None
    """The secret that goes with it, if there is one."""
    oidc_name: str = "Single sign-on"
    """What the button says."""
    oidc_join_domains: Annotated[tuple[str, ...], NoDecode] = ()
    """Domains whose people become members when they first sign in there, by commas; else only who is invited."""
    secret_key: SecretStr | None = None
    """The keyring: base64 keys of 32 bytes, by commas, the first one encrypts; empty is a file in `data_dir`."""
    model: str = ""
    """What ``default`` means in a Peer: ``scripted``, ``openai:<name>`` or ``<langchain provider>:<name>``."""
    openai_api_key: SecretStr | None = Field(
        default=None, validation_alias=AliasChoices("OPENAI_API_KEY", "openai_api_key")
    )
    """The key of the OpenAI-compatible provider."""
    openai_base_url: str = Field(default="", validation_alias=AliasChoices("OPENAI_BASE_URL", "openai_base_url"))
    """The provider's base URL; empty is OpenAI's own."""
    model_prices: dict[str, ModelPrice] = {}
    """What a million tokens cost: ``{"openai:gpt-5": {"prompt": 1.25, "completion": 10, "cached": 0.125}}``."""
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "USD"
    """The currency of these prices, and of connections and budgets that name none."""
    tokens_per_credit: Annotated[int, Field(ge=1)] = 1000
    """How many tokens are one credit."""
    http_allow: Annotated[tuple[str, ...], NoDecode] = ()
    """Private targets that flows may call: ``host``, ``host:port`` or ``host:*``, comma-separated."""
    max_body_bytes: Annotated[int, Field(ge=1024)] = 1 << 20
    """The largest JSON body."""
    max_file_bytes: Annotated[int, Field(ge=1024)] = 25 << 20
    """The largest uploaded file."""
    max_visitor_file_bytes: Annotated[int, Field(ge=1024)] = 5 << 20
    """The largest file that visitors of a public link to a Peer may upload."""
    rate_limit: str = "500/second"
    """Requests per principal: a person, an API key, a resume secret."""
    concurrency_limit: Annotated[int, Field(ge=1)] = 1000
    """Requests of a principal that one process works on at the same time; waiting for a run is one of them."""
    workspace_rate_limit: str = "2000/second"
    """Requests of everybody in one workspace together."""
    address_rate_limit: str = "2000/second"
    """Requests per network address."""
    public_rate_limit: str = "120/minute"
    """Requests of share links per address."""
    visitor_upload_rate_limit: str = "10/minute"
    """Uploads of a visitor of a public link to a Peer, and of all visitors at one address."""
    sign_in_rate_limit: str = "20/minute"
    """Attempts to sign in per address."""
    metrics_token: SecretStr | None = None
    """The bearer token that Prometheus sends to `/metrics`; without it nothing is counted and there is none."""
    metrics_port: Annotated[int, Field(ge=0, le=65535)] | None = None
    """Where a worker has `/metrics`, `/healthz` and `/readyz`, beside `host`; else nowhere. Others: on `port`."""
    drain_s: Annotated[float, Field(ge=0, le=60)] = 5.0
    """How long SIGTERM waits for runs in flight; what is not finished goes on after the next start."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """What goes to the log."""

    @field_validator("allowed_origins", "http_allow", "oidc_join_domains", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("smtp_url")
    @classmethod
    def _is_smtp(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            url = urlsplit(value.get_secret_value())
            if url.scheme not in {"smtp", "smtps"} or not url.hostname:
                raise ValueError("needs smtp://host:port or smtps://host:port")
        return value

    @field_validator("files_url")
    @classmethod
    def _is_a_file_store(cls, value: str) -> str:
        if value and urlsplit(value).scheme not in {"file", "memory", "s3", "gs", "az"}:
            raise ValueError("needs file://, s3://, gs:// or az://")
        return value

    @field_validator("public_url")
    @classmethod
    def _has_scheme(cls, value: str) -> str:
        if value and urlsplit(value).scheme not in {"http", "https"}:
            raise ValueError(f"needs http:// or https://, got {value!r}")
        return value.rstrip("/")

    @cached_property
    def database(self) -> str:
        """The database URL in use."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'peer.db').resolve()}"

    @property
    def files(self) -> str:
        """The URL of the file store in use."""
        return self.files_url or f"file://{(self.data_dir / 'files').resolve()}"

    @property
    def base_url(self) -> str:
        """Where people and callbacks reach this server."""
        host = "127.0.0.1" if self.host in {"0.0.0.0", "::"} else self.host  # noqa: S104 - compared, not bound
        return self.public_url or f"http://{host}:{self.port}"

    @property
    def is_https(self) -> bool:
        """Whether cookies must be marked Secure."""
        return self.base_url.startswith("https://")


def load_settings(**overrides: object) -> Settings:
    """The settings from the environment; overrides that are None are left out.

    Raises:
        pydantic.ValidationError: a value is wrong; the message names it.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    return Settings(**given)  # type: ignore[arg-type] # the command line's values are checked by the model
