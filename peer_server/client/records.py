"""What the server answers, typed. Fields that this version does not know stay on the record."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from peer_server.client.exchange import Json

T = TypeVar("T")


class Record(BaseModel):
    """Base of all records; `as_json()` gives what the server sent."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="allow", frozen=True)

    def as_json(self) -> dict[str, Json]:
        """The record in the words of the HTTP interface."""
        return self.model_dump(mode="json", by_alias=True)


class Page(Record, Generic[T]):
    """Some of many; `next_cursor` is where the next page begins, None at the end."""

    items: list[T]
    next_cursor: str | None = None


class Flow(Record):
    """A flow; `definition` is its draft, which lists leave away."""

    id: str
    name: str
    description: str = ""
    visibility: str = "private"
    draft_rev: int = 0
    latest_version: int | None = None
    deployed_version: int | None = None
    triggers: list[str] = Field(default_factory=list)
    updated_at: datetime | None = None
    definition: dict[str, Json] | None = None


class Findings(Record):
    """What the checks found; each has `code`, `path`, `message`, `remedy`."""

    errors: list[dict[str, Json]]
    warnings: list[dict[str, Json]]
    hints: list[dict[str, Json]]


class Deployed(Record):
    """A version that was published or deployed."""

    version: int


class Question(Record):
    """Something that a run waits for. Fields of its kind stand beside these: `title`, `facts`, `schema`, `args`."""

    type: str
    kind: str
    step_id: str
    run_id: str
    interrupt_id: str
    message: str | None = None
    title: str | None = None
    expires_at: datetime | None = None


class Outcome(Record):
    """How far a run is: what it gave, what it waits for, or why it ended badly."""

    status: str
    run_id: str = Field(alias="appRunId")
    output: Json = None
    rejected: bool = False
    """Somebody said no, and the flow had no way on from there."""
    error: dict[str, Json] | None = None
    questions: list[Question] = Field(default_factory=list, alias="waitStates")
    resume_secret: str | None = None
    """Lets somebody without an account follow and answer this one run."""

    @property
    def waiting(self) -> bool:
        """Whether it waits for somebody; `question` says for what."""
        return self.status == "waiting"

    @property
    def question(self) -> Question | None:
        """The oldest open question."""
        return self.questions[0] if self.questions else None

    @property
    def has_ended(self) -> bool:
        """Whether nothing more happens."""
        return self.status in {"completed", "failed", "cancelled", "timed_out"}


class RunSummary(Record):
    """One row of a list of runs."""

    run_id: str = Field(alias="appRunId")
    status: str
    flow_id: str | None = None
    version: int | None = None
    type: str = "api"
    source: str | None = None
    created_at: datetime
    ended_at: datetime | None = None
    response_time_ms: int | None = None


class Step(Record):
    """One execution of a step."""

    key: str
    step_id: str
    name: str
    type: str | None = None
    status: str
    attempts: int = 1
    port: str | None = None
    output: Json = None
    error: Json = None
    duration_ms: float | None = None


class RunDetails(RunSummary):
    """The full record of a run, secrets masked."""

    inputs: dict[str, Json]
    output: Json = None
    error: dict[str, Json] | None = None
    steps: list[Step] = Field(default_factory=list)
    questions: list[Question] = Field(default_factory=list, alias="waitStates")


class Interrupt(Record):
    """A question, open or answered, as inboxes show it."""

    id: str
    kind: str
    status: str
    run_id: str
    step_id: str
    title: str | None = None
    payload: dict[str, Json]
    conversation_id: str | None = None
    response_schema: dict[str, Json] | None = None
    resolution: Json = None
    decided_by: dict[str, Json] | None = None
    opened_at: datetime
    expires_at: datetime | None = None


class Peer(Record):
    """A Peer with its draft."""

    id: str
    name: str
    description: str = ""
    model: str = "default"
    instructions: str = ""
    attachments: list[dict[str, Json]] = Field(default_factory=list)
    version: int | None = None


class Conversation(Record):
    """A conversation; `conversations.get` adds all that its people see."""

    id: str
    peer_id: str
    peer_name: str = ""
    title: str | None = None
    pinned: bool = False
    archived: bool = False
    open_interrupts: Json = 0
    """How many questions are open; of `get` their ids."""
    last_seq: int = 0


class Message(Record):
    """A message; `text` is there once it is whole."""

    id: str
    role: str
    status: str | None = None
    text: str = ""
    parent_id: str | None = None


class Sent(Record):
    """Where a message went."""

    message_id: str
    turn_id: str | None = None
    seq: int | None = None


class Answered(Record):
    """What a Peer said to a message, and what is asked of people now."""

    text: str
    messages: Sequence[Message]
    questions: Sequence[Mapping[str, Json]]

    @property
    def waiting(self) -> bool:
        """Whether a flow of the conversation waits for somebody."""
        return bool(self.questions)


class StoredFile(Record):
    """An uploaded file; its `id` is an input value."""

    id: str
    name: str
    mime: str
    size: int
    sha256: str
    url: str


class ApiKey(Record):
    """A key; `key` is in the answer that made it, and nowhere else."""

    id: str
    name: str
    prefix: str
    last_characters: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    key: str | None = None


class AuditRecord(Record):
    """What somebody did."""

    seq: int
    at: datetime
    event: str
    category: str
    user_name: str
    ip: str | None = None
    description: str


class Member(Record):
    """Somebody in the workspace."""

    id: str
    name: str
    email: str | None = None
    role: str


class Invitation(Record):
    """Somebody who was invited; `link` is in the answer that made it if no mail could be sent."""

    id: str
    email: str
    role: str
    link: str | None = None
    expires_at: datetime | None = None
