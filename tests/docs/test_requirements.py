"""Every required behaviour has a test that proves it, or says why not."""

from tests.docs.requirements import PAGE, UNPROVED, proofs, renewed, rows


def test_the_table_names_the_tests_as_they_are() -> None:
    # `python -m tests.docs.requirements` renews it.
    assert PAGE.read_text() == renewed(PAGE.read_text())


def test_tests_prove_rows_that_exist() -> None:
    assert set(proofs()) - set(rows(PAGE.read_text())) == set()


def test_a_row_without_a_test_says_why() -> None:
    silent = {row for row, proof in rows(PAGE.read_text()).items() if not (proof in UNPROVED or "tests/" in proof)}
    assert silent == set()
