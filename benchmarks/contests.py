"""What is measured: every contest with its commands, its figures, and the targets of the first release."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.peer_environment import PEER_PYTHON, PEERS
from benchmarks.systems import CHAINLIT, PRODUCT

LANGGRAPH = "LangGraph"

Command = Sequence[str]


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a case, by the key under which the scripts print it. `target` is the product's, if it has one."""

    case: str
    key: str
    title: str
    target: float | None = None
    more_is_better: bool = False

    def is_met(self, value: float) -> bool:
        """Whether the target is reached; without one it always is."""
        if self.target is None:
            return True
        return value >= self.target if self.more_is_better else value <= self.target


@dataclass(frozen=True, slots=True)
class Contest:
    """The product and one peer doing the same. Each command prints a JSON line per case."""

    id: str
    title: str
    peer: str
    commands: dict[str, Command]
    quick: Command
    figures: Sequence[Figure]
    only_once: bool = False
    """Takes so long that one round must do."""


def module(name: str, *options: str) -> Command:
    """A script of this package."""
    return [sys.executable, "-m", f"benchmarks.{name}", *options]


def peer_script(name: str, *options: str) -> Command:
    """A script that runs among the peers."""
    return [str(PEER_PYTHON), str(PEERS / f"{name}.py"), *options]


def chat_servers(name: str) -> dict[str, Command]:
    """A script that can measure both chat servers."""
    return {PRODUCT: module(name, "--system", "product"), CHAINLIT: module(name, "--system", "chainlit")}


CONTESTS = (
    Contest(
        id="T1",
        title="Durable steps: runs of 50 steps on SQLite, each step on disk before the next begins",
        peer=LANGGRAPH,
        commands={PRODUCT: module("durable_steps"), LANGGRAPH: peer_script("langgraph_steps")},
        quick=["--steps", "5", "--seconds", "0.1"],
        figures=[
            Figure("1 at once", "stepsPerSecond", "steps/s", more_is_better=True),
            Figure("1 at once", "cpuMsPerStep", "CPU ms per step"),
            Figure("32 at once", "stepsPerSecond", "steps/s", target=10_000, more_is_better=True),
            Figure("32 at once", "cpuMsPerStep", "CPU ms per step"),
            Figure("32 at once", "bytesPerStep", "bytes on disk per step"),
        ],
    ),
    Contest(
        id="T2",
        title="Resume: from the answer to an approval to the result of its run",
        peer=LANGGRAPH,
        commands={PRODUCT: module("resume"), LANGGRAPH: peer_script("langgraph_resume")},
        quick=["--resumes", "5"],
        figures=[
            Figure("1 at once", "p50Ms", "p50 ms", target=2.5),
            Figure("1 at once", "p99Ms", "p99 ms"),
            Figure("32 at once", "resumesPerSecond", "resumes/s", target=2_000, more_is_better=True),
            Figure("32 at once", "p50Ms", "p50 ms"),
            Figure("32 at once", "p99Ms", "p99 ms"),
        ],
    ),
    Contest(
        id="T2 waiting",
        title="What 10,000 waiting runs cost",
        peer=LANGGRAPH,
        commands={
            PRODUCT: module("resume", "--resumes", "1", "--waiting", "10000"),
            LANGGRAPH: peer_script("langgraph_resume", "--resumes", "1", "--waiting", "10000"),
        },
        quick=["--waiting", "50"],
        figures=[
            Figure("waiting", "diskBytesEach", "bytes on disk each"),
            Figure("waiting", "rssBytesEach", "bytes of memory each"),
            Figure("waiting", "pausesPerSecond", "started and paused/s", more_is_better=True),
        ],
        only_once=True,
    ),
    Contest(
        id="T3",
        title="Streamed answers: 50 conversations at once",
        peer=CHAINLIT,
        commands=chat_servers("streaming_chat"),
        quick=["--conversations", "2", "--turns", "1"],
        figures=[
            Figure("paced", "cpuSPer1kTokens", "server CPU s per 1,000 tokens", target=0.15),
            Figure("paced", "firstP50Ms", "first token, p50 ms"),
            Figure("paced", "firstP99Ms", "first token, p99 ms"),
            Figure("paced", "tokensPerSecond", "tokens/s of 5,000 offered", more_is_better=True),
            Figure("burst", "tokensPerSecond", "tokens/s", target=25_000, more_is_better=True),
            Figure("burst", "cpuSPer1kTokens", "server CPU s per 1,000 tokens"),
        ],
    ),
    Contest(
        id="T4",
        title="Idle conversations: 2,000, each with a socket of its own",
        peer=CHAINLIT,
        commands=chat_servers("idle_sockets"),
        quick=["--sockets", "20", "--idle-s", "0.5"],
        figures=[
            Figure("idle", "kibEach", "KiB of memory each", target=45),
            Figure("idle", "idleCpuPercent", "CPU % of a core, all together"),
            Figure("idle", "openCpuMsEach", "CPU ms to open one"),
        ],
    ),
    Contest(
        id="T6",
        title="Start: from the command to the first answer",
        peer=CHAINLIT,
        commands=chat_servers("server_start"),
        quick=["--rest-s", "0.1"],
        figures=[
            Figure("first", "startS", "s to listening"),
            Figure("again", "startS", "s to listening", target=1.2),
            Figure("again", "rssMb", "MB of memory at rest", target=150),
        ],
    ),
)
