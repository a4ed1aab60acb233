"""The page of the early warning: what it says, and what it never says."""

from __future__ import annotations

from pathlib import Path

import pytest

from configs.monitoring import EarlyWarning, Monitoring
from monitoring.site.elements import Finding, Page, Section
from monitoring.site.write import Site, write
from monitoring.warning.page import page
from monitoring.warning.rises import examine
from monitoring.warning.watch import Advice, Reason, Told
from tests.monitoring.warning.watching import UNTIL, Watching, scored, span

SETTINGS = Monitoring(early_warning=EarlyWarning(most=50))
HOSTILE = "<script>alert('x')</script>"


def read(watch: Watching) -> tuple[Page, dict[str, Section]]:
    found = page(examine(watch, SETTINGS)[0], SETTINGS)
    return found, {section.name: section for section in found.sections}


def rising(many: int, of: int = 200, counts: tuple[int, ...] = ()) -> Watching:
    before = [span([0.15] * rose + [0.0] * (of - rose), ago) for ago, rose in enumerate(counts, 1)]
    return Watching(scored([0.15] * many + [0.0] * (of - many), [10.0] * of, before))


def test_what_is_told() -> None:
    found, sections = read(rising(40, counts=(38, 42, 40)))
    assert (found.name, found.question) == ("early-warning", "Whose risk rose most, and what to do?")
    measures = {one.name: one.value for one in sections["rises"].measures}
    assert (measures["Rose by more than 10 points"], measures["Value at stake"]) == (40, 400.0)
    assert sections["rises"].said == ("The risk of leaving on 29 January 2024 against that on 1 January 2024.",)
    assert sections["rises"].tables[0].rows == (
        ("over 10 points, up to 20 points", 40, 400.0), ("over 20 points, up to 30 points", 0, None),
        ("over 30 points", 0, None),
    )  # fmt: skip
    assert sections["usual"].tables[0].rows[0][1:] == (200, 38, 0.19)
    assert sections["reasons"].tables[0].rows == (("Has not bought for … days", 40, 1.0),)
    assert sections["actions"].tables[0].rows == (("voucher by email", 40, 1.0),)
    assert "`early-warning.csv`" in sections["actions"].said[0]


@pytest.mark.parametrize(
    ("watch", "level", "what", "size"),
    [
        (rising(40), "watch", "The risk of some customers rose by more than 10 points; whether that is more than usual "
         "is not known yet.", "40 of 200 customers (20%); 400 EUR at stake"),
        (rising(40, counts=(40, 38)), "watch", "The risk of some customers rose by more than 10 points; whether that "
         "is more than usual is not known yet.", "40 of 200 customers (20%); 400 EUR at stake"),
        (rising(40, counts=(38, 42, 40)), "good", "The risk of no more customers than usual rose by more than 10 "
         "points.", "40 of 200 customers (20%), 20% in the 3 spans before; 400 EUR at stake"),
        (rising(150, counts=(38, 42, 40)), "act", "The risk of more customers than usual rose by more than 10 points.",
         "150 of 200 customers (75%), 20% in the 3 spans before; 1,500 EUR at stake"),
    ],
    ids=["one span", "too few before", "as ever", "more than usual"],
)  # fmt: skip
def test_the_finding_says_no_more_than_the_spans_before_allow(watch, level: str, what: str, size: str) -> None:
    [told] = read(watch)[0].findings
    assert (told.level, told.what, told.size, told.page) == (level, what, size, "early-warning")
    assert bool(told.do) == (level != "good")


def test_nobody_rising_is_no_news() -> None:
    found, sections = read(rising(0))
    assert found.findings == ()
    assert sections["reasons"].lacking == "Nobody is on the list."


def test_few_on_the_list_are_counted_and_no_more() -> None:
    _, sections = read(rising(4))
    assert sections["reasons"].lacking == "No 10 customers of the 4 on the list have one reason in common."
    assert sections["actions"].lacking == "No 10 customers of the 4 on the list have one action in common."
    assert sections["usual"].lacking is not None


def test_why_there_is_nothing_to_compare_is_one_line() -> None:
    found, sections = read(Watching(None))
    assert sections["rises"].lacking == (
        "Nothing to compare: two snapshots about 28 days apart are needed; run `tenure features` weekly."
    )
    assert (len(sections), found.findings) == (1, ())


def test_no_file_of_the_site_names_a_customer_and_markup_is_text(tmp_path: Path) -> None:
    said = Told((Reason(f"Plan {HOSTILE} 77", f"Plan {HOSTILE}"),), Advice("policy", HOSTILE, "email"))
    ids = [f"secret-{number}" for number in range(20)]
    watch = Watching(scored([0.2] * 20, [10.0] * 20, prefix="secret-"), dict.fromkeys(ids, said))
    found = read(watch)[0]
    write(Site("shop", UNTIL, (found,)), tmp_path, {})
    texts = [file.read_text() for file in tmp_path.rglob("*.*")]
    assert any("alert" in text for text in texts)
    assert not [text for text in texts if "secret-" in text or " 77" in text]
    assert "<script" not in (tmp_path / "early-warning.html").read_text()


def test_findings_are_plain_text() -> None:
    found: tuple[Finding, ...] = read(rising(150, counts=(38, 42, 40)))[0].findings
    assert not [one for one in found if "`" in one.what + one.size + one.do]  # the first page does not mark code
