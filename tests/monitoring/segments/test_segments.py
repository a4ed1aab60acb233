from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from configs.dataset import Attribute, Dataset
from features.segmentation.measure import measure
from monitoring.retention.records import Records
from monitoring.segments import page
from monitoring.segments.segments import Segments, segments
from tests.features.companies import NOW, Cell, Company, at, company, customer, sale

FEW, OFTEN, SELDOM = 5, 80, 60


def _sales(name: str, gap: float, amount: float, until: float = 0) -> list[dict[str, Cell]]:
    """A purchase every `gap` days from 120 days ago on."""
    return [sale(name, days, amount) for days in _days(gap, until)]


def _days(gap: float, until: float) -> list[float]:
    return [120 - step * gap for step in range(int((120 - until) / gap))]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Records:
    """Graz buys often and stays; Linz buys seldom, and half of it has left since; three live in Bregenz."""
    often, seldom = [f"o{n}" for n in range(OFTEN)], [f"s{n}" for n in range(SELDOM)]
    people = [customer(name, 300, 30, "Graz") for name in often]
    people += [customer(name, 300, 50 + n, "Bregenz" if n < 3 else "Linz") for n, name in enumerate(seldom)]
    sales = [row for name in often for row in _sales(name, 5.3, 10)]
    sales += [row for n, name in enumerate(seldom) for row in _sales(name, 13.1, 80, until=30 if n % 2 else 0)]
    said = [{"customer_id": name, "occurred_at": at(9), "kind": "nps", "score": 10} for name in often]
    made = company(tmp_path_factory.mktemp("shop"), {"customers": people, "transactions": sales, "feedback": said})
    made.ingest()
    measure(made.workspace, made.dataset, made.open(), NOW)
    return records(made)


def records(made: Company, few: int = FEW) -> Records:
    return Records(made.open(), made.dataset, NOW, few)


@pytest.fixture(scope="module")
def found(shop: Records) -> Segments:
    return segments(shop)


def test_customers_are_judged_by_what_they_were_a_horizon_ago(found: Segments) -> None:
    assert found.as_of == NOW - timedelta(days=28)
    assert found.behaviour
    assert found.rules
    by_name = {one.name: one for one in found.behaviour.told}
    assert sum(one.customers for one in by_name.values()) == OFTEN + SELDOM
    rates = {name: one.figures["Retention"] for name, one in by_name.items()}
    assert sorted(rate.value for rate in rates.values() if rate) == [pytest.approx(0.5, abs=0.01), 1.0]
    assert set(by_name) == set(found.rules.words)


def test_every_segmentation_tells_of_everybody(found: Segments) -> None:
    for groups in (found.rfm, found.standing, found.stage):
        assert groups
        assert sum(one.customers for one in groups.told) == OFTEN + SELDOM
    assert found.everybody.customers == OFTEN + SELDOM
    assert found.told == ("Retention", "Margin of a horizon", "Expected margin of a year", "Five points more would add",
                          "NPS")  # fmt: skip


def test_three_customers_are_not_told_and_cannot_be_found_by_subtraction(found: Segments) -> None:
    cities = found.declared["demographic"]["city"]
    assert [one.name for one in cities.told] == ["Graz"]  # Linz would give Bregenz away
    assert cities.too_small == 2
    told = page.page(found, "EUR")
    assert "Bregenz" not in str(told)


def test_numbers_declared_are_told_in_thirds(found: Segments) -> None:
    ages = found.declared["demographic"]["age"]
    assert {one.name: one.customers for one in ages.told} == {"up to 30": OFTEN, "30 to 62.67": 13, "over 62.67": 47}


def test_the_page_names_the_segment_that_stays_least(found: Segments) -> None:
    told = page.page(found, "EUR")
    sections = {section.name: section for section in told.sections}
    assert any(line.startswith("Lowest: ") and "50%" in line for line in sections["behaviour"].said)
    [table] = [table for table in sections["behaviour"].tables if table.name == "behaviour-staying"]
    assert table.rows[-1][0] == "all customers"
    assert len(table.marked) == 1
    assert sections["unmapped"].lacking
    assert "geographic" in sections["unmapped"].lacking


def test_a_workspace_without_segments_says_what_to_run(tmp_path: Path) -> None:
    people = [customer(f"c{n}", 300) for n in range(20)]
    made = company(tmp_path, {"customers": people, "transactions": [sale(f"c{n}", 40, 5) for n in range(20)]})
    made.ingest()
    told = page.page(segments(records(made)), "EUR")
    lacking = {section.name: section.lacking for section in told.sections}
    assert lacking["rfm"]
    assert "`tenure features`" in lacking["rfm"]
    assert lacking["stage"] is None


def test_an_attribute_of_many_values_is_no_segmentation(shop: Records) -> None:
    dataset = Dataset.model_validate(
        shop.dataset.model_dump()
        | {"attributes": {"customers": {"customer_id": Attribute(), "city": Attribute(group="geographic")}}}
    )
    found = segments(replace(shop, dataset=dataset))
    assert set(found.declared) == {"geographic"}
