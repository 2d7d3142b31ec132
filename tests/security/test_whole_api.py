"""The whole HTTP API as its OpenAPI document describes it: whatever fits the document, and much that does not, is sent.

Every answer is one that the document names, of its type and shape, and no failure is the server's own.
"""

import asyncio
import socket
from collections.abc import Iterable, Iterator
from typing import Any, Final

import httpx2
import hypothesis
import pytest
import requests
import schemathesis
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.schemas import APIOperation

from tests.fakes.live_server import TOKEN, LiveServer
from tests.security.access_world import AccessWorld
from tests.services.postgres import PostgresServer

pytestmark = [
    pytest.mark.timeout(3000),
    # Hypothesis takes numbers that the server draws meanwhile, in its thread, for ones of a strategy.
    pytest.mark.filterwarnings("ignore:Do not use the `random` module:hypothesis.errors.HypothesisDeprecationWarning"),
]

NOT_CHECKED: Final = {
    "negative_data_rejection": "inputs of flows, definitions and drafts are any JSON, so nothing there is negative",
    "positive_data_acceptance": "what fits a schema may still name a flow that is not there, or come too late",
    "missing_required_header": "no route needs one besides those of signing in, which the access matrix leaves out",
    "unsupported_method": "the framework answers 405; there is no code of ours in it",
    "allow_header_conformance": "as above",
    "use_after_free": "the access matrix and the tests of each resource look at what was deleted",
    "ensure_resource_availability": "as above",
    "ignored_auth": "the access matrix asks every route as nobody, and as everybody else",
    "object_level_authorization": "the access matrix puts the ids of one workspace into all routes of another one",
}
"""Checks of Schemathesis that are left out, each with the reason; `not_a_server_error` is a stricter one here."""
REFUSED_BEFORE: Final = {b"Invalid HTTP request received."}
"""What uvicorn answers itself to what is no HTTP, such as a header with control characters: no route sees it."""
KEEPING: Final = {
    "DELETE": 2,  # Takes away what others need.
    "POST /v1/auth/sign-out": 1,
}
"""What comes late, so that the samples are there for the others."""


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.soak)])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server that has one of everything, and refuses nobody for coming too often."""
    names = ("rate_limit", "address_rate_limit", "workspace_rate_limit", "public_rate_limit")
    settings: dict[str, Any] = dict.fromkeys(names, "1000000/second")
    if request.param == "postgresql":
        postgres: PostgresServer = request.getfixturevalue("postgres_server")
        settings["database_url"] = postgres.url(postgres.create_database())
    with LiveServer(tmp_path_factory.mktemp("data"), **settings) as running:
        yield running


@pytest.fixture(scope="module")
def samples(server: LiveServer) -> dict[str, str]:
    """What stands for each path parameter."""

    async def build() -> dict[str, str]:
        world = AccessWorld(server)
        await world.build()
        return world.samples

    return asyncio.run(build())


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names that were looked up; nobody gets an address but for this machine."""
    asked: list[str] = []
    look_up = socket.getaddrinfo

    def only_here(host: Any, *rest: Any, **options: Any) -> Any:  # noqa: ANN401 - as the function that it stands for
        if host in {"127.0.0.1", "localhost", None}:
            return look_up(host, *rest, **options)
        asked.append(str(host))
        raise socket.gaierror(socket.EAI_NONAME, "no names in this test")

    monkeypatch.setattr(socket, "getaddrinfo", only_here)
    return asked


@pytest.mark.usefixtures("elsewhere")
def test_every_answer_is_one_that_is_documented(server: LiveServer, samples: dict[str, str]) -> None:
    sent = ask_everything(server, samples, examples=1)
    assert sent > 200


@pytest.mark.soak
@pytest.mark.usefixtures("elsewhere")
def test_every_answer_to_very_many_requests_is_one_that_is_documented(
    server: LiveServer, samples: dict[str, str]
) -> None:
    sent = ask_everything(server, samples, examples=100)
    assert sent > 20_000


def ask_everything(server: LiveServer, samples: dict[str, str], *, examples: int) -> int:
    """Send so many requests to each operation that is documented; how many were sent."""
    load_all_checks()
    assert NOT_CHECKED.keys() < set(CHECKS.get_all_names())
    document = httpx2.get(f"{server.url}/openapi.json").json()
    described: Iterable[Any] = schemathesis.openapi.from_dict(document).get_all_operations()
    operations = [one.ok() for one in described]
    assert len(operations) == sum(len(methods) for methods in document["paths"].values())
    operations.sort(key=lambda one: KEEPING.get(one.label, KEEPING.get(one.method.upper(), 0)))
    asking = Asking(server, samples)
    failures = {one.label: found for one in operations if (found := asking.about(one, examples=examples))}
    assert failures == {}, "\n".join(f"{label}: {found}" for label, found in failures.items())
    return asking.sent


class Asking:
    """Sends requests as the owner, or by a key where only keys are taken."""

    def __init__(self, server: LiveServer, samples: dict[str, str]) -> None:
        self.sent = 0
        self._url = server.url
        self._samples = samples
        self._session = requests.Session()
        self._session.trust_env = False
        owner = {"Authorization": f"Bearer {TOKEN}"}
        made = httpx2.post(f"{server.url}/v1/workspace/api-key", json={"name": "all"}, headers=owner)
        self._headers = {"personalToken": owner, "apiKey": {"x-api-key": made.json()["key"]}}

    def about(self, operation: APIOperation[Any, Any, Any, Any], *, examples: int) -> str | None:
        """Send so many requests; what was wrong with an answer, if anything was."""
        modes = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
        cases = st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in modes))

        @hypothesis.settings(
            max_examples=examples,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[hypothesis.Phase.generate],
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        @hypothesis.given(case=cases, is_real=st.sampled_from([True, True, True, False]))
        def ask(case: schemathesis.Case[Any], is_real: bool) -> None:  # noqa: FBT001 - drawn
            self._ask(case, is_real=is_real)

        try:
            ask()
        except (FailureGroup, AssertionError) as found:
            return "\n".join(map(_told, found.exceptions)) if isinstance(found, FailureGroup) else str(found)
        return None

    def _ask(self, case: schemathesis.Case[Any], *, is_real: bool) -> None:
        if is_real and case.path_parameters:
            case.path_parameters = {
                name: self._samples.get(name, value) for name, value in case.path_parameters.items()
            }
        security = [name for one in case.operation.definition.raw.get("security", ()) for name in one]
        headers = next((self._headers[name] for name in security if name in self._headers), {})
        self.sent += 1
        response = case.call(base_url=self._url, session=self._session, headers=headers)
        if response.content in REFUSED_BEFORE:
            return
        if response.status_code >= 500:
            assert response.json()["code"] == "run_failed", f"{case.as_curl_command()}\n{response.text}"
        excluded: list[Any] = [CHECKS.get_one(name) for name in (*NOT_CHECKED, "not_a_server_error")]
        case.validate_response(response, excluded_checks=excluded)


def _told(failure: BaseException) -> str:
    return f"{failure.title}: {failure.message}" if isinstance(failure, Failure) else str(failure)
