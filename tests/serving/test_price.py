"""Value at stake by rule."""

from __future__ import annotations

import pyarrow as pa
import pytest

from configs.dataset import Dataset
from configs.loading import parse
from features.vectors import Value
from serving.price import MONTH_DAYS, PriceModel, price_model


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"subscription__price": 30.0}, 30.0 * 60 / MONTH_DAYS * 0.5),
        ({"subscription__price": 0.0}, 0.0),
        ({"subscription__price": None}, 0.0),
        ({}, 0.0),
    ],
)
def test_it_is_the_margin_of_the_horizons_months(row: dict[str, Value], expected: float) -> None:
    assert PriceModel(horizon_days=60, margin_rate=0.5).predict([row]) == pytest.approx([expected])


def test_a_table_gives_the_same_as_its_rows() -> None:
    model = PriceModel(horizon_days=60, margin_rate=0.5)
    table = pa.table({"subscription__price": [30.0, None]})
    assert model.predict_table(table) == pytest.approx(model.predict(table.to_pylist()))


@pytest.mark.parametrize(("kind", "by_rule"), [("subscription_price", True), ("transactions", False)])
def test_only_a_dataset_that_says_so_is_valued_by_rule(kind: str, by_rule: bool) -> None:
    mapping = {
        "name": "shop",
        "sources": {},
        "tables": {"customers": "SELECT 1 AS a", "subscriptions": "SELECT 1 AS a"},
        "churn": {"kind": "subscription_end", "horizon_days": 30},
        "value": {"kind": kind},
    }
    assert (price_model(parse(mapping, Dataset, "shop.yaml")) is not None) == by_rule


def test_it_explains_nothing() -> None:
    assert PriceModel(horizon_days=60, margin_rate=1.0).contributions({"subscription__price": 30.0}) == []
