"""The import contracts of pyproject.toml hold: who may import whom is checked, not remembered."""

from pathlib import Path

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

ROOT = Path(__file__).parents[1]


def test_import_contracts_hold(capsys: pytest.CaptureFixture[str]) -> None:
    # When every contract is checked
    status = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)
    # Then all are kept, or the report says which import breaks which
    assert status == EXIT_STATUS_SUCCESS, capsys.readouterr().out
