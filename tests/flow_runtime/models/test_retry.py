"""When a model call is tried again, and how long it may take."""

import asyncio
from random import Random

import pytest

from flow_runtime.model import Delta, ModelError, TextDelta
from flow_runtime.models.retry import Batches, RetryPolicy, stream_with_retry

pytestmark = pytest.mark.anyio


async def no_wait(_seconds: float) -> None:
    return


def busy(retry_after_s: float | None = None) -> ModelError:
    return ModelError("rate_limited", "busy", is_retryable=True, retry_after_s=retry_after_s)


async def collect(stream: Batches, into: list[Delta]) -> None:
    async for batch in stream:
        into += batch


async def test_waits_grow_and_end() -> None:
    policy = RetryPolicy(retries=3, jitter=Random(1), longest_wait_s=10)
    waits = [policy.wait_s(number, busy()) for number in range(4)]
    assert [wait is None for wait in waits] == [False, False, False, True]
    assert 0.375 <= (waits[0] or 0) <= 0.625
    assert 1.5 <= (waits[2] or 0) <= 2.5


async def test_a_wait_beyond_the_time_limit_is_not_begun() -> None:
    log: list[str] = []

    async def attempt() -> Batches:
        log.append("begun")
        for error in [busy(retry_after_s=5)]:
            raise error
        yield []

    with pytest.raises(ModelError) as failure:
        await collect(stream_with_retry(attempt, policy=RetryPolicy(sleep=no_wait), timeout_s=2), [])
    assert failure.value.code == "rate_limited"
    assert log == ["begun"]


async def test_an_answer_that_has_begun_is_final() -> None:
    log: list[str] = []
    got: list[Delta] = []

    async def attempt() -> Batches:
        log.append("begun")
        yield [TextDelta("half")]
        raise busy()

    with pytest.raises(ModelError):
        await collect(stream_with_retry(attempt, policy=RetryPolicy(sleep=no_wait)), got)
    assert got == [TextDelta("half")]
    assert log == ["begun"]


async def test_the_time_limit_never_strikes_in_the_listeners_code() -> None:
    got: list[Delta] = []

    async def attempt() -> Batches:
        yield [TextDelta("one")]
        await asyncio.Event().wait()
        yield [TextDelta("two")]

    async def slow_listener() -> None:
        async for batch in stream_with_retry(attempt, policy=RetryPolicy(), timeout_s=0.02):
            await asyncio.sleep(0.05)  # longer than the limit, and not interrupted
            got.extend(batch)

    with pytest.raises(ModelError) as failure:
        await slow_listener()
    assert failure.value.code == "timeout"
    assert got == [TextDelta("one")]
