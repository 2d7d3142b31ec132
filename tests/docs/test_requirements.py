"""Everything that is required or promised has a test that proves it, or says why not."""

import pytest

from tests.docs.requirements import TABLES, UNPROVED, Table

pytestmark = pytest.mark.parametrize("table", TABLES, ids=lambda table: table.page.stem)


def test_a_table_names_the_tests_as_they_are(table: Table) -> None:
    # `python -m tests.docs.requirements` renews it.
    assert table.page.read_text() == table.renewed()


def test_tests_prove_what_exists(table: Table) -> None:
    assert set(table.proofs()) - set(table.rows()) == set()


def test_what_has_no_test_says_why(table: Table) -> None:
    silent = {row for row, proof in table.rows().items() if not (proof in UNPROVED or "tests/" in proof)}
    assert silent == set()
