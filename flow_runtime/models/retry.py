"""The shell around one model call: its time limit, and new attempts while nothing has been said yet."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from random import Random

from flow_runtime.model import Delta, ModelError

Batches = AsyncGenerator[list[Delta], None]


@dataclass(frozen=True)
class RetryPolicy:
    """How often and how long after. A provider that asks for more than `longest_wait_s` is not waited for."""

    retries: int = 2
    first_wait_s: float = 0.5
    longest_wait_s: float = 20.0
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    jitter: Random = field(default_factory=Random)

    def wait_s(self, attempt: int, error: ModelError) -> float | None:
        """Seconds to wait after the failed attempt number `attempt` (from 0), or None to give up."""
        if attempt >= self.retries or not error.is_retryable:
            return None
        if error.retry_after_s is not None:
            return error.retry_after_s if error.retry_after_s <= self.longest_wait_s else None
        return float(self.first_wait_s * 2**attempt * self.jitter.uniform(0.75, 1.25))


async def stream_with_retry(
    attempt: Callable[[], Batches], *, policy: RetryPolicy, timeout_s: float | None = None
) -> Batches:
    """Stream one attempt after the other until one has begun to answer; that one is then final.

    `timeout_s` covers all attempts and the waiting between them. It strikes only while this waits for the provider,
    never inside the listener's code.
    Raises `ModelError`: the last attempt's, or ``timeout``.
    """
    clock = asyncio.get_running_loop().time
    deadline = None if timeout_s is None else clock() + timeout_s
    for number in range(policy.retries + 1):
        has_begun = False
        try:
            async with aclosing(attempt()) as batches:
                while (batch := await _next(batches, deadline, timeout_s)) is not None:
                    has_begun = True
                    yield batch
            return
        except ModelError as error:
            wait_s = None if has_begun else policy.wait_s(number, error)
            if wait_s is None or (deadline is not None and clock() + wait_s >= deadline):
                raise
        await policy.sleep(wait_s)


async def _next(batches: Batches, deadline: float | None, timeout_s: float | None) -> list[Delta] | None:
    """The next batch, None at the end. A limit around the whole stream would strike inside the listener's code."""
    try:
        if deadline is None:
            return await anext(batches, None)
        async with asyncio.timeout_at(deadline):
            return await anext(batches, None)
    except TimeoutError as error:
        message = f"the model did not finish within {timeout_s} s"
        raise ModelError("timeout", message, remedy="Raise the model timeout or ask for less.") from error
