"""The Chromium that opens the report: for the browser tests, and for the README's picture."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

ENVIRONMENT = "TENURE_BROWSER"
NAMES = ("chromium", "chromium-browser", "google-chrome")
LACKING = f"no Chromium: none of {', '.join(NAMES)} is on PATH, and {ENVIRONMENT} names no other"
# Playwright itself leaves the sandbox out, which root cannot have. Containers have little shared memory.
ARGUMENTS = ("--disable-dev-shm-usage",)


def find(environment: Mapping[str, str]) -> str | None:
    """The browser that TENURE_BROWSER names, else the first of NAMES on PATH; None where there is none."""
    on_path = (shutil.which(name, path=environment.get("PATH", "")) for name in NAMES)
    return environment.get(ENVIRONMENT) or next(filter(None, on_path), None)


@contextmanager
def started(path: str) -> Iterator[Browser]:
    """The browser at `path`, headless, until the end of the block. Raises Playwright's Error where it does not start.

    An event loop runs in this thread meanwhile: nothing else here may start one.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()
