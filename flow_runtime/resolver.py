"""How the runtime learns about flows and their environment, which belong to the layer above."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

from sqlalchemy import Connection

from flow_runtime.errors import Json
from flow_runtime.run import Run


@dataclass(frozen=True, slots=True)
class ResolvedFlow:
    """One version of a flow; its definition is stored under the digest."""

    digest: str
    version: int
    definition: Mapping[str, Json]


class FlowResolver(Protocol):
    """Finds the version of a flow that a step asks for."""

    def resolve(
        self, conn: Connection, *, workspace_id: str, flow_id: str, version: Literal["deployed", "latest"] | int
    ) -> ResolvedFlow:
        """That version. Raises `NotFound` or `Conflict` (nothing published or deployed)."""
        ...


@dataclass(frozen=True, slots=True)
class Environment:
    """The variables of a run's flow and workspace (`env.NAME`), which of them are secret, and every text in those."""

    variables: Mapping[str, Json] = field(default_factory=dict)
    secrets: frozenset[str] = frozenset()
    secret_names: frozenset[str] = frozenset()


LoadEnvironment: TypeAlias = Callable[[Run], Awaitable[Environment]]
"""Called once each time a run is taken up."""


async def no_environment(run: Run) -> Environment:  # noqa: ARG001 - one of several loaders
    """The loader where there are no variables."""
    return Environment()
