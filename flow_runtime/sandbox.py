"""Where code steps run: Python in `pydantic-monty`, in worker processes without files, network or environment.

Each run gets a fresh session with a fixed clock and seeded randomness, so the same run gives the same output. Time,
memory, prints and output are limited. The pool's synchronous face is driven from a few threads: its asynchronous one
aborts the interpreter at exit.
"""

import asyncio
import random
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from threading import Lock
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote, urlencode
from uuid import UUID

from flow_runtime.errors import Json, StepFailed
from flow_runtime.json_limits import MAX_DEPTH, JsonError, check_json

if TYPE_CHECKING:
    import pydantic_monty

_KILL_AFTER_S: Final = 90.0
"""The last resort: a worker that has not answered by then is killed. Above every `CodeLimits.time_s`."""
_MAX_HOST_CALLS: Final = 1000


@dataclass(frozen=True, slots=True)
class CodeLimits:
    """What one run may use: seconds of computing, bytes of memory, bytes of printed text and of output."""

    time_s: float = 5.0
    memory_bytes: int = 64 * 1024 * 1024
    output_bytes: int = 256 * 1024


@dataclass(frozen=True, slots=True)
class CodeResult:
    """What a run gave: the value of its last expression or top-level `return`, and what it printed."""

    output: Json
    stdout: str


class CodeSandbox:
    """A pool of worker processes. The first run starts it; `close` ends it."""

    def __init__(self, *, workers: int = 2, binary_path: str | None = None) -> None:
        """Allow this many runs at once; `binary_path` is a wrapper that confines the worker further."""
        self._workers = workers
        self._binary_path = binary_path
        self._lock = Lock()
        self._pool: pydantic_monty.Monty | None = None
        self._threads: ThreadPoolExecutor | None = None
        self._is_closed = False

    async def run(
        self,
        source: str,
        inputs: Mapping[str, Json],
        *,
        seed: str,
        now: datetime | None = None,
        limits: CodeLimits | None = None,
    ) -> CodeResult:
        """Run the source with these inputs as variables; the same seed and `now` give the same result.

        If the caller is cancelled the run still ends within its time limit, unheard.

        Raises:
            StepFailed: ``code_error`` (the source is wrong or raised; `details.line` says where), ``code_timeout``,
                ``code_memory``, ``code_output`` (it printed or returned too much, or something that is no JSON),
                ``code_crashed`` (the worker died; nobody else is affected).
            RuntimeError: the sandbox is closed.
        """
        call = _Call(source, dict(inputs), seed, now or datetime(2000, 1, 1, tzinfo=UTC), limits or CodeLimits())
        return await asyncio.get_running_loop().run_in_executor(self._executor(), self._run, call)

    def close(self) -> None:
        """End the workers, after the runs in flight. Idempotent."""
        with self._lock:
            self._is_closed = True
            threads, pool = self._threads, self._pool
            self._threads = self._pool = None
        if threads:
            threads.shutdown()
        if pool:
            pool.__exit__(None, None, None)

    def _executor(self) -> ThreadPoolExecutor:
        with self._lock:
            if self._is_closed:
                raise RuntimeError("the code sandbox is closed")
            self._threads = self._threads or ThreadPoolExecutor(self._workers, thread_name_prefix="code-step")
            return self._threads

    def _started(self) -> "pydantic_monty.Monty":
        with self._lock:
            if self._pool is None:
                import pydantic_monty  # noqa: PLC0415 - most servers never run code steps, and it costs start-up time

                self._pool = pydantic_monty.Monty(
                    binary_path=self._binary_path, max_processes=self._workers, request_timeout=_KILL_AFTER_S
                ).__enter__()
            return self._pool

    def _run(self, call: "_Call") -> CodeResult:
        """In a thread: one fresh session, one feed."""
        import pydantic_monty  # noqa: PLC0415 - as above

        pool = self._started()
        printed = pydantic_monty.CollectString(max_bytes=call.limits.output_bytes)
        limits: pydantic_monty.ResourceLimits = {
            "max_feed_duration_secs": call.limits.time_s,
            "max_memory": call.limits.memory_bytes,
            "max_suspensions": _MAX_HOST_CALLS,
        }
        policy: pydantic_monty.OSPolicy = {
            "datetime": call.now,
            "random_start": {"seed": call.seed},
            "sleep": "zero",
        }
        try:
            with pool.checkout(script_name="code", limits=limits, os_policy=policy) as session:
                value = session.feed_run(
                    call.source,
                    inputs=call.inputs,
                    external_lookup=_host_functions(call.seed),
                    print_callback=printed,
                )
        except pydantic_monty.MontyCrashedError as error:
            code = "code_timeout" if error.timed_out else "code_crashed"
            raise StepFailed(code, f"the code's process ended: {error}") from None
        except pydantic_monty.MontyError as error:
            raise _failure(error, call.limits) from None
        return CodeResult(_output(value, call.limits), printed.output)


@dataclass(frozen=True, slots=True)
class _Call:
    source: str
    inputs: dict[str, Json]
    seed: str
    now: datetime
    limits: CodeLimits


def _host_functions(seed: str) -> dict[str, Callable[..., Json]]:
    """What the interpreter lacks, as plain functions of their arguments and the seed. They must touch nothing else."""
    numbers = random.Random(f"uuid4:{seed}")  # noqa: S311 - repeatable on purpose; never used as a secret

    def uuid4() -> str:
        return str(UUID(int=numbers.getrandbits(128), version=4))

    return {"uuid4": uuid4, "url_encode": url_encode, "url_decode": url_decode}


def url_encode(value: Json) -> str:
    """Text for use in a URL; an object becomes a query string."""
    return urlencode(value, doseq=True) if isinstance(value, dict) else quote(str(value), safe="")


def url_decode(text: str) -> str:
    """The text that `url_encode` was given."""
    return unquote(str(text))


def _failure(error: "pydantic_monty.MontyError", limits: CodeLimits) -> StepFailed:
    """An error of the interpreter in our words."""
    text = str(error).partition(": ")[2] or str(error)
    if text.startswith("feed time limit exceeded"):
        remedy = "Do less work at once, or raise the step's time limit."
        return StepFailed("code_timeout", f"the code ran longer than {limits.time_s:g} s", remedy=remedy)
    if text.startswith("memory limit exceeded"):
        if text.endswith(f"> {limits.output_bytes} bytes"):
            return StepFailed("code_output", f"the code printed more than {limits.output_bytes:,} bytes")
        return StepFailed("code_memory", f"the code used more than {limits.memory_bytes:,} bytes of memory")
    traceback: list[pydantic_monty.Frame] = getattr(error, "traceback", list)()
    details = {"line": traceback[-1].line, "source": traceback[-1].source_line} if traceback else None
    where = f" (line {traceback[-1].line})" if traceback else ""
    return StepFailed("code_error", f"{str(error)[:1000]}{where}", category="data_validation", details=details)


def _output(value: object, limits: CodeLimits) -> Json:
    """The value as JSON."""
    try:
        output = _plain(value, MAX_DEPTH)
        check_json(output, max_bytes=limits.output_bytes)
    except JsonError as error:
        message = f"the code's result cannot be kept: {error.message}"
        remedy = "Return texts, numbers, lists and objects."
        raise StepFailed("code_output", message, category="data_validation", remedy=remedy) from None
    return output


def _plain(value: object, levels: int) -> Json:
    """Tuples become lists; dates, times and decimals become text; anything else stays for `check_json` to refuse."""
    if isinstance(value, list | tuple | dict) and levels < 0:
        raise JsonError("json_too_deep", f"it nests deeper than {MAX_DEPTH} levels")
    if isinstance(value, list | tuple):
        return [_plain(item, levels - 1) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item, levels - 1) for key, item in value.items()}
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Decimal):
        return str(value)
    return value
