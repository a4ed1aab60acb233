"""The pages of the retention report: what is told, and what is said where the records do not tell."""

from __future__ import annotations

import numpy as np

from monitoring.retention.report import kept, pages
from monitoring.site.elements import Page
from monitoring.site.numbers import told
from tests.monitoring.retention.test_staying import people, spans

PEOPLE = ("customer_id signed_up_at", [(one, "2024-01-01") for one in "abcd"])
SALES = ("customer_id occurred_at amount margin", [("a", "2024-12-20", 1.0, None)])


def read(records) -> dict[str, Page]:
    found = kept(records, resamples=100, rng=np.random.default_rng(0))
    return {page.name: page for page in pages(found)}


def test_what_is_not_mapped_is_one_line_that_says_what_to_map(records) -> None:
    found = read(records(customers=PEOPLE, transactions=SALES))
    sections = [(page.name, section) for page in found.values() for section in page.sections]
    lacking = {(page, section.name): section.lacking for page, section in sections if section.lacking}
    assert lacking["voice", "scores"].startswith("Map `feedback`")
    assert lacking["offers", "funnel"].startswith("Map `treatments` and `outcomes`")
    assert lacking["offers", "points"].startswith("Map `loyalty`")
    assert lacking["retention", "trends"] == "The records are too short for a trend: 16 weeks are needed."
    assert lacking["retention", "staying"].startswith("Too few customers have left")
    assert [section for _, section in sections if section.lacking and section.tables] == []


def test_a_retention_period_beyond_the_records_is_called_that(records) -> None:
    held = spans([(10, True)] * 2 + [(60, False)] * 8)
    found = read(records("subscription_end", customers=people(held), subscriptions=held))
    staying = next(section for section in found["retention"].sections if section.name == "staying")
    assert told(staying.measures[0].value, "days") == "beyond the records"
