"""Starting a run and following it: what several resources share."""

from collections.abc import Mapping
from time import monotonic
from typing import Final, Literal
from uuid import uuid4

from peer_server.client.exchange import Json, Operation, Pause, Request, ask
from peer_server.client.problems import RunFailed, WaitedTooLong
from peer_server.client.records import Outcome

Until = Literal["settled", "ended"]
"""``settled``: it has ended or waits for somebody; ``ended``: nothing more happens."""
Version = Literal["draft", "deployed", "latest"] | int
PATIENCE_S: Final = 660.0
"""How long one answer may take: longer than any run may hold a caller."""
_FAILED: Final = 500
_FIRST_S: Final = 0.1
_LONGEST_S: Final = 2.0


def new_key() -> str:
    """A key by which the server knows a request again."""
    return uuid4().hex


def start_request(
    flow_id: str, inputs: Mapping[str, Json], *, is_key: bool, version: Version | None, key: str | None
) -> Request:
    """The request that runs a flow and waits: as a person, or by an API key."""
    if is_key:
        query = {"version": version, "returnExecutionMetadata": True}
        path = f"/v1/client/flow/{flow_id}/execute"
        return Request("POST", path, query, body=dict(inputs), key=key or new_key(), timeout_s=PATIENCE_S)
    body: dict[str, Json] = {"inputs": dict(inputs), "returnExecutionMetadata": True}
    if version is not None:
        body["version"] = version
    path = f"/v1/flow/execute/{flow_id}"
    return Request("POST", path, body=body, key=key or new_key(), timeout_s=PATIENCE_S)


def poll(run_id: str) -> Operation[Outcome]:
    """How far a run is now."""
    reply = yield from ask(Request("GET", f"/v1/flowrun/poll/{run_id}"))
    return Outcome.model_validate(reply.json())


def follow(run_id: str, *, until: Until, timeout_s: float | None) -> Operation[Outcome]:
    """The outcome once it is what is waited for. Raises `WaitedTooLong`; the run goes on."""
    deadline = None if timeout_s is None else monotonic() + timeout_s
    pause_s = _FIRST_S
    while True:
        outcome = yield from poll(run_id)
        if outcome.has_ended or (until == "settled" and outcome.waiting):
            return outcome
        if deadline is not None and monotonic() >= deadline:
            message = f"the run {run_id} is {outcome.status} after {timeout_s} s"
            raise WaitedTooLong("waited_too_long", message, remedy="it goes on: wait again, or look at it later")
        yield Pause(pause_s)
        pause_s = min(pause_s * 1.5, _LONGEST_S)


def good(outcome: Outcome) -> Outcome:
    """The outcome. Raises `RunFailed` if the run ended badly."""
    if not outcome.has_ended or outcome.status == "completed":
        return outcome
    error = outcome.error or {}
    message = error.get("message") or f"the run ended as {outcome.status}"
    document = {"code": f"run_{outcome.status}", "detail": message, "appRunId": outcome.run_id, "error": error}
    told = {name: error[name] for name in ("remedy", "path", "stepId", "category") if error.get(name)}
    raise RunFailed(_FAILED, document | told)
