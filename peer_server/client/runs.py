"""What programs do with runs: look at them, follow them, and answer what they ask."""

from collections.abc import Mapping, Sequence

from peer_server.client.exchange import Json, Listing, Operation, Pause, Request, Shown, ask
from peer_server.client.following import PATIENCE_S, Until, follow, good, poll
from peer_server.client.records import Outcome, Question, RunDetails, Step
from peer_server.client.resource import D, Resource, listing, operation

_LOOK_S = 0.25


class Runs(Resource[D]):
    """Runs, by id: `poll`, `wait` and `watch` follow one, the others answer what it asks.

    `interrupt_id` names the question; without it the run must ask only one.
    """

    @operation
    def poll(self, run_id: str) -> Operation[Outcome]:
        """How far it is now."""
        return poll(run_id)

    @operation
    def wait(self, run_id: str, *, until: Until = "settled", timeout_s: float | None = None) -> Operation[Outcome]:
        """Its outcome once it is settled, or really ended. Raises `WaitedTooLong`; the run goes on."""
        return follow(run_id, until=until, timeout_s=timeout_s)

    @operation
    def details(self, run_id: str) -> Operation[RunDetails]:
        """The full record with its steps, secrets masked."""
        reply = yield from ask(Request("GET", f"/v1/flowrun/details/{run_id}"))
        return RunDetails.model_validate(reply.json())

    @operation
    def steps(self, run_id: str) -> Operation[Sequence[Step]]:
        """Its steps in order."""
        return _steps(run_id)

    @listing
    def watch(self, run_id: str) -> Listing[Step]:
        """Each step as it changes, until the run has ended or waits for somebody."""
        shown: dict[str, Step] = {}
        while True:
            outcome = yield from poll(run_id)
            for step in (yield from _steps(run_id)):
                if shown.get(step.key) != step:
                    shown[step.key] = step
                    yield Shown(step)
            if outcome.has_ended or outcome.waiting:
                return
            yield Pause(_LOOK_S)

    @operation
    def approve(
        self,
        run_id: str,
        *,
        comment: str | None = None,
        edits: Mapping[str, Json] | None = None,
        interrupt_id: str | None = None,
    ) -> Operation[Outcome]:
        """Say yes, and wait for what comes then."""
        body = {"decision": "approve", "comment": comment, "edits": edits}
        return _resume(run_id, body, interrupt_id=interrupt_id)

    @operation
    def reject(self, run_id: str, *, comment: str | None = None, interrupt_id: str | None = None) -> Operation[Outcome]:
        """Say no, and wait for what comes then."""
        return _resume(run_id, {"decision": "reject", "comment": comment}, interrupt_id=interrupt_id)

    @operation
    def decide(
        self,
        run_id: str,
        decision: str,
        *,
        comment: str | None = None,
        form: Mapping[str, Json] | None = None,
        interrupt_id: str | None = None,
    ) -> Operation[Outcome]:
        """Choose any of the decisions that are offered."""
        body = {"decision": decision, "comment": comment, "formData": form}
        return _resume(run_id, body, interrupt_id=interrupt_id)

    @operation
    def submit_form(
        self, run_id: str, values: Mapping[str, Json], *, interrupt_id: str | None = None
    ) -> Operation[Outcome]:
        """Fill in the form. Raises `InvalidRequest` with a fault per field; the run keeps waiting."""
        return _resume(run_id, {"formData": dict(values)}, interrupt_id=interrupt_id)

    @operation
    def submit_tool_result(
        self, run_id: str, output: Json = None, *, error: str | None = None, interrupt_id: str | None = None
    ) -> Operation[Outcome]:
        """Say what a client tool gave, or with `error` that it could not."""
        result: dict[str, Json] = {"success": error is None, "output": output}
        if error is not None:
            result["error"] = error
        return _resume(run_id, {"toolResult": result}, interrupt_id=interrupt_id)

    @operation
    def resume(
        self, run_id: str, resolution: Mapping[str, Json], *, interrupt_id: str | None = None
    ) -> Operation[Outcome]:
        """Answer with a resolution as it is."""
        return _resume(run_id, resolution, interrupt_id=interrupt_id)


def _steps(run_id: str) -> Operation[list[Step]]:
    reply = yield from ask(Request("GET", f"/v1/flowrun/steps/{run_id}"))
    return [Step.model_validate(item) for item in reply.json()["items"]]


def _resume(run_id: str, resolution: Mapping[str, Json], *, interrupt_id: str | None) -> Operation[Outcome]:
    """Answer the question that is open, and wait for what comes then.

    The question is named, so that the same answer sent again counts once and never answers the next question.
    """
    named = interrupt_id or _only((yield from poll(run_id)).questions)
    body: dict[str, Json] = {name: value for name, value in resolution.items() if value is not None}
    body["returnExecutionMetadata"] = True
    if named is not None:
        body["interruptId"] = named
    path = f"/v1/flowrun/resume/{run_id}"
    request = Request("POST", path, body=body, is_same_again=named is not None, timeout_s=PATIENCE_S)
    answer = (yield from ask(request)).json()
    if answer["status"] in {"settled", "already_settled"}:
        return good((yield from follow(run_id, until="settled", timeout_s=None)))
    return Outcome.model_validate(answer)


def _only(questions: Sequence[Question]) -> str | None:
    return questions[0].interrupt_id if len(questions) == 1 else None
