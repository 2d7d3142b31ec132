"""The executor of runs of kind `turn`: whatever a Peer does to answer.

Each model call and each tool call is a journaled step. After a crash the finished ones are read, not repeated; the
model call in flight is repeated under its message id, so that its text replaces what was seen of it.

Stop ends the turn, and with it the flows that the turn still holds: they are cancelled and their open interrupts with
them. A flow that was handed over because it waits is *detached*: it stays, and can be answered.
"""

import asyncio

from flow_runtime.errors import Fenced, FlowError
from flow_runtime.lease import Lease
from flow_runtime.run import Ending, RunStatus
from peer_server.peer import PeerVersion
from peer_server.peers.flow_turn import run_action, run_message_flow, tell_outcome
from peer_server.peers.model_turn import talk
from peer_server.peers.turn_journal import done, is_message, is_tool
from peer_server.peers.turn_work import TurnServices, TurnWork


class TurnExecutor:
    """Executes turns; register it with the worker under the kind `turn`."""

    def __init__(self, services: TurnServices) -> None:
        self._services = services

    async def execute(self, lease: Lease) -> None:
        """Carry the turn on from its journal until it has ended, is stopped, or the worker goes away.

        What goes wrong on purpose fails the turn, in words.
        """
        try:
            peer = await self._load_peer(lease)
        except FlowError as error:
            await lease.end(Ending(RunStatus.FAILED, error=error.as_json()))
            return
        work = TurnWork(self._services, lease, peer=peer)
        answering = asyncio.ensure_future(_answer(work))
        stopping = asyncio.ensure_future(lease.cancelled.wait())
        try:
            await asyncio.wait({answering, stopping}, return_when=asyncio.FIRST_COMPLETED)
            was_cut = not answering.done()
        finally:
            answering.cancel()
            stopping.cancel()
            await asyncio.wait({answering, stopping})
            work.close_message()
        if was_cut:
            await self._stop(work)
        else:
            answering.result()

    async def _load_peer(self, lease: Lease) -> PeerVersion:
        run = lease.run
        return await self._services.store.read(
            self._services.directory.load_peer,
            run.workspace_id,
            run.trigger.source or "",
            preview=run.environment == "draft",
            person_id=run.started_by,
        )

    async def _stop(self, work: TurnWork) -> None:
        """Somebody asked to stop: keep what was written, and end. A worker that merely goes away ends nothing."""
        run = await self._services.runtime.get(work.run.id, workspace_id=work.run.workspace_id)
        if work.has_ended or run.status.has_ended or run.cancel_requested_at is None:
            return
        events = []
        for step in work.journal.unfinished:
            ids = {"messageId": step.started.get("messageId"), "toolCallId": step.started.get("toolCallId")}
            if is_message(step.key):
                events.append(done(step.key, {"status": "stopped", "text": work.written}, **ids))
            elif is_tool(step.key):
                events.append(done(step.key, {"status": "stopped"}, **ids))
        await work.end(Ending(RunStatus.CANCELLED), events)


async def _answer(work: TurnWork) -> None:
    """Everything up to the end of the turn."""
    try:
        if work.inputs["reason"] == "action":
            await run_action(work)
        elif "origin" in work.inputs and work.inputs["as"] != "tool":
            await tell_outcome(work)
        elif "origin" not in work.inputs and work.peer.message_flow is not None:
            await run_message_flow(work)
        else:
            await talk(work)
    except Fenced:
        raise
    except FlowError as error:
        if work.has_ended:
            raise
        await work.end(Ending(RunStatus.FAILED, error=error.as_json()))
