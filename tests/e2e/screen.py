"""A page as a person uses it: what is on it is found by role and name, and every screen is judged by axe."""

import os
import re
from importlib.resources import files
from pathlib import Path
from typing import Final

from playwright.sync_api import Locator, Page, expect

from tests.e2e.gate import Gate

AXE: Final = (files("axe_playwright_python") / "axe.min.js").read_text()
RULES: Final = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
SEVERE: Final = {"serious", "critical"}


class Screen:
    """One page of one person."""

    def __init__(self, page: Page, *, look: str, gate: Gate | None = None) -> None:
        self.page = page
        self._gate = gate
        self.look = look
        self.faults: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", lambda said: self.faults.append(said.text) if _is_violation(said.text) else None)

    @property
    def gate(self) -> Gate:
        """What stands between this page and the server; only in a page that was opened with one."""
        assert self._gate is not None
        return self._gate

    def begin(self, peer: str, starter: str) -> None:
        """Start a conversation with one of the Peer's suggestions."""
        expect(self.page.get_by_role("button", name=peer, exact=True)).to_be_visible()
        self.page.get_by_role("button", name=starter, exact=True).first.click()

    def say(self, words: str) -> None:
        """Write a message and send it with Enter."""
        self.composer.fill(words)
        self.composer.press("Enter")

    @property
    def composer(self) -> Locator:
        """Where one writes."""
        return self.page.get_by_role("textbox", name="Message", exact=True)

    def card(self, title: str) -> Locator:
        """The newest card with this title."""
        return self.page.get_by_role("article", name=re.compile(title)).locator("visible=true").last

    def fact(self, title: str, word: str) -> Locator:
        """The line of a closed request: what, and how it ended."""
        return self.page.get_by_role("button", name=re.compile(f"{title}.*{word}", re.DOTALL)).last

    def hears(self, words: str) -> None:
        """Wait until the transcript says this."""
        expect(self.page.get_by_role("log").get_by_text(re.compile(words)).last).to_be_visible()

    def looks_right(self, name: str) -> None:
        """No serious fault for assistive technology, nothing wider than the screen, nothing refused by the policy."""
        self._keep(name)
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE)
        severe = [
            f"{fault['id']}: {node['html']}"
            for fault in self.page.evaluate("rules => axe.run(rules)", RULES)["violations"]
            if fault["impact"] in SEVERE
            for node in fault["nodes"]
        ]
        assert not severe, f"{name}: {severe}"
        overflow = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, f"{name} is {overflow} px too wide"
        assert self.faults == [], name

    def _keep(self, name: str) -> None:
        """A picture for people to look at, if SCREENSHOTS names a directory."""
        folder = os.environ.get("SCREENSHOTS")
        if folder:
            path = Path(folder) / f"{name}-{self.look}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=path)


def _is_violation(said: str) -> bool:
    return "Content Security Policy" in said or "Content-Security-Policy" in said
