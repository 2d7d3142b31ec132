"""`http-request`: one request to another system, and its answer or, by callback, the answer that comes later."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import Field

from flow_runtime.errors import Json, StepFailed
from flow_runtime.flow import StepDefinition
from flow_runtime.http_exchange import checked_url, read_answer, request_options, send, send_authorized
from flow_runtime.run import InterruptKind, InterruptStatus, Settlement
from flow_runtime.step import (
    TEMPLATE,
    Done,
    Effect,
    Fault,
    Outcome,
    StepConfig,
    StepContext,
    StepType,
    Templated,
    TemplatedText,
    Wait,
)

_OURS: Final = frozenset({"host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer"})
"""Headers that describe the connection: a flow may not set them."""
_Texts = Annotated[Mapping[str, Json], Field(default_factory=dict, json_schema_extra={"x-kind": TEMPLATE})]


class HttpRequestConfig(StepConfig):
    """The request. A body that is no text is sent as JSON."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"] = "GET"
    url: Annotated[TemplatedText, Field(min_length=1, examples=["{{ env.SHOP_URL }}/orders/{{ orderId }}"])]
    headers: _Texts
    query: _Texts
    body: Templated = None
    profile: Annotated[
        str | None,
        Field(min_length=1, description="An authorization profile, by id or name: it signs the request in."),
    ] = None
    mode: Annotated[
        Literal["sync", "callback"],
        Field(description="callback: the answer comes later, to the URL in the header X-Callback-Url."),
    ] = "sync"
    once: Annotated[
        bool, Field(description="Never send it twice: after a crash that leaves it unclear, fail (outcome_unknown).")
    ] = False
    expires_in_s: Annotated[float | None, Field(gt=0, description="callback: seconds to wait for the answer.")] = None


class HttpRequest(StepType[HttpRequestConfig]):
    """Output: `{status, headers, body}`; JSON bodies are parsed. A status of 400 or more leads to the port `error`.

    `error.code` is then `http_404` and so on. Every request carries the same `Idempotency-Key` however often it is
    repeated. Private addresses are out of reach unless an administrator allowed them.
    """

    type_name = "http-request"
    title = "HTTP request"
    summary = "Call another system"
    category = "outside"
    effect = Effect.IDEMPOTENT
    config_model = HttpRequestConfig
    example: ClassVar[dict[str, Json]] = {
        "method": "POST",
        "url": "https://shop.example.com/refunds",
        "headers": {"Authorization": "Bearer {{ env.SHOP_TOKEN }}"},
        "body": {"order": "{{ inputs.orderId }}"},
    }

    def ports(self, config: HttpRequestConfig) -> Sequence[str]:
        """`ok`; `error` is implied."""
        return ("ok",)

    def effect_of(self, config: HttpRequestConfig) -> Effect:
        """`once` if the config says so."""
        return Effect.ONCE if config.once else Effect.IDEMPOTENT

    def timeout_s(self, config: HttpRequestConfig) -> float:
        """One minute."""
        return 60.0

    def check(self, config: HttpRequestConfig, step: StepDefinition) -> Sequence[Fault]:
        """Headers of the connection are not for flows."""
        return [
            Fault("forbidden_header", f"the header {name!r} is set by the connection", f"/headers/{name}", "remove it")
            for name in config.headers
            if name.lower() in _OURS
        ]

    async def run(self, config: HttpRequestConfig, context: StepContext) -> Outcome:
        """Send the request. Raises `StepFailed` with the codes of `http_exchange.send` and of profiles."""
        options = request_options(
            headers=context.value("headers"),
            query=context.value("query"),
            body=context.value("body"),
            idempotency_key=context.idempotency_key,
        )
        wait = _callback(config, context, options) if config.mode == "callback" else None
        url = checked_url(context.text("url"))
        http, method = context.services.http, config.method
        if config.profile is None:
            response = await send(http, method=method, url=url, options=options)
            return wait or Done(read_answer(response))
        if context.services.authorize is None:
            raise StepFailed("profile_not_found", f"there is no profile {config.profile!r}", category="authorization")
        authorize = partial(context.services.authorize, context.run, config.profile, url)
        answer = await send_authorized(http, method=method, url=url, options=options, authorize=authorize)
        return wait or Done(answer)

    async def resume(self, config: HttpRequestConfig, context: StepContext, settlement: Settlement) -> Outcome:
        """Take what was called back. Raises `StepFailed` ``callback_expired``."""
        if settlement.status is not InterruptStatus.SETTLED:
            message = f"nobody called back for step {context.step.id!r} in time"
            raise StepFailed("callback_expired", message, category="connection")
        return Done({"status": 200, "headers": {}, "body": settlement.resolution})


def _callback(config: HttpRequestConfig, context: StepContext, options: dict[str, Any]) -> Wait:
    """Tell the other system where to call back; the wait for it begins once it has taken the request."""
    if context.services.callback_url is None:
        raise StepFailed("no_callbacks", "this runtime has no address that could be called back")
    url, token_hash = context.services.callback_url(context.interrupt_id)
    options["headers"]["X-Callback-Url"] = url
    expires_at = context.now + timedelta(seconds=config.expires_in_s) if config.expires_in_s else None
    payload = {"title": context.step.name or "Answer from another system", "method": config.method}
    return Wait(InterruptKind.CALLBACK, payload, expires_at=expires_at, token_hash=token_hash)
