"""The outside world of a case: it answers as the case says, and remembers what it was asked."""

import fnmatch
from collections.abc import Mapping
from typing import Any, Final, Self
from urllib.parse import unquote

import httpx2
import orjson

from flow_runtime.errors import InvalidDefinition, Json, NotFound, StepFailed
from flow_runtime.model import Delta, FinishDelta, ModelRequest, TextDelta, ToolCallDelta, ToolSpec, UsageDelta
from flow_runtime.models.catalog import ChosenModel
from flow_runtime.models.retry import Batches
from flow_runtime.resolver import ResolvedFlow
from flow_runtime.run import Run
from peer_server.cli.cases.case_file import Case, HttpAnswer, ModelAnswer
from peer_server.peers.toolset import parameters_of

CALLBACK_URL: Final = "https://callback.invalid"


class ScriptedHttp:
    """Answers requests by the list of the case; what is not on it fails as nobody would answer it."""

    def __init__(self, answers: list[HttpAnswer]) -> None:
        self.requests: list[dict[str, Json]] = []
        self.unexpected: list[str] = []
        self._answers = list(answers)
        self.client = httpx2.AsyncClient(transport=httpx2.MockTransport(self._answer))

    async def _answer(self, request: httpx2.Request) -> httpx2.Response:
        url = str(request.url)
        self.requests.append(
            {"method": request.method, "url": url, "headers": dict(request.headers), "body": _body(request)}
        )
        for answer in self._answers:
            if answer.method.upper() == request.method and _is_meant(answer.url, url):
                if not answer.always:
                    self._answers.remove(answer)
                return _response(answer, request)
        self.unexpected.append(f"{request.method} {url}")
        raise httpx2.ConnectError("the case has no answer for this request", request=request)


def _is_meant(pattern: str, url: str) -> bool:
    """Whether the URL fits, spelled as it was sent or as people write it; only `*` is special."""
    plain = pattern.replace("[", "[[]").replace("?", "[?]")
    return any(fnmatch.fnmatchcase(spelled, plain) for spelled in (url, unquote(url)))


def _response(answer: HttpAnswer, request: httpx2.Request) -> httpx2.Response:
    if answer.failure == "timeout":
        raise httpx2.ReadTimeout("as the case says", request=request)
    if answer.failure == "unreachable":
        raise httpx2.ConnectError("as the case says", request=request)
    if isinstance(answer.body, str):
        return httpx2.Response(answer.status, headers=answer.headers, text=answer.body)
    if answer.body is None:
        return httpx2.Response(answer.status, headers=answer.headers)
    return httpx2.Response(answer.status, headers=answer.headers, json=answer.body)


def _body(request: httpx2.Request) -> Json:
    if not request.content:
        return None
    try:
        return orjson.loads(request.content)
    except orjson.JSONDecodeError:
        return request.content.decode(errors="replace")


class ScriptedModels:
    """The one model of a case, whatever name a step asks for; it is its own catalogue."""

    def __init__(self, answers: list[str | ModelAnswer]) -> None:
        self._answers = list(answers)
        self._calls = 0

    def for_run(self, run: Run) -> Self:
        """The same model: nobody pays for a case."""
        return self

    def resolve(self, name: str, workspace_id: str = "") -> ChosenModel:
        """The model."""
        return ChosenModel(self, name, "scripted")

    async def stream(self, request: ModelRequest) -> Batches:
        """The next answer. Raises `StepFailed` ``no_scripted_answer`` once there is none left."""
        if not self._answers:
            message = f"the case has no answer for the model's call {self._calls + 1}"
            raise StepFailed("no_scripted_answer", message, remedy="add one under model")
        given, self._calls = self._answers.pop(0), self._calls + 1
        answer = ModelAnswer(say=given) if isinstance(given, str) else given
        text = answer.say if answer.data is None else orjson.dumps(answer.data).decode()
        deltas: list[Delta] = [TextDelta(text)] if text else []
        if answer.call is not None:
            arguments = orjson.dumps(answer.call.args).decode()
            deltas.append(ToolCallDelta(0, f"call_{self._calls}", answer.call.tool, arguments))
        yield [*deltas, UsageDelta(0, 0, 0), FinishDelta("stop" if answer.call is None else "tool_calls")]

    async def prepare(self) -> None:
        """Nothing to prepare."""

    async def close(self) -> None:
        """Nothing to close."""


class ScriptedPeers:
    """Peers that reply as the case says."""

    def __init__(self, replies: Mapping[str, list[str]]) -> None:
        self._replies = {peer_id: list(each) for peer_id, each in replies.items()}

    async def __call__(self, _run: Run, *, peer_id: str, message: str, key: str) -> dict[str, Json]:
        """The next reply. Raises `NotFound` for a Peer that has none."""
        if not self._replies.get(peer_id):
            raise NotFound("not_found", f"the case has no reply of the Peer {peer_id!r}", remedy="add one under peers")
        return {"reply": self._replies[peer_id].pop(0)}


class ScriptedFlows:
    """The flows that a flow may run, by the ids that the file gives them: each has one version, which is deployed."""

    def __init__(self, flows: Mapping[str, tuple[str, Mapping[str, Json]]]) -> None:
        self._flows = flows

    def resolve(self, _conn: object, *, workspace_id: str, flow_id: str, version: object) -> ResolvedFlow:
        """That flow. Raises `NotFound`."""
        digest, definition = self._find(flow_id)
        return ResolvedFlow(digest, 1, definition)

    async def __call__(self, _workspace_id: str, flow_id: str, _version: object) -> ToolSpec:
        """How it looks as a tool."""
        _, definition = self._find(flow_id)
        name = str(definition["name"])
        return ToolSpec(name, str(definition.get("description") or name), parameters_of(definition.get("inputs", {})))

    def _find(self, flow_id: str) -> tuple[str, Mapping[str, Json]]:
        if flow_id not in self._flows:
            remedy = "name its file under flows"
            raise NotFound("not_found", f"the cases name no file for the flow {flow_id!r}", remedy=remedy)
        return self._flows[flow_id]


def callback_url(interrupt_id: str) -> tuple[str, str]:
    """A URL that nobody calls, and a hash that nothing fits: callbacks come from the case."""
    return f"{CALLBACK_URL}/{interrupt_id}", interrupt_id


def check_answers(case: Case) -> None:
    """Raise `InvalidDefinition` for an answer that says nothing, or two things."""
    for index, answer in enumerate(case.answers):
        said: dict[str, Any] = answer.model_dump(exclude_unset=True, exclude={"step", "after", "comment", "edits"})
        if len(said) != 1 and said.keys() != {"decision", "form"}:
            message = (
                f"{case.name}: an answer is one of decision, form, cancel, toolResult, toolError, callback, expire"
            )
            raise InvalidDefinition("invalid_cases", message, path=f"/answers/{index}")
