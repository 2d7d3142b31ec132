"""Runs that nobody asks for by hand: what a schedule or an event from outside starts. Never a draft."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from flow_runtime.errors import Json
from flow_runtime.run import Run, StartRun, Trigger
from flow_runtime.store import Transaction
from peer_server.services.flows.directory import Directory
from peer_server.services.runs.runs import check_inputs

Start: TypeAlias = Callable[[Transaction, StartRun], Run]
BATCH = -1
"""The priority of work that nobody waits for, so that a flood of it keeps nobody waiting."""


def start_triggered(
    tx: Transaction,
    start: Start,
    *,
    directory: Directory,
    workspace_id: str,
    flow_id: str,
    inputs: Mapping[str, Json],
    trigger: Trigger,
    started_by: str | None,
    idempotency_key: str | None,
    environment: str = "production",
) -> Run:
    """Start the deployed version (else the newest published one) in this transaction.

    Raises `NotFound`; `Conflict` ``not_published``; `InvalidDefinition` ``invalid_inputs``. Then nothing was started.
    """
    flow = directory.resolve(tx.conn, workspace_id=workspace_id, flow_id=flow_id, version="deployed")
    check_inputs(flow.definition, inputs)
    return start(
        tx,
        StartRun(
            workspace_id=workspace_id,
            kind="flow",
            inputs=inputs,
            trigger=trigger,
            definition_digest=flow.digest,
            flow_id=flow_id,
            version=flow.version,
            environment=environment,
            started_by=started_by,
            idempotency_key=idempotency_key,
            active_budget_s=flow.definition.settings.async_timeout_s,
            priority=BATCH,
        ),
    )
