"""Code steps: results, limits, isolation (promise X3)."""

import asyncio
import os
import random
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from flow_runtime.errors import Json, StepFailed
from flow_runtime.sandbox import CodeLimits, CodeResult, CodeSandbox
from tests.security.corpus import cases

pytestmark = pytest.mark.anyio
CORPUS = cases("code")
TIGHT = CodeLimits(time_s=0.3, memory_bytes=32 * 1024 * 1024)


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[CodeSandbox]:
    made = CodeSandbox(workers=2)
    yield made
    made.close()


async def run(sandbox: CodeSandbox, source: str, **inputs: Json) -> CodeResult:
    return await sandbox.run(source, inputs, seed="seed", limits=TIGHT)


async def failure(sandbox: CodeSandbox, source: str, **inputs: Json) -> StepFailed:
    with pytest.raises(StepFailed) as caught:
        await run(sandbox, source, **inputs)
    return caught.value


@pytest.mark.parametrize(
    ("source", "output"),
    [
        ("a + 1", 2),
        ("return {'double': a * 2}", {"double": 2}),
        ("def main(n):\n  return [n, n]\nmain(a)", [1, 1]),
        ("x = a", None),
        ("(1, (2, 3))", [1, [2, 3]]),
        ("import datetime\n[datetime.date(2026, 1, 2), datetime.timedelta(seconds=90)]", ["2026-01-02", 90.0]),
        ("from decimal import Decimal\nDecimal('1.50')", "1.50"),
        ("import json\njson.loads('[1, null]')", [1, None]),
        ("url_encode('a b&c')", "a%20b%26c"),
        ("url_encode({'q': 'a b', 'n': [1, 2]})", "q=a+b&n=1&n=2"),
        ("url_decode('a%20b')", "a b"),
    ],
)
async def test_results(sandbox: CodeSandbox, source: str, output: Json) -> None:
    assert (await run(sandbox, source, a=1)).output == output


async def test_inputs_arrive_as_they_are(sandbox: CodeSandbox) -> None:
    value: Json = {"list": [1, 2.5, None, True, "é😀"], "__proto__": {}}
    assert (await run(sandbox, "value", value=value)).output == value


async def test_prints_are_kept(sandbox: CodeSandbox) -> None:
    assert (await run(sandbox, "print('a', 1)\nprint('b')")).stdout == "a 1\nb\n"


async def test_same_seed_and_clock_give_the_same_result(sandbox: CodeSandbox) -> None:
    source = "import random, time\n[random.random(), time.time(), uuid4(), uuid4()]"
    now = datetime(2026, 1, 1, tzinfo=UTC)
    first = await sandbox.run(source, {}, seed="a", now=now)
    assert await sandbox.run(source, {}, seed="a", now=now) == first
    assert (await sandbox.run(source, {}, seed="b", now=now)).output[0] != first.output[0]
    assert first.output[1] == now.timestamp()
    assert first.output[2] != first.output[3]


async def test_runs_share_nothing(sandbox: CodeSandbox) -> None:
    await run(sandbox, "leak = 'tenant A'")
    for _ in range(4):
        assert (await failure(sandbox, "leak")).code == "code_error"


async def test_error_names_the_line(sandbox: CodeSandbox) -> None:
    error = await failure(sandbox, "def f():\n  raise ValueError('too bad')\n\nf()")
    assert error.message == "ValueError: too bad (line 2)"
    assert error.details == {"line": 2, "source": "  raise ValueError('too bad')"}


async def test_limit_is_named_with_its_figure(sandbox: CodeSandbox) -> None:
    assert (await failure(sandbox, "while True: pass")).message == "the code ran longer than 0.3 s"
    assert "33,554,432 bytes of memory" in (await failure(sandbox, "'a' * 10**9")).message


@pytest.mark.promise("X3")
@pytest.mark.parametrize("case", CORPUS, ids=lambda case: case["why"])
async def test_hostile_programs_end_cleanly(sandbox: CodeSandbox, case: dict[str, Any]) -> None:
    # When a hostile program runs
    started = asyncio.get_running_loop().time()
    try:
        result = await run(sandbox, case["source"])
        code, text = None, str(result)
    except StepFailed as error:
        code, text = error.code, str(error.as_json())
    # Then it ends within its time and the kill grace, with a known code, and learns nothing about the host
    assert asyncio.get_running_loop().time() - started < 4
    assert code in {None, "code_error", "code_timeout", "code_memory", "code_output", "code_crashed"}
    if case["code"]:
        assert code == case["code"]
    assert "root:" not in text
    assert os.environ.get("PATH", "?") not in text
    # And the next program runs as if nothing had been
    assert (await run(sandbox, "1 + 1")).output == 2


def test_corpus_is_as_large_as_promised() -> None:
    assert len(CORPUS) >= 40


def workers() -> dict[Path, int]:
    """The `/proc` folders of this process's sandbox workers, and the time that each has computed so far."""
    found = {}
    for folder in sorted(Path("/proc").iterdir()):
        try:
            command, _, rest = (folder / "stat").read_text().partition("(")[2].rpartition(")")
        except OSError:
            continue
        fields = rest.split()
        if "monty" in command and int(fields[1]) == os.getpid():
            found[folder] = int(fields[11])
    return found


async def busy_workers() -> list[Path]:
    """Those that are computing right now, as soon as there are any."""
    before = workers()
    while True:
        await asyncio.sleep(0)
        busy = [worker for worker, ticks in workers().items() if ticks > before.get(worker, 0)]
        if busy:
            return busy


@pytest.mark.promise("X3")
async def test_worker_process_knows_no_environment_and_no_files(sandbox: CodeSandbox) -> None:
    # Given a program that keeps its worker busy
    busy = asyncio.create_task(sandbox.run("while True: pass", {}, seed="s", limits=CodeLimits(time_s=1)))
    # Then its process has an empty environment, and beside the server's log nothing open but pipes
    for worker in await busy_workers():
        assert (worker / "environ").read_bytes() == b""
        targets = {str(fd.readlink()).partition(":")[0] for fd in (worker / "fd").iterdir() if fd.name != "2"}
        assert targets <= {"pipe", "socket", "/dev/null", "anon_inode"}
    with pytest.raises(StepFailed):
        await busy


async def test_killed_worker_hurts_only_its_own_run(sandbox: CodeSandbox) -> None:
    # Given a running program
    busy = asyncio.create_task(sandbox.run("while True: pass", {}, seed="s", limits=CodeLimits(time_s=10)))
    # When its worker is killed
    for worker in await busy_workers():
        os.kill(int(worker.name), 9)
    # Then that run says so, and the next one runs
    with pytest.raises(StepFailed) as caught:
        await busy
    assert caught.value.code == "code_crashed"
    assert (await run(sandbox, "1 + 1")).output == 2


async def test_many_runs_share_few_workers(sandbox: CodeSandbox) -> None:
    results = await asyncio.gather(*(run(sandbox, "n * 2", n=n) for n in range(50)))
    assert [result.output for result in results] == [n * 2 for n in range(50)]


async def test_closed_sandbox_refuses() -> None:
    made = CodeSandbox()
    made.close()
    made.close()
    with pytest.raises(RuntimeError, match="closed"):
        await made.run("1", {}, seed="s")


def test_nothing_starts_at_import_and_the_interpreter_exits_cleanly() -> None:
    # Given a program that imports the module, runs one step and forgets to close
    program = (
        "import asyncio, sys, flow_runtime.sandbox as s\n"
        "assert 'pydantic_monty' not in sys.modules\n"
        "print(asyncio.run(s.CodeSandbox().run('1 + 1', {}, seed='s')).output)\n"
    )
    # When it runs, several times because the fault that this guards against came at random
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=False)
        # Then it exits cleanly
        assert (done.returncode, done.stdout.strip()) == (0, "2"), done.stderr


WORDS = (
    *("x", "y", "f", "(", ")", "[", "]", "{", "}", ":", ",", ".", "=", "==", "+", "*", "**", "%", "if", "else", "for"),
    *("in", "while", "True", "None", "def", "return", "lambda", "import", "re", "'a'", "10", "9999", "\n", "\n  "),
    *("range(", "print("),
)


async def random_programs(sandbox: CodeSandbox, count: int, seed: int) -> None:
    numbers = random.Random(seed)
    limits = CodeLimits(time_s=0.2, memory_bytes=16 * 1024 * 1024)
    for _ in range(count):
        source = " ".join(numbers.choices(WORDS, k=numbers.randrange(1, 25)))
        try:
            await sandbox.run(source, {"x": [1], "y": "a"}, seed="s", limits=limits)
        except StepFailed:
            continue


@pytest.mark.promise("X3")
async def test_random_programs_end_cleanly(sandbox: CodeSandbox) -> None:
    await random_programs(sandbox, 200, seed=1)


@pytest.mark.promise("X3")
@pytest.mark.soak
@pytest.mark.timeout(1200)
async def test_twenty_thousand_random_programs_end_cleanly(sandbox: CodeSandbox) -> None:
    await random_programs(sandbox, 20_000, seed=2)
