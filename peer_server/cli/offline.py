"""Checking and running definitions without a server: the same checks, the same engine, a store in memory."""

import asyncio
from pathlib import Path

import orjson
import typer

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
from flow_runtime.step import StepServices
from flow_runtime.stores.definitions import put_definition
from flow_runtime.stores.memory import MemoryStore
from flow_runtime.stores.migrate import migrate
from peer_server.app import build_models
from peer_server.cli.start import plain_errors
from peer_server.run_answers import waiting_answer
from peer_server.settings import load_settings

_CODES = {RunStatus.COMPLETED: 0, RunStatus.WAITING: 3}


def check_file(path: Path) -> int:
    """Print every finding; the exit code."""
    with plain_errors():
        found = check_definition(parse_json(path.read_bytes()), StepRegistry.installed())
    for fault in found:
        typer.echo(f"{fault.level}: {fault.path or '/'}: {fault.message} [{fault.code}]")
    levels = {fault.level for fault in found}
    return 1 if "error" in levels else 2 if "warning" in levels else 0


def run_file(path: Path, *, inputs: dict[str, Json], timeout_s: float) -> int:
    """Run and print the output, or what the run waits for; the exit code."""
    with plain_errors():
        definition = parse_json(path.read_bytes())
        if code := check_file(path) & 1:
            return code
        faults = validate(definition.get("inputs", {}), inputs)
        for fault in faults:
            typer.echo(f"error: /inputs{fault.pointer}: {fault.message}", err=True)
        return 1 if faults else asyncio.run(_run(definition, inputs, timeout_s=timeout_s))


async def _run(definition: dict[str, Json], inputs: dict[str, Json], *, timeout_s: float) -> int:
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
            return await _tell(runtime, ended)
    finally:
        await outside.http.aclose()
        outside.sandbox.close()
        await store.close()


async def _tell(runtime: Runtime, run: Run) -> int:
    if run.status is RunStatus.COMPLETED:
        shown: Json = run.output
    elif run.status is RunStatus.WAITING:
        shown = waiting_answer(run, await runtime.client.interrupts(run.id))
    else:
        shown = {"status": run.status.value, "error": run.error}
    typer.echo(orjson.dumps(shown, option=orjson.OPT_INDENT_2).decode())
    return _CODES.get(run.status, 1)
