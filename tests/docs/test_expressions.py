"""The page on expressions names everything that they can name."""

import re

from flow_runtime.plan import BASE_NAMES
from tests.docs.markdown import ROOT


def test_every_name_is_explained() -> None:
    page = (ROOT / "docs" / "topics" / "expressions.md").read_text()
    table = page.partition("| name | is |")[2].partition("\n\n")[0]
    named = set(re.findall(r"`(\w+)[`.]", table))
    assert {*BASE_NAMES, "item", "index", "iteration"} <= named
