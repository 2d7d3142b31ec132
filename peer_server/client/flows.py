"""What programs do with flows: keep them, check and publish them, move them as files, and run them."""

from collections.abc import Mapping, Sequence
from typing import Literal

from peer_server.client.exchange import Json, Listing, Operation, Request, Upload, ask
from peer_server.client.following import Version, follow, good, new_key, start_request
from peer_server.client.paging import every, one_page
from peer_server.client.records import Deployed, Findings, Flow, Outcome, Page, RunSummary
from peer_server.client.resource import D, Resource, listing, operation

_MIMES: Mapping[str, str] = {"json": "application/json", "zip": "application/zip"}


class Flows(Resource[D]):
    """Flows, their drafts and versions."""

    @operation
    def page(self, *, search: str = "", cursor: str | None = None, limit: int | None = None) -> Operation[Page[Flow]]:
        """Some flows, newest first."""
        return (yield from one_page("/v1/flow", Flow, query={"search": search}, cursor=cursor, limit=limit))

    @listing
    def list(self, *, search: str = "") -> Listing[Flow]:
        """All flows, newest first."""
        return every("/v1/flow", Flow, query={"search": search})

    @operation
    def get(self, flow_id: str) -> Operation[Flow]:
        """One flow with its draft."""
        return (yield from _flow(Request("GET", f"/v1/flow/{flow_id}")))

    @operation
    def create(self, definition: Mapping[str, Json]) -> Operation[Flow]:
        """Make a flow with this draft."""
        body = {"definition": dict(definition)}
        return (yield from _flow(Request("POST", "/v1/flow", body=body)))

    @operation
    def update(self, flow_id: str, definition: Mapping[str, Json], *, draft_rev: int | None = None) -> Operation[Flow]:
        """Replace the draft. With `draft_rev` a stale one raises `Conflict`; without it the last writer wins."""
        body: dict[str, Json] = {"definition": dict(definition)}
        if draft_rev is not None:
            body["draftRev"] = draft_rev
        return (yield from _flow(Request("PATCH", f"/v1/flow/{flow_id}", body=body)))

    @operation
    def delete(self, flow_id: str) -> Operation[None]:
        """Take the flow away; its runs stay readable."""
        yield from ask(Request("DELETE", f"/v1/flow/{flow_id}"))

    @operation
    def check(self, flow_id: str) -> Operation[Findings]:
        """Find mistakes in the draft."""
        reply = yield from ask(Request("POST", f"/v1/flow/{flow_id}/check"))
        return Findings.model_validate(reply.json())

    @operation
    def publish(self, flow_id: str, *, notes: str = "", confirm: bool = False) -> Operation[Deployed]:
        """Freeze the draft as the next version.

        Raises `InvalidRequest` for a draft with errors; `Conflict` ``confirmation_needed`` for changes that others
        rely on, unless `confirm` says that they are meant.
        """
        body = {"notes": notes, "confirm": confirm}
        reply = yield from ask(Request("POST", f"/v1/flow/{flow_id}/publish", body=body))
        return Deployed.model_validate(reply.json())

    @operation
    def deploy(self, flow_id: str, *, version: int | None = None, confirm: bool = False) -> Operation[Deployed]:
        """Put a version behind the flow's endpoint; without one the draft, published first if it has changed.

        Raises as `publish`.
        """
        body = {"version": version, "confirm": confirm}
        reply = yield from ask(Request("POST", f"/v1/flow/{flow_id}/deploy", body=body))
        return Deployed.model_validate(reply.json())

    @operation
    def export(
        self, flow_id: str, *, version: Version | None = None, format: Literal["json", "zip"] = "json"
    ) -> Operation[bytes]:
        """A version as a file; secure values are not in it."""
        query = {"version": version, "format": format}
        return (yield from ask(Request("GET", f"/v1/flow/{flow_id}/export", query))).content

    @operation
    def import_new(self, content: bytes, *, format: Literal["json", "zip"] = "json") -> Operation[Flow]:
        """A new private flow of what an export gave."""
        upload = Upload(f"flow.{format}", content, _MIMES[format])
        return (yield from _flow(Request("POST", "/v1/flow/import", upload=upload)))

    @operation
    def import_over(
        self,
        flow_id: str,
        content: bytes,
        *,
        overwrite: Sequence[str] = (),
        keep: Sequence[str] = (),
        proceed: bool = False,
        backup: bool = False,
    ) -> Operation[Flow]:
        """Put a zip package in place of the draft.

        Raises `Conflict` while variables differ that are not named; with `proceed` those are kept.
        """
        query = {"overwrite": list(overwrite), "keep": list(keep), "proceed": proceed, "backup": backup}
        upload = Upload("flow.zip", content, _MIMES["zip"])
        return (yield from _flow(Request("POST", f"/v1/flow/{flow_id}/import", query, upload=upload)))

    @operation
    def execute(
        self,
        flow_id: str,
        inputs: Mapping[str, Json] | None = None,
        *,
        version: Version | None = None,
        timeout_s: float | None = None,
        key: str | None = None,
    ) -> Operation[Outcome]:
        """Run a flow until it has ended or waits for somebody. Raises `RunFailed` if it ends badly.

        A flow whose endpoint answers at once is polled, for `timeout_s` at most (then `WaitedTooLong`). `key` makes
        this start the same one as another with that key.
        """
        request = start_request(flow_id, inputs or {}, is_key=self.is_key, version=version, key=key)
        outcome = Outcome.model_validate((yield from ask(request)).json())
        if outcome.has_ended or outcome.waiting:
            return outcome
        settled = yield from follow(outcome.run_id, until="settled", timeout_s=timeout_s)
        return good(settled).model_copy(update={"resume_secret": outcome.resume_secret})

    @operation
    def start(
        self, flow_id: str, inputs: Mapping[str, Json] | None = None, *, key: str | None = None
    ) -> Operation[Outcome]:
        """Start the deployed version by an API key and do not wait: `runs.wait` and `runs.watch` follow it."""
        path = f"/v1/client/flow/{flow_id}/async"
        reply = yield from ask(Request("POST", path, body=dict(inputs or {}), key=key or new_key()))
        return Outcome.model_validate(reply.json())

    @listing
    def runs(self, flow_id: str, *, status: Sequence[str] = ()) -> Listing[RunSummary]:
        """The runs of a flow, newest first."""
        return every(f"/v1/flow/{flow_id}/logs", RunSummary, query={"status": list(status)})


def _flow(request: Request) -> Operation[Flow]:
    return Flow.model_validate((yield from ask(request)).json())
