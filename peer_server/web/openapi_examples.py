"""Examples of the answers that no model describes, by method and path."""

from collections.abc import Mapping
from typing import Any, Final

_RUN: Final = "019ac1b2-7c0e-7d2a-9f4e-0c1d2e3f4a5b"
_AT: Final = "2026-11-27T09:00:00+00:00"
_OUTPUT: Final = {"status": "refunded", "receipt": "R-17"}
_QUESTION: Final = {
    "type": "user-approval",
    "kind": "approval",
    "stepId": "approve",
    "runId": _RUN,
    "executionId": "i-1",
    "interruptId": "i-1",
    "title": "Refund 120 €?",
    "openedAt": _AT,
}
_WAITING: Final = {"status": "waiting", "appRunId": _RUN, "waitState": _QUESTION, "waitStates": [_QUESTION]}
_EVENTS: Final = {"epoch": "e-1", "lastSeq": 43, "items": [{"type": "event", "conversationId": "c-1", "seq": 43}]}
_SUMMARY: Final = {
    "appRunId": _RUN,
    "status": "completed",
    "flowId": "f-1",
    "version": 3,
    "type": "api",
    "source": "Billing service",
    "createdAt": _AT,
    "endedAt": _AT,
    "responseTimeMs": 412,
}
_STEP: Final = {"key": "pay", "stepId": "pay", "name": "Pay it back", "type": "http-request", "status": "done"}
_ROW: Final = {"runId": _RUN, "status": "Success", "startedAt": _AT, "endedAt": _AT, "source": "Billing service"}
_MODEL_ROW: Final = {"requestId": "q-1", "runId": _RUN, "nodeName": "Summary", "modelName": "openai:gpt-5"}
_CALL: Final = {"stepKey": "ask", "promptTokens": 812, "completionTokens": 90, "totalTokens": 902, "credits": 0.902}
_ACCEPTED: Final = {
    "status": "queued",
    "appRunId": _RUN,
    "pollUrl": f"/v1/flowrun/poll/{_RUN}",
    "resumeSecret": "prs_…",
}
_CONVERSATION: Final = {
    "id": "c-1",
    "peerId": "p-1",
    "peerName": "Support desk",
    "title": "Refund of order 1001",
    "pinned": False,
    "archived": False,
    "openInterrupts": 1,
    "lastSeq": 42,
    "createdAt": _AT,
    "updatedAt": _AT,
}
_MESSAGE: Final = {"id": "m-1", "messageId": "m-1", "role": "assistant", "status": "completed", "text": "Done."}
_INTERRUPT: Final = {
    "id": "i-1",
    "interruptId": "i-1",
    "kind": "approval",
    "status": "open",
    "runId": _RUN,
    "stepId": "approve",
    "payload": {"title": "Refund 120 €?"},
    "openedAt": _AT,
}
_PLACES: Final = ("/v1/flow/{flow_id}", "/v1/workspace")
_WIDGET: Final = {"key": "calendar", "name": "Calendar", "description": "A month with marks"}


def _page(item: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    return {"items": [item], "nextCursor": None}


ANSWERS: Final[Mapping[str, Any]] = {
    "GET /healthz": {"status": "ok"},
    "GET /readyz": {"status": "ok", "store": "ok", "runtime": "ok"},
    "GET /v1/step-type": {"items": [{"type": "final", "title": "Final", "category": "control", "configSchema": {}}]},
    "GET /v1/flow/schema": {"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object"},
    "POST /v1/flow/share/execute/{token}": _OUTPUT,
    "POST /v1/flow/execute/{flow_id}": _OUTPUT,
    "GET /v1/flow/{flow_id}/logs": _page(_SUMMARY),
    "GET /v1/flowrun/poll/{run_id}": _WAITING,
    "GET /v1/flowrun/details/{run_id}": {**_SUMMARY, "inputs": {"amount": 120}, "output": _OUTPUT, "steps": [_STEP]},
    "GET /v1/flowrun/inputs/{run_id}": {"orderId": "1001", "amount": 120},
    "GET /v1/flowrun/outputs/{run_id}": _OUTPUT,
    "GET /v1/flowrun/errorDetails/{run_id}": {"code": "http_500", "message": "the shop answered 500", "stepId": "pay"},
    "GET /v1/flowrun/steps/{run_id}": {"items": [_STEP]},
    "GET /v1/flowrun/context/{run_id}": {"orderId": "1001", "inputs": {"orderId": "1001"}, "env": {"KEY": "••••"}},
    "GET /v1/flowrun/credit-details/{run_id}": {"items": [_CALL], "totals": {"totalTokens": 902, "credits": 0.902}},
    **{f"GET {place}/monitor/run": _page(_ROW) for place in _PLACES},
    **{f"GET {place}/monitor/model-run": _page(_MODEL_ROW) for place in _PLACES},
    "POST /v1/schedule/{schedule_id}/test": {"appRunId": _RUN, "status": "queued"},
    "POST /v1/flowrun/resume/{app_run_id}": _OUTPUT,
    "POST /v1/client/flow/{flow_id}/execute": _OUTPUT,
    "POST /v1/client/flow/{flow_id}/sync": _OUTPUT,
    "POST /v1/client/flow/{flow_id}/async": _ACCEPTED,
    "POST /v1/client/flow/{flow_id}/push": _ACCEPTED,
    "POST /v1/flowrun/callback/{token}": {"status": "accepted"},
    "POST /v1/conversation": _CONVERSATION,
    "GET /v1/conversation": _page(_CONVERSATION),
    "GET /v1/conversation/{conversation_id}": {
        **_CONVERSATION,
        "openInterrupts": ["i-1"],
        "order": ["m-1"],
        "messages": {"m-1": _MESSAGE},
    },
    "PATCH /v1/conversation/{conversation_id}": _CONVERSATION,
    "POST /v1/conversation/{conversation_id}/restore": _CONVERSATION,
    "GET /v1/conversation/{conversation_id}/message": _page(_MESSAGE),
    "POST /v1/conversation/{conversation_id}/message": {"id": "m-2", "messageId": "m-2", "turnId": "t-1", "seq": 43},
    "POST /v1/conversation/{conversation_id}/action": {"turnId": "t-1", "seq": 43},
    "POST /v1/conversation/{conversation_id}/stop": {"stopped": True},
    "GET /v1/conversation/{conversation_id}/events": _EVENTS,
    "GET /v1/interrupt": _page(_INTERRUPT),
    "GET /v1/interrupt/{interrupt_id}": _INTERRUPT,
    "POST /v1/interrupt/{interrupt_id}/resume": {**_INTERRUPT, "status": "settled", "repeated": False},
    "POST /v1/interrupt/{interrupt_id}/withdraw": {**_INTERRUPT, "status": "cancelled"},
    "PUT /v1/interrupt/{interrupt_id}/draft": {"interruptId": "i-1", "rev": 3},
    "GET /v1/widget": {"items": [_WIDGET]},
    "GET /v1/widget/{widget_id}": _WIDGET,
    "POST /v1/message-widget/{message_widget_id}/action": {"messageWidgetId": "w-1", "rev": 2},
}  # fmt: skip

ANY_JSON: Final = frozenset(
    {*(name for name, answer in ANSWERS.items() if answer is _OUTPUT), "GET /v1/flowrun/errorDetails/{run_id}"}
)
"""Answers that may be any JSON: what a flow ends with, and what there may be none of. The others are objects."""
