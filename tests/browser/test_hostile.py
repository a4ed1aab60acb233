"""A report whose names hold scripts runs none of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.looking import Looked
from tests.monitoring.test_facts import HOSTILE, facts, folder  # noqa: F401 - the report in which HOSTILE is a name

SPY = "window.ran = 0; const real = window.alert; window.alert = said => { window.ran += 1; real(said) }"


@pytest.fixture
def spied(looked: Looked) -> Looked:
    looked.page.add_init_script(SPY)
    return looked


def test_the_watch_is_awake(spied: Looked, tmp_path: Path) -> None:
    path = tmp_path / "hostile.html"
    path.write_text(f"{HOSTILE}<script>throw Error('thrown')</script><img src='http://example.invalid/a.png'>")
    page = spied.open(path)
    said = {one.partition("hostile.html: ")[2] for one in spied.complaints}
    assert page.evaluate("[window.ran, document.scripts.length]") == [1, 2]
    assert {"dialog: x", "thrown", "not loaded: http://example.invalid/a.png"} <= said


def test_names_that_are_scripts_are_read_and_not_run(spied: Looked, folder: Path) -> None:  # noqa: F811 - the fixture
    pages = sorted(folder.glob("*.html"))
    for path in pages:
        page = spied.open(path)
        for details in page.locator("details").all():
            details.locator("summary").click()
        assert page.evaluate("[window.ran, document.scripts.length]") == [0, 0]
        assert HOSTILE in page.locator("header").inner_text()
    assert spied.complaints == []
    assert len(pages) >= 5
