"""Files that are generated from the code and checked in; a test fails when one has drifted."""

from pathlib import Path

from flow_runtime.registry import StepRegistry
from flow_runtime.scanners import ScannerRegistry
from peer_server import wire_export
from peer_server.cli import api_types, reference_pages
from peer_server.cli.command_page import commands_page
from peer_server.cli.permissions_page import permissions_page


def generated_files() -> dict[str, str]:
    """The content of every generated file by its path in the repository."""
    return {
        "chat_ui/src/protocol/api.gen.ts": api_types.typescript(),
        "chat_ui/src/protocol/wire.gen.ts": wire_export.typescript(),
        "docs/reference/audit.md": reference_pages.audit_page(),
        "docs/reference/commands.md": commands_page(reference_pages.BANNER),
        "docs/reference/permissions.md": permissions_page(),
        "docs/reference/protocol.md": wire_export.reference(),
        "docs/reference/scanners.md": reference_pages.scanners_page(ScannerRegistry.installed()),
        "docs/reference/settings.md": reference_pages.settings_page(),
        "docs/reference/steps.md": reference_pages.steps_page(StepRegistry.installed()),
    }


def export(root: Path) -> None:
    """Write them below `root`, making folders as needed."""
    for path, content in generated_files().items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content, encoding="utf-8")
