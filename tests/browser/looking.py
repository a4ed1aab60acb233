"""What a reader's browser meets: a page that reaches files alone, and everything it complains of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, Dialog, Page

DESKTOP, PHONE = {"width": 1100, "height": 800}, {"width": 360, "height": 780}
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa")
AXE = "rules => axe.run({resultTypes: ['violations'], preload: false, runOnly: rules})"  # preload fetches, files cannot
GRAVE = {"serious", "critical"}
UNFOLD = "document.querySelectorAll('details').forEach(one => { one.open = true })"


@contextmanager
def looking(browser: Browser, *, screen: dict[str, int] = DESKTOP, scheme: str = "light") -> Iterator[Looked]:
    """A page without a network: whatever is no file is refused, and noted."""
    context = browser.new_context(offline=True, viewport=screen, color_scheme=scheme)
    try:
        yield Looked(context)
    finally:
        context.close()


class Looked:
    """A page, and what it complained of: errors, warnings, exceptions, dialogs, and what could not be loaded."""

    def __init__(self, context: BrowserContext) -> None:
        self.complaints: list[str] = []
        context.route(lambda url: not url.startswith("file:"), lambda route: route.abort())
        context.on("console", lambda said: self._note(said.text, noted=said.type in {"error", "warning"}))
        context.on("weberror", lambda raised: self._note(str(raised.error)))
        context.on("requestfailed", lambda request: self._note(f"not loaded: {request.url}"))
        context.on("dialog", self._dismiss)
        self.page: Page = context.new_page()

    def open(self, path: Path) -> Page:
        """The page, at the file `path`."""
        self.page.goto(path.as_uri())
        return self.page

    def grave(self) -> list[str]:
        """What axe finds serious or critical on the page with all of it open, by WCAG 2.1 A and AA."""
        self.page.evaluate(UNFOLD)
        self.page.evaluate(AXE_SCRIPT)
        found = self.page.evaluate(AXE, list(RULES))["violations"]
        return [
            f"{self.page.url}: {one['id']} at {node['target']}"
            for one in found
            if one["impact"] in GRAVE
            for node in one["nodes"]
        ]

    def _dismiss(self, dialog: Dialog) -> None:
        self._note(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _note(self, text: str, *, noted: bool = True) -> None:
        if noted:
            self.complaints.append(f"{self.page.url}: {text}")
