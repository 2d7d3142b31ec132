"""Nothing is depended on without a decision record."""

import re
import tomllib

from tests.docs.markdown import ROOT


def test_every_runtime_dependency_is_argued_for() -> None:
    # Given the libraries that an installation brings
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    libraries = {re.split(r"[^\w-]", requirement)[0] for requirement in project["dependencies"]}
    # When the records are read
    records = "\n".join(page.read_text() for page in (ROOT / "docs" / "adr").glob("2*.md"))
    # Then each is named in one of them
    assert {library for library in libraries if not re.search(rf"\b{library}\b", records)} == set()


def test_the_lock_knows_every_runtime_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    libraries = {re.split(r"[^\w-]", requirement)[0] for requirement in project["dependencies"]}
    locked = {line.partition("==")[0] for line in (ROOT / "requirements.lock").read_text().splitlines()}
    assert libraries - locked == set()
