"""The browser, and a process that makes what it opens."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from multiprocessing import get_context

import pytest
from playwright.sync_api import Browser

from benchmarks.chromium import LACKING, find, started
from tests.browser.looking import Looked, looking


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of what TENURE_BROWSER names, which must start; without it of what is there, or none and no test."""
    path = find(os.environ)
    if path is None:
        pytest.skip(LACKING)
    return path


@pytest.fixture(scope="session")
def workshop() -> Iterator[Executor]:
    """A process for what the commands do: their followers of the registry end with it."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as workshop:
        yield workshop


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """Started for a module: its event loop would be in the way of other modules' own."""
    with started(chromium) as browser:
        yield browser


@pytest.fixture
def looked(browser: Browser) -> Iterator[Looked]:
    """A page on a desktop, in the light scheme."""
    with looking(browser) as looked:
        yield looked
