"""`peer-server sweep`: what is kept no longer goes now, or is only counted, beside servers that are running."""

import asyncio
from pathlib import Path

from peer_server.app import ANCHORS, build_blobs, open_keyring
from peer_server.audit_anchors import Anchors
from peer_server.cli.beside_store import store_beside
from peer_server.cli.display import Display
from peer_server.cli.start import plain_errors
from peer_server.services.files.file_sweep import FileSweep
from peer_server.services.oversight.audit_trail import AuditTrail
from peer_server.services.retention.report import SweepReport, Watch
from peer_server.services.retention.sweeper import Sweeper
from peer_server.settings import Settings, load_settings


def sweep(*, data_dir: Path | None, dry_run: bool, as_json: bool) -> bool:
    """Sweep or count, and print the report; False if another process is at it."""
    display = Display(as_json=as_json)
    with plain_errors():
        settings = load_settings(data_dir=data_dir)
        what = "Looking for what is kept no longer" if dry_run else "Removing what is kept no longer"
        with display.counting(what) as watch:
            report = asyncio.run(_sweep(settings, dry_run=dry_run, watch=watch))
    if report is None:
        display.complain("another process is sweeping now; try again in a few minutes")
        return False
    if as_json:
        display.json(report.as_json())
        return True
    for kind, count in report.counts.items():
        display.say(f"{kind}: {count:,}")
    display.say("Nothing was changed." if dry_run else "Done." if report.counts else "There was nothing to remove.")
    return True


async def _sweep(settings: Settings, *, dry_run: bool, watch: Watch) -> SweepReport | None:
    from flow_runtime.clock import SystemClock

    clock, keyring = SystemClock(), open_keyring(settings)
    trail = AuditTrail(keyring=keyring, clock=clock, anchors=Anchors(settings.data_dir / ANCHORS))
    async with store_beside(settings) as store:
        files = FileSweep(store, blobs=build_blobs(settings), clock=clock)
        sweeper = Sweeper(store, files=files, trail=trail, clock=clock)
        return await (sweeper.look(watch=watch) if dry_run else sweeper.sweep_now(watch=watch))
