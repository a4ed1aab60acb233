from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from configs.errors import StoreUnavailable
from configs.monitoring import Monitoring
from monitoring.data.quality import ColumnQuality, Quality, TableCounts
from monitoring.drift.drift import ColumnDrift, DriftResult, Scores
from monitoring.health.mix import Mix, Part, Taken
from monitoring.intervals import Interval
from monitoring.performance.matured import Bin, Fit, Performance
from monitoring.report import TEMPLATES, Facts, document, page, prepare, write
from monitoring.verdict import conclude

GOLDEN = Path(__file__).parent / "golden" / "report.txt"
NOW = datetime(2017, 11, 6, 9, 30, tzinfo=UTC)
HOSTILE = "<script>alert('x')</script>"
VOID = {"meta", "br", "img", "link", "hr", "input"}


@pytest.fixture(scope="module")
def facts() -> Facts:
    settings = Monitoring()
    drift = DriftResult(
        columns=(
            ColumnDrift("p_churn", "wasserstein", 0.32, 0.071, 0.1, drifted=True),
            ColumnDrift("purchases__days_since_last", "wasserstein", 0.25, 0.08, 0.1, drifted=True),
            ColumnDrift(f"profile__{HOSTILE}", "jensenshannon", 0.02, 0.04, 0.1, drifted=False),
            ColumnDrift("loyalty__tier", "jensenshannon", None, None, None, drifted=False, skipped="never filled"),
        ),
        reference_rows=5000,
        current_rows=1234,
        alpha=0.05,
        page="evidently/drift.html",
        scores=Scores((0.0, 0.25, 0.5), (0.8, 0.2), (0.6, 0.4), 0.12, 0.18),
    )  # fmt: skip
    bins = (Bin(0.05, Interval(0.06, 0.03, 0.1), 300), Bin(0.2, Interval(0.22, 0.17, 0.28), 300))
    fit = Fit(Interval(0.812, 0.78, 0.84), Interval(0.1, 0.09, 0.11), Interval(0.33, 0.3, 0.36), 0.013, 0.021, bins)
    later = NOW + timedelta(days=9)
    performance = Performance(600, 540, 84, 1, 12, later, later, fit, None)
    mix = Mix(
        decisions=1500,
        customers=1234,
        arms=(Part("policy", 1350, 0.9), Part("holdout", 150, 0.1)),
        offers=(Part(HOSTILE, 810, 0.6),),
        kinds=(Part("voucher", 810, 0.6),),
        channels=(Part("email", 810, 0.6),),
        nothing=Part("nothing", 540, 0.4),
        degraded=Part("degraded", 6, 0.004),
        degraded_parts=(Part("churn_model", 6, 0.004),),
        filters=(Part("contact_cap", 75, 0.75), Part("consent", 25, 0.25)),
        lowest_selection_probability=0.0125,
        impossible_selection_probabilities=0,
        accepted=Taken("all offers", 810, 81, Interval(0.1, 0.081, 0.123)),
        accepted_by_offer=(Taken(HOSTILE, 810, 81, Interval(0.1, 0.081, 0.123)),),
    )
    quality = Quality(
        columns=(
            ColumnQuality("experience__nps", 0.1, 1.0, False, (), 0.0, False, 0, True),
            ColumnQuality("profile__region", 0.0, 0.3, True, ("north & south", HOSTILE), 0.08, False, 0, False),
            ColumnQuality("purchases__spend", 0.0, 0.01, False, (), 0.0, True, 7, False),
        ),
        rows=1234,
        empty=3,
        ingest=(
            TableCounts("customers", (("rows_read", 2469), ("kept", 2469))),
            TableCounts("transactions", (("rows_read", 155848), ("quarantined", 8))),
        ),
    )
    verdict = conclude(drift, performance, mix, quality, settings)
    return Facts(f"shop {HOSTILE}", NOW - timedelta(days=28), NOW, verdict, drift, performance, mix, quality, settings)


@pytest.fixture(scope="module")
def html(facts: Facts) -> str:
    return page(facts)


class Outline(HTMLParser):
    """What a browser, a screen reader and an eye get of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.misplaced: list[str] = []
        self.lines: list[str] = []
        self.cells: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.misplaced.append(tag)
        if tag == "tr":
            self.lines.append(" | ".join(self.cells))
            self.cells = []

    def handle_data(self, data: str) -> None:
        if data.strip() and "style" not in self.open:
            heading = "#" * int(self.open[-1][1]) + " " if self.open[-1] in {"h1", "h2", "h3"} else ""
            (self.cells if "tr" in self.open else self.lines).append(heading + " ".join(data.split()))

    def attributes(self, name: str) -> list[str]:
        return [value for _, attributes in self.tags if (value := attributes.get(name))]


@pytest.fixture(scope="module")
def outline(html: str) -> Outline:
    return Outline(html)


def test_the_page_says_exactly_this(outline: Outline) -> None:
    """The whole text of the page. After a wanted change: `UPDATE_GOLDEN=1 make test`, and read the difference."""
    if "UPDATE_GOLDEN" in os.environ:
        GOLDEN.write_text("\n".join(outline.lines) + "\n")
    assert outline.lines == GOLDEN.read_text().splitlines()


def test_the_page_needs_nothing_else(html: str, outline: Outline) -> None:
    assert not re.search(r"(?i)https?:|//[a-z]|@import|url\(|<link|<iframe|<object", html)
    assert outline.attributes("src") == []
    assert {tag for tag, _ in outline.tags} & {"script", "link", "img"} == set()
    outside = {href for href in outline.attributes("href") if not href.startswith("#")}
    assert outside == {"evidently/drift.html", "monitor.json"}  # written beside it


def test_names_are_escaped(html: str) -> None:
    assert "<script" not in html
    assert html.count("&lt;script&gt;") == 5  # title, heading, drifting column, offer, unseen category


def test_the_page_is_well_formed_and_its_links_lead_somewhere(outline: Outline) -> None:
    assert (outline.misplaced, outline.open) == ([], [])
    ids = outline.attributes("id")
    assert len(ids) == len(set(ids))
    inner = {href[1:] for href in outline.attributes("href") if href.startswith("#")}
    described = {name for names in outline.attributes("aria-labelledby") for name in names.split()}
    assert (inner | described) - set(ids) == set()


def test_the_page_is_told_to_those_who_do_not_see_it(outline: Outline) -> None:
    tags = [tag for tag, _ in outline.tags]
    assert [tags.count(landmark) for landmark in ("header", "nav", "main", "footer", "h1")] == [1] * 5
    levels = [int(tag[1]) for tag in tags if re.fullmatch(r"h[1-6]", tag)]
    assert all(b - a <= 1 for a, b in pairwise(levels))
    assert tags.count("table") == tags.count("caption")
    assert all("scope" in attributes for tag, attributes in outline.tags if tag == "th")
    assert all(a["role"] == "img" and a["aria-labelledby"] for tag, a in outline.tags if tag == "svg")
    assert outline.tags[0] == ("html", {"lang": "en"})


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("text", ["ink", "soft", "blue", "act", "watch", "wait", "good"])
def test_contrast_is_at_least_that_of_wcag_aa(scheme: int, text: str) -> None:
    block = re.findall(r":root \{(.*?)\}", (TEMPLATES / "report.css").read_text(), re.DOTALL)[scheme]
    colours = dict(re.findall(r"--(\w+): (#\w{6})", block))
    for ground in ("paper", "panel"):
        dark, light = sorted((_luminance(colours[text]), _luminance(colours[ground])))
        assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_the_json_holds_the_same_facts(facts: Facts) -> None:
    found = json.loads(document(facts))
    assert (found["ok"], found["headline"], found["now"]) == (
        False,
        facts.verdict.headline,
        "2017-11-06T09:30:00+00:00",
    )
    assert [finding["what"] for finding in found["verdict"]["findings"]] == [f.what for f in facts.verdict.findings]
    assert found["drift"]["columns"][0] == {
        "name": "p_churn",
        "method": "wasserstein",
        "statistic": 0.32,
        "chance": 0.071,
        "threshold": 0.1,
        "drifted": True,
        "skipped": None,
    }
    assert found["performance"]["fit"]["auc"] == {"value": 0.812, "low": 0.78, "high": 0.84}
    assert found["settings"] == Monitoring().model_dump()


def test_numbers_that_do_not_exist_are_null_in_json(facts: Facts) -> None:
    nan = replace(facts, performance=replace(facts.performance, fit=replace(facts.performance.fit, ece=float("nan"))))
    text = document(nan)
    assert "NaN" not in text
    assert json.loads(text)["performance"]["fit"]["ece"] is None


def test_what_json_cannot_say_is_an_error_not_a_guess(facts: Facts) -> None:
    with pytest.raises(TypeError, match="Path has no place in the report"):
        document(replace(facts, title=Path("x")))


def test_both_files_are_written_whole(facts: Facts, html: str, tmp_path: Path) -> None:
    prepare(tmp_path / "reports")
    assert write(facts, tmp_path / "reports") == (tmp_path / "reports/index.html", tmp_path / "reports/monitor.json")
    assert (tmp_path / "reports/index.html").read_text(encoding="utf-8") == html
    assert len(list((tmp_path / "reports").iterdir())) == 2


def test_a_place_that_cannot_be_written_is_named(facts: Facts, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for attempt in (
        lambda: prepare(tmp_path / "file" / "reports"),
        lambda: write(facts, tmp_path / "file" / "reports"),
    ):
        with pytest.raises(StoreUnavailable, match=r"file/reports.* cannot be written: .*Not a directory"):
            attempt()
