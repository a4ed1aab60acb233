"""Every page of three companies' reports, as a reader's browser shows it; pictures are kept in build/screenshots."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page

from tests.browser.companies import COMPANIES, report
from tests.browser.looking import DESKTOP, PHONE, Looked, looking

pytestmark = pytest.mark.slow
KEPT = Path(__file__).parents[2] / "build" / "screenshots"


@pytest.fixture(scope="module", params=COMPANIES)
def company(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def site(
    company: str,
    browser: Browser,
    workshop: Executor,
    shared_data: Callable[[str], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """The folder of a company's report."""
    files = {"TELCO_CHURN_CSV": str(shared_data("telco_churn.csv"))} if company == "telco_churn" else {}
    return workshop.submit(report, company, tmp_path_factory.mktemp(company), files).result()


def pages(site: Path) -> list[Path]:
    found = sorted(site.glob("*.html"))
    assert len(found) >= 9
    return found


@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_every_page_opens_in_silence_and_no_wider_than_its_screen(
    browser: Browser, company: str, site: Path, screen: dict[str, int]
) -> None:
    where = KEPT / company / ("phone" if screen == PHONE else "")
    with looking(browser, screen=screen) as looked:
        for path in pages(site):
            page = looked.open(path)
            assert page.locator("h1").is_visible()
            assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth"), path.name
            page.screenshot(path=where / f"{path.stem}.png", full_page=True)
    assert looked.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(browser: Browser, site: Path, scheme: str) -> None:
    with looking(browser, scheme=scheme) as looked:
        found = []
        for path in pages(site):
            looked.open(path)
            found += looked.grave()
    assert found == []


def test_every_page_is_reached_from_the_first_and_leads_back(looked: Looked, site: Path) -> None:
    page = looked.open(site / "index.html")
    links = page.get_by_role("navigation", name="Pages").get_by_role("link")
    reached = []
    for number in range(links.count()):
        said, href = links.nth(number).inner_text(), links.nth(number).get_attribute("href") or ""
        _follow(links.nth(number), f"/{href}")
        assert page.locator("h1").is_visible()
        assert page.locator("nav [aria-current=page]").inner_text() == said
        reached.append(href)
        _follow(page.locator(".site a"), "/index.html")
    assert sorted(reached) == [path.name for path in pages(site)]
    assert looked.complaints == []


def test_every_other_link_leads_to_its_place(looked: Looked, site: Path) -> None:
    for path in pages(site):
        page = looked.open(path)
        hrefs = {one.get_attribute("href") or "" for one in page.locator("main a:not([download])").all()}
        for href in sorted(hrefs):  # those within the page come first
            if _file(page) != path.name:
                looked.open(path)
            place, mark, section = href.partition("#")
            _follow(page.locator(f'main a[href="{href}"]').first, f"/{place or path.name}{mark}{section}")
            assert not section or page.locator(":target").is_visible()
    assert looked.complaints == []


def test_every_table_opens_to_its_last_row_and_is_downloaded_whole(looked: Looked, site: Path) -> None:
    for path in pages(site):
        page = looked.open(path)
        for table in page.locator(".data").all():
            told = table.locator(".scroll").first.locator("tbody tr").count() + _opened(table.locator("details").all())
            with page.expect_download() as download:
                table.get_by_role("link", name="Download as CSV").click()
            with Path(download.value.path()).open(newline="", encoding="utf-8") as file:
                assert len(list(csv.DictReader(file))) == told, download.value.suggested_filename
        assert page.locator(".data").count() == len(list((site / "data").glob(f"{path.stem}-*.csv")))
        assert page.locator("table").count() == page.locator(".data table").count()


def test_a_print_has_pages_and_no_navigation(looked: Looked, site: Path) -> None:
    looked.page.emulate_media(media="print")
    for path in pages(site):
        page = looked.open(path)
        assert not [one for one in page.locator("nav, .csv, .skip").all() if one.is_visible()]
        printed = page.pdf(format="A4")
        assert printed.startswith(b"%PDF")
        assert re.findall(rb"/Type\s*/Page\b", printed)


def _opened(details: list[Locator]) -> int:
    """The rows behind `details`, each opened by its line, which says how many there are."""
    rows = 0
    for one in details:
        line = one.locator("summary")
        assert not one.locator("table").is_visible()
        line.click()
        assert one.locator("tr").last.is_visible()
        found = one.locator("tbody tr").count()
        assert line.inner_text().startswith(f"{found:,} more row")
        rows += found
    return rows


def _follow(link: Locator, end: str) -> None:
    """Click `link` and wait until its place, whose address ends so, has loaded."""
    link.click()
    link.page.wait_for_url(lambda url: url.endswith(end))


def _file(page: Page) -> str:
    return page.url.rpartition("/")[2].partition("#")[0]
