from __future__ import annotations

import numpy as np
import pytest
from pydantic import TypeAdapter

from monitoring.journeys.page import Journeys, journeys, page
from monitoring.journeys.steps import Step
from monitoring.site.elements import Page

PEOPLE = ("customer_id signed_up_at", [(one, "2024-01-01") for one in "abcdef"])
SOLD = "customer_id occurred_at amount margin"
# All six buy on 20 November; a to d visit the day after, and a to c come again within the 30 days after 1 December.
SALES = (SOLD, [(one, "2024-11-20", 1.0, None) for one in "abcdef"] + [(one, "2024-12-05", 1.0, None) for one in "abc"])
MET = ("customer_id occurred_at channel kind", [(one, "2024-11-21", "web", "visit") for one in "abcd"])


def found(records, few: int = 1, **tables: object) -> Journeys | None:
    return journeys(records(few=few, customers=PEOPLE, **tables), resamples=100, rng=np.random.default_rng(1))


def texts(told: Page) -> str:
    return " ".join(
        text for section in told.sections for text in (*section.said, section.method, section.lacking or "")
    )


def test_steps_and_journeys_are_counted(records) -> None:
    told = found(records, transactions=SALES, interactions=MET)
    assert set(told.steps) == {
        Step(2, "purchase", "web visit", 4),
        Step(1, "web visit", "stayed", 3),
        Step(1, "web visit", "left", 1),
        Step(1, "purchase", "left", 2),
    }
    assert [(one.touchpoints, one.stayed.count, one.stayed.of) for one in told.common] == [
        (("purchase", "web visit"), 3, 4),
        (("purchase",), 0, 2),
    ]
    assert (told.met.count, told.met.of, told.stayed.count, told.shown_by) == (6, 6, 3, "purchase")


def test_what_too_few_did_is_not_told(records) -> None:
    told = found(records, few=3, transactions=SALES, interactions=MET)
    assert {(one.source, one.target) for one in told.steps} == {("purchase", "web visit"), ("web visit", "stayed")}
    assert [one.touchpoints for one in told.common] == [("purchase", "web visit")]


def test_the_page_says_what_it_does_not_prove(records) -> None:
    told = page(found(records, transactions=SALES, interactions=MET))
    assert (told.name, told.title) == ("journeys", "Journeys")
    assert "no evidence that a touchpoint keeps anybody" in texts(told)
    assert "there by the purchases made" in texts(told)
    assert [table.name for table in told.tables] == ["journeys", "removal"]
    drawn = [figure.drawing for section in told.sections for figure in section.figures]
    assert len(drawn) == 2
    assert "web visit" in drawn[0]


def test_the_commonest_end_is_told_in_words(records) -> None:
    (figure,) = page(found(records, transactions=SALES, interactions=MET)).sections[0].figures
    assert figure.description == "Of 6 customers with a touchpoint, 50% stayed."


@pytest.mark.parametrize(
    ("few", "tables", "lacking"),
    [
        (1, {"transactions": SALES}, "Map `interactions`"),
        (9, {"transactions": SALES, "interactions": MET}, "Too few customers had a touchpoint in the 56 days before"),
    ],
)
def test_what_is_lacking_is_said(records, few: int, tables: dict[str, object], lacking: str) -> None:
    assert lacking in texts(page(found(records, few=few, **tables)))


def test_the_facts_are_told_to_machines(records) -> None:
    adapter = TypeAdapter(Journeys)
    told = found(records, transactions=SALES, interactions=MET)
    assert adapter.validate_json(adapter.dump_json(told)) == told
