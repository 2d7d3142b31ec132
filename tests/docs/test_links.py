"""Every link inside the repository leads somewhere."""

from pathlib import Path

import pytest

from tests.docs.markdown import ROOT, anchors, links, pages


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    broken = []
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


def test_every_decision_is_listed() -> None:
    folder = ROOT / "docs" / "adr"
    assert set(links(folder / "README.md")) >= {file.name for file in folder.glob("2*.md")}


def test_every_page_can_be_reached_from_the_readme() -> None:
    # Given the front page
    reached, to_read = set(), [ROOT / "README.md"]
    # When every link is followed
    while to_read:
        page = to_read.pop()
        if page not in reached and page.suffix == ".md":
            reached.add(page)
            to_read += [(page.parent / link.partition("#")[0]).resolve() for link in links(page)]
    # Then no page of the documentation was missed
    assert sorted(set((ROOT / "docs").rglob("*.md")) - reached) == []
