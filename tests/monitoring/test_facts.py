"""Facts as pages and as JSON: what is read, by whom, and what it rests on."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from configs.errors import StoreUnavailable
from configs.monitoring import Monitoring
from decisioning.arm_outcomes import ArmOutcomes
from decisioning.budgets import MONDAY
from decisioning.lift import lifts
from monitoring.data.quality import ColumnQuality, Quality, TableCounts
from monitoring.drift.drift import ColumnDrift, DriftResult, Scores
from monitoring.facts import Facts, document, schema, tell
from monitoring.health.arms import Assigned, check_arms
from monitoring.health.budgets import BudgetUse
from monitoring.health.exploration import Exploration, Stated
from monitoring.health.health import Health
from monitoring.health.lift import Compared
from monitoring.health.mix import Mix, Part, Taken
from monitoring.intervals import Interval
from monitoring.performance.matured import Bin, Fit, Performance
from monitoring.site.write import TEMPLATES, prepare, write
from monitoring.skew.freshness import Ages, FeatureFreshness, Freshness
from monitoring.skew.skew import Comparison, FeatureSkew, Skew
from monitoring.warning.rises import Warned, examine
from monitoring.warning.watch import Advice, Reason, Told
from tests.monitoring.outline import Outline
from tests.monitoring.warning.watching import Watching, scored, span

GOLDEN = Path(__file__).parent / "golden" / "report.txt"
NOW = datetime(2017, 11, 6, 9, 30, tzinfo=UTC)
HOSTILE = "<script>alert('x')</script>"


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
        fallback=Part("fallback", 0, 0.0),
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
    after, health, skew = NOW - timedelta(days=28), _health(), _skew()
    shop = f"shop {HOSTILE}"
    return Facts(shop, after, NOW, drift, performance, mix, quality, None, settings, health, skew, _warned(settings))


def _warned(settings: Monitoring) -> Warned:
    """More than usual rose, for a reason and with an offer that hold markup."""
    told = Told((Reason(f"Plan {HOSTILE} is left more often", f"Plan {HOSTILE}"),), Advice("policy", HOSTILE, "email"))
    before = [span([0.15] * rose + [0.0] * (200 - rose), ago) for ago, rose in enumerate((20, 24, 22), 1)]
    given = scored([0.15] * 50 + [0.25] * 12 + [0.35] * 3 + [0.0] * 135, [10.0] * 200, before)
    return examine(Watching(given, {f"c{number}": told for number in range(60)}), settings)[0]


def _health() -> Health:
    """Every section of policy health, with an arm too small to compare and an outcome that is refused."""
    stay = np.repeat([1.0, 0.0, 1.0, 0.0, 1.0], [800, 200, 70, 30, 9])
    outcomes = ArmOutcomes(("policy", "holdout", "random"), np.repeat([0, 1, 2], [1000, 100, 9]), stay)
    pairs = [("policy", "holdout"), ("random", "holdout")]
    since, monday = NOW - timedelta(days=365), datetime(2017, 11, 6, tzinfo=UTC)
    lift = Compared(
        "retention",
        since,
        lifts(outcomes, None, pairs=pairs, level=0.95),
        first=since,
        last=NOW - timedelta(days=60),
        open=120,
        detectable="with 100 customers held out, a churn drop smaller than 12.0 points would not be seen",
        warnings=("3 customers left out: what became of them is not known",),
    )
    money = BudgetUse("money", "money", monday, monday + timedelta(days=7), 500.0, 500.0, current=True, early=True)
    units = BudgetUse(f"capacity of {HOSTILE}", "units", MONDAY, None, 40, 10, current=True, early=False)
    assigned = Assigned(
        since, {"policy": 1120, "holdout": 100, "random": 9}, {"policy": 0.9, "holdout": 0.09, "random": 0.01}
    )
    return Health(
        later=2,
        exploration=Exploration(1350, Interval(0.05, 0.039, 0.063), 0.048, 0.9, (Stated("3", "thompson", 0.02),)),
        budgets=(money, units),
        arms=check_arms(assigned),
        lifts=(lift, Compared("profit", since, refused="profit needs transactions, which are not mapped")),
    )


def _skew() -> Skew:
    """A sample of which one vector differs, in two features."""
    most, all_ = Interval(0.998, 0.988, 1.0), Interval(1.0, 0.992, 1.0)
    features = (
        FeatureSkew("purchases__spend_56d", most, 1, 0, 0, 12.5),
        FeatureSkew("loyalty__tier", most, 1, 1, 0, None),
        FeatureSkew(f"profile__{HOSTILE}", all_, 0, 0, 0, None),
    )
    fresh = (
        FeatureFreshness("purchases__spend_56d", 497, Interval(0.02, 0.01, 0.04), Interval(0.1, 0.08, 0.13), 0.09),
        FeatureFreshness("loyalty__tier", 497, Interval(0.0, 0.0, 0.008), Interval(0.5, 0.46, 0.54), None),
    )
    freshness = Freshness(497, Interval(0.02, 0.01, 0.04), Interval(0.004, 0.001, 0.014), Ages(400, 3.25, 61.0), fresh)
    compared = Comparison(490, most, features, 4, 2, 7, ("taste__share",), ("experience__nps",))
    return Skew(1500, 500, 3, compared, None, freshness)


@pytest.fixture(scope="module")
def folder(facts: Facts, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("report")
    verdict, site = tell(facts)
    write(site, place, {"report.json": document(facts, verdict), "report.schema.json": schema()})
    return place


@pytest.fixture(scope="module")
def pages(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.html"))}


@pytest.fixture(scope="module")
def outlines(pages: dict[str, str]) -> dict[str, Outline]:
    return {name: Outline(html) for name, html in pages.items()}


def test_the_pages_say_exactly_this(outlines: dict[str, Outline]) -> None:
    """The whole text of the site. After a wanted change: `UPDATE_GOLDEN=1 make test`, and read the difference."""
    lines = [line for name, outline in outlines.items() for line in (f"=== {name}", *outline.lines)]
    if "UPDATE_GOLDEN" in os.environ:
        GOLDEN.write_text("\n".join(lines) + "\n")
    assert lines == GOLDEN.read_text().splitlines()


def test_the_pages_need_nothing_but_each_other(
    folder: Path, pages: dict[str, str], outlines: dict[str, Outline]
) -> None:
    for name, html in pages.items():
        plain = html.replace("http://www.w3.org/1999/xlink", "")
        assert not re.search(r"(?i)https?:|//[a-z]|@import|<iframe|<object", plain)
        assert outlines[name].attributes("src") == []
        assert {tag for tag, _ in outlines[name].tags} & {"script", "img"} == set()
        for href in outlines[name].attributes("href"):
            place = href.partition("#")[0]
            assert not place or place.startswith("evidently/") or (folder / place).exists(), href


def test_a_link_leads_to_a_place_on_its_page(outlines: dict[str, Outline]) -> None:
    for name, outline in outlines.items():
        for href in outline.attributes("href"):
            place, mark, section = href.partition("#")
            if mark:
                assert section in outlines[place or name].attributes("id"), href


def test_names_are_escaped(pages: dict[str, str]) -> None:
    assert all("<script" not in html for html in pages.values())
    assert {name: html.count("&lt;script&gt;") for name, html in pages.items()} == {
        "data.html": 3, "drift.html": 3, "early-warning.html": 4, "index.html": 2, "policy.html": 4,
        "predictions.html": 2, "skew.html": 3,
    }  # fmt: skip


def test_a_spreadsheet_runs_nothing(facts: Facts, tmp_path: Path) -> None:
    taken = replace(facts.mix.accepted_by_offer[0], offer_id="=cmd|' /C calc'!A0")
    _, site = tell(replace(facts, mix=replace(facts.mix, accepted_by_offer=(taken,))))
    write(site, tmp_path, {})
    assert (tmp_path / "data" / "policy-offers.csv").read_text().splitlines() == [
        'Offer,Made,Accepted,Rate,"Rate, low","Rate, high"',
        "'=cmd|' /C calc'!A0,810,81,0.1,0.081,0.123",
    ]


def test_the_pages_are_well_formed(outlines: dict[str, Outline]) -> None:
    for outline in outlines.values():
        assert (outline.misplaced, outline.open) == ([], [])
        ids = outline.attributes("id")
        assert len(ids) == len(set(ids))
        described = {name for names in outline.attributes("aria-labelledby") for name in names.split()}
        assert described - set(ids) == set()


def test_the_pages_are_told_to_those_who_do_not_see_them(outlines: dict[str, Outline]) -> None:
    for outline in outlines.values():
        tags = [tag for tag, _ in outline.tags]
        assert [tags.count(landmark) for landmark in ("header", "main", "footer", "h1")] == [1] * 4
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
    block = re.findall(r":root \{(.*?)\}", (TEMPLATES / "site.css").read_text(), re.DOTALL)[scheme]
    colours = dict(re.findall(r"--(\w+): (#\w{6})", block))
    for ground in ("paper", "panel"):
        dark, light = sorted((_luminance(colours[text]), _luminance(colours[ground])))
        assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_the_json_holds_the_same_facts_and_keeps_to_its_schema(facts: Facts) -> None:
    verdict, _ = tell(facts)
    found = json.loads(document(facts, verdict))
    assert (found["ok"], found["headline"], found["facts"]["now"]) == (False, verdict.headline, "2017-11-06T09:30:00Z")
    assert len(found["findings"]) == len(verdict.findings)
    assert found["facts"]["performance"]["fit"]["auc"] == {"value": 0.812, "low": 0.78, "high": 0.84}
    assert found["facts"]["settings"] == Monitoring().model_dump()
    Draft202012Validator(json.loads(schema())).validate(found)


def test_numbers_that_do_not_exist_are_null_in_json(facts: Facts) -> None:
    nan = replace(facts, performance=replace(facts.performance, fit=replace(facts.performance.fit, ece=float("nan"))))
    text = document(nan, tell(nan)[0])
    assert "NaN" not in text
    assert json.loads(text)["facts"]["performance"]["fit"]["ece"] is None


def test_a_place_that_cannot_be_written_is_named(facts: Facts, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for attempt in (
        lambda: prepare(tmp_path / "file" / "report"),
        lambda: write(tell(facts)[1], tmp_path / "file" / "report", {}),
    ):
        with pytest.raises(StoreUnavailable, match=r"file/report.* cannot be written: .*Not a directory"):
            attempt()
