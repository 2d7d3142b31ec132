"""What a flow needs and is not there: named with its step before it runs, and by the step that fails when it does."""

import itertools
from typing import Any

import httpx2
import pytest

from tests.fakes.flows import GREETING, make_flow, make_peer

pytestmark = pytest.mark.anyio


def using(*steps: dict[str, Any]) -> dict[str, Any]:
    """A flow of these steps, one after another."""
    chained = [{**step, "next": following["id"]} for step, following in itertools.pairwise(steps)]
    return {"name": "Using", "start": steps[0]["id"], "steps": [*chained, steps[-1]]}


def ask(peer_id: str) -> dict[str, Any]:
    return {"id": "ask", "type": "ask-to-peer", "config": {"peerId": peer_id, "message": "Hello"}}


def call(flow_id: str) -> dict[str, Any]:
    return {"id": "call", "type": "run-flow", "config": {"flowId": flow_id, "inputs": {"name": "x"}}}


def show(widget_id: str, **action: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    config = {"widgetId": widget_id, "actions": {"go": {"say": "x", **action}}}
    return {"id": "show", "type": "add-widget-to-message", "config": config}


@pytest.mark.row("A-17")
async def test_the_step_and_what_it_lacks_are_named_before_it_runs(owner: httpx2.AsyncClient) -> None:
    # Given a flow whose steps need a Peer, two flows and a widget that are not there
    gone = await make_peer(owner)
    definition = using(ask(gone), call("no-flow"), show("no-widget", flowId="no-other"))
    flow_id = await make_flow(owner, definition)
    await owner.delete(f"/v1/peer/{gone}")
    # When it is checked and published
    errors = (await owner.post(f"/v1/flow/{flow_id}/check")).json()["errors"]
    published = await owner.post(f"/v1/flow/{flow_id}/publish")
    # Then each step is named with what it lacks, at the place that names it
    assert {(fault["path"], fault["message"]) for fault in errors if fault["code"] == "missing_resource"} == {
        ("/steps/0/config/peerId", f"step 'ask' needs the peer '{gone}', which does not exist"),
        ("/steps/1/config/flowId", "step 'call' needs the flow 'no-flow', which does not exist"),
        ("/steps/2/config/widgetId", "step 'show' needs the widget 'no-widget', which does not exist"),
        ("/steps/2/config/actions/go/flowId", "step 'show' needs the flow 'no-other', which does not exist"),
    }
    assert published.status_code == 422


@pytest.mark.row("A-17")
async def test_a_step_that_lacks_something_fails_by_its_name(owner: httpx2.AsyncClient) -> None:
    # Given flows that were published while everything was there
    peer_id, other = await make_peer(owner), await make_flow(owner, GREETING, deploy=True)
    asking, calling = await make_flow(owner, using(ask(peer_id))), await make_flow(owner, using(call(other)))
    unpublished = await make_flow(owner, using(call(await make_flow(owner, GREETING))))
    for flow_id in (asking, calling):
        assert (await owner.post(f"/v1/flow/{flow_id}/publish")).status_code == 200
    # When what they need goes away and they run
    await owner.delete(f"/v1/peer/{peer_id}")
    await owner.delete(f"/v1/flow/{other}")
    found = {}
    for flow_id, version in ((asking, 1), (calling, 1), (unpublished, "draft")):
        ran = (await owner.post(f"/v1/flow/execute/{flow_id}", json={"inputs": {}, "version": version})).json()
        found[ran["stepId"], ran["error"]["code"]] = ran["detail"]
    # Then the step fails, and says what is missing
    assert set(found) == {("ask", "peer_not_found"), ("call", "flow_not_found"), ("call", "not_published")}
    assert peer_id in found["ask", "peer_not_found"]
    assert other in found["call", "flow_not_found"]
