from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from configs.dataset import Dataset, Segments
from configs.errors import DataError
from features.compute import compute, file_name
from features.segmentation import boxes
from features.segmentation.measure import Measured, measure
from tests.features.companies import NOW, Cell, Company, company, customer, sale

CUSTOMERS = 150


def _sales(number: int) -> list[dict[str, Cell]]:
    """The first of a customer 110 days ago, so that the window that is measured ends 82 days ago."""
    each = 1 + number % 5
    return [sale(f"c{number}", 110 - day * 5 - number % 3 / 10, 10.0 * (1 + number % 7)) for day in range(each)]


@pytest.fixture
def shop(tmp_path: Path) -> Company:
    people = [customer(f"c{number}", 200) for number in range(CUSTOMERS)]
    sales = [row for number in range(CUSTOMERS) for row in _sales(number)]
    made = company(tmp_path, {"customers": people, "transactions": [*sales, sale("c0", 1, 999)]})
    made.ingest()
    return made


def _measured(made: Company, **segments: object) -> Measured:
    dataset = Dataset.model_validate(made.dataset.model_dump() | {"segments": segments})
    return measure(made.workspace, dataset, made.open(), NOW)


def _segments(made: Company, back: float) -> list[dict[str, object]]:
    instant = NOW - timedelta(days=back)
    compute(made.workspace, made.dataset, [instant])
    return pq.read_table(made.workspace.features / "segments" / file_name(instant)).to_pylist()


def test_what_comes_after_the_first_window_changes_nothing(shop: Company) -> None:
    before = _measured(shop)
    assert (before.customers, before.lacking) == (CUSTOMERS, "")
    shop.write({"transactions": [row for number in range(CUSTOMERS) for row in _sales(number)]})
    shop.ingest()
    assert _measured(shop) == before


def test_segments_hold_from_when_they_were_measured_on(shop: Company) -> None:
    _measured(shop)
    later, earlier = _segments(shop, 80), _segments(shop, 90)
    assert {row["value"] for row in later} == {"low", "middle", "high"}
    assert {row["monetary_score"] for row in later} == {1.0, 2.0, 3.0, 4.0, 5.0}
    assert None not in {row["behaviour"] for row in later}
    assert {row["value"] for row in earlier} == {None}
    assert {row["stage"] for row in earlier} == {"new"}


def test_who_spent_more_once_has_the_potential_still(shop: Company) -> None:
    _measured(shop)
    [grown] = [row for row in _segments(shop, 0) if row["customer_id"] == "c0"]
    assert (grown["value"], grown["potential"], grown["stage"]) == ("high", "high", "won back")
    others = [row for row in _segments(shop, 0) if row["customer_id"] != "c0"]
    assert {(row["value"], row["stage"]) for row in others} == {("low", "lapsed")}
    assert "high" in {row["potential"] for row in others}


@pytest.mark.parametrize(
    ("segments", "lacking"),
    [
        ({"measured_at": NOW + timedelta(days=1)}, "once a window of records has passed"),
        ({"measured_at": NOW - timedelta(days=300)}, "100 customers are needed, 0 were there on 2019-08-06"),
    ],
)
def test_too_early_or_too_few_is_said_and_nobody_has_a_segment(
    shop: Company, segments: dict[str, object], lacking: str
) -> None:
    found = _measured(shop, **Segments.model_validate(segments).model_dump())
    assert lacking in found.lacking
    assert boxes.read(shop.workspace).num_rows == 0


def test_snapshots_are_computed_anew_when_the_segmentation_changes(shop: Company) -> None:
    instants: Sequence = [NOW]
    compute(shop.workspace, shop.dataset, instants)
    _measured(shop)
    done = {one.view: one.computed for one in compute(shop.workspace, shop.dataset, instants)}
    assert done == {"profile": 0, "purchases": 0, "segments": 1}


def test_a_damaged_segmentation_says_what_makes_another(shop: Company) -> None:
    shop.workspace.segmentation.write_text("no Parquet")
    with pytest.raises(DataError, match=r"not a segmentation.*`tenure features` makes one"):
        shop.open()
