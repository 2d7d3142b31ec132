"""Checking and running definitions without a server: the same checks, the same engine, a store in memory."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

from flow_runtime.checks import check_definition
from flow_runtime.errors import Json
from flow_runtime.json_limits import parse_json
from flow_runtime.outbound import make_client
from flow_runtime.queues.memory import MemoryQueue
from flow_runtime.registry import StepRegistry
from flow_runtime.run import Run, RunStatus, StartRun, Trigger
from flow_runtime.runtime import Runtime
from flow_runtime.sandbox import CodeSandbox
from flow_runtime.schema_validation import validate
from flow_runtime.step import Fault, StepServices
from flow_runtime.stores.definitions import put_definition
from flow_runtime.stores.memory import MemoryStore
from flow_runtime.stores.migrate import migrate
from peer_server.app import build_models
from peer_server.cli.display import Display
from peer_server.cli.start import plain_errors
from peer_server.run_answers import as_told, poll_answer
from peer_server.services.flows.flow_checks import by_level
from peer_server.settings import load_settings

_CODES = {RunStatus.COMPLETED: 0, RunStatus.WAITING: 3}


def check_file(path: Path, display: Display) -> int:
    """Print every finding; the exit code."""
    with plain_errors():
        found = _found(path)
    if display.as_json:
        display.json(by_level(found))
    for line in _lines(found):
        display.say(line)
    levels = {fault.level for fault in found}
    return 1 if "error" in levels else 2 if "warning" in levels else 0


def run_file(path: Path, display: Display, *, inputs: dict[str, Json], timeout_s: float) -> int:
    """Run and print the output, or what the run waits for; the exit code. Findings go to standard error."""
    with plain_errors():
        found = _found(path)
        for line in _lines(found):
            display.complain(line)
        if any(fault.level == "error" for fault in found):
            return 1
        definition = parse_json(path.read_bytes())
        faults = validate(definition.get("inputs", {}), inputs)
        for fault in faults:
            display.complain(f"error: /inputs{fault.pointer}: {fault.message} [{fault.code}]")
        return 1 if faults else asyncio.run(_run(definition, display, inputs=inputs, timeout_s=timeout_s))


def _found(path: Path) -> list[Fault]:
    return list(check_definition(parse_json(path.read_bytes()), StepRegistry.installed()))


def _lines(found: Sequence[Fault]) -> Iterator[str]:
    for fault in found:
        yield f"{fault.level}: {fault.path or '/'}: {fault.message} [{fault.code}]"


async def _run(definition: dict[str, Json], display: Display, *, inputs: dict[str, Json], timeout_s: float) -> int:
    settings = load_settings()
    store = MemoryStore()
    outside = StepServices(http=make_client(settings.http_allow), sandbox=CodeSandbox(), models=build_models(settings))
    runtime = Runtime(store, MemoryQueue(), registry=StepRegistry.installed(), services=outside)
    await store.open()
    try:
        await migrate(store)
        digest = await store.write(put_definition, definition, now=runtime.clock.now())
        spec = StartRun("local", "flow", inputs, Trigger("studio", inputs), definition_digest=digest)
        async with runtime.serving(is_alone=True):
            run = await runtime.client.start(spec)
            ended = await runtime.client.wait(run.id, workspace_id="local", timeout_s=timeout_s)
            return await _tell(runtime, display, run=ended)
    finally:
        await outside.http.aclose()
        outside.sandbox.close()
        await store.close()


async def _tell(runtime: Runtime, display: Display, *, run: Run) -> int:
    """What it gave; in JSON, or if it gave nothing, the answer that a poll of it would get."""
    interrupts = await runtime.client.interrupts(run.id)
    run = as_told(run, interrupts)
    answer = poll_answer(run, interrupts)
    is_done = run.status is RunStatus.COMPLETED and not display.as_json
    display.json(run.output if is_done else answer)
    return _CODES.get(run.status, 1)
