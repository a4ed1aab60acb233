"""Served vectors held against joins: what counts as equal, what is told of what is not, and what cannot be told."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import update

from configs.errors import DataError
from configs.monitoring import Monitoring
from features.ledger import DECISIONS
from features.vectors import FeatureVector, Value
from monitoring import inputs
from monitoring.skew.skew import FeatureSkew, Joined, Skew, compare, examine, same

NOW = datetime(2017, 11, 6, tzinfo=UTC)


def vector(customer: str = "c1", kinds: dict[str, dict[str, Value]] | None = None, **values: Value) -> FeatureVector:
    return FeatureVector(customer, NOW, values, by_kind=kinds or {})


def joined(*possible: FeatureVector, late: bool = False) -> Joined:
    return Joined(possible, NOW, late)


@pytest.mark.parametrize(
    ("served", "again", "expected"),
    [
        (1.5, 1.5, True),
        (1.5, 1, False),
        (1, 1.0, True),
        (0.1 + 0.2, 0.3, True),
        (1e9, 1e9 + 0.5, True),
        (1e9, 1e9 + 2, False),
        (0.0, 9e-10, True),
        (0.0, 2e-9, False),
        (0.0, None, False),
        (None, 0.0, False),
        (None, None, True),
        ("gold", "gold", True),
        ("gold", "Gold", False),
        ("3", 3.0, False),
        (float("inf"), float("inf"), True),
        (float("inf"), 1.0, False),
        (float("nan"), 1.0, False),
    ],
)
def test_what_is_one_value(served: Value, again: Value, expected: bool) -> None:
    assert same(served, again) is expected


def test_shares_and_differences_are_counted_by_hand() -> None:
    served = [vector(x=1.0, k="a"), vector("c2", x=3.0, k="a"), vector("c3", x=None, k="a"), vector("c4", x=9.0, k="b")]
    again = [vector(x=1.0, k="a"), vector("c2", x=1.0, k="a"), vector("c3", x=2.0, k="a"), vector("c4", x=None, k="a")]
    found = compare(served, [joined(one) for one in again])
    assert (found.vectors, found.unequal, found.equal.value) == (4, 3, 0.25)
    x, k = found.features
    assert (x.name, x.equal.value, x.unequal, x.lost, x.made_up, x.typical) == ("x", 0.25, 3, 1, 1, 2.0)
    assert k == FeatureSkew("k", k.equal, 1, 0, 0, None)
    assert (k.equal.value, k.equal.low, k.equal.high) == pytest.approx((0.75, 0.301, 0.954), abs=5e-4)


def test_a_feature_by_kind_is_equal_where_all_kinds_are() -> None:
    served = vector(kinds={"gift": {"affinity__x": 1.0}, "voucher": {"affinity__x": 2.0}})
    again = vector(kinds={"gift": {"affinity__x": 1.0}, "voucher": {"affinity__x": 5.0}})
    found = compare([served, served], [joined(served), joined(again)])
    assert [(one.name, one.unequal, one.typical) for one in found.features] == [("affinity__x", 1, 3.0)]


def test_a_vector_is_held_against_the_nearest_of_what_is_possible() -> None:
    found = compare([vector(x=1.0, y=1.0)], [joined(vector(x=2.0, y=2.0), vector(x=1.0, y=1.0), vector(x=1.0, y=2.0))])
    assert (found.unequal, found.unsettled) == (0, 1)
    found = compare([vector(x=1.0, y=3.0)], [joined(vector(x=2.0, y=2.0), vector(x=1.0, y=1.0))])
    assert [one.name for one in found.features if one.unequal] == ["y"]


def test_decisions_of_one_customer_are_one_witness() -> None:
    one, many = ([vector(f"c{number * apart}", x=1.0) for number in range(9)] for apart in (0, 1))
    low = [compare(served, [joined(own) for own in served]).equal.low for served in (one, many)]
    assert low == pytest.approx([0.2065, 0.7008], abs=5e-4)  # Wilson's, of 1 and of 9


def test_what_cannot_be_compared_is_counted_and_named() -> None:
    served = [vector(x=1.0, old=1.0), vector(old=2.0), vector(x=1.0)]
    found = compare(served, [joined(vector(x=1.0, new=1.0), late=True), joined(vector(x=1.0)), Joined(())])
    assert (found.vectors, found.untold, found.late, found.unequal) == (1, 2, 1, 0)
    assert (found.gone, found.unserved) == (("old",), ("new",))
    nothing = compare([], [])
    assert (nothing.vectors, nothing.equal, nothing.features, nothing.unequal) == (0, None, (), 0)


SETTINGS = Monitoring(skew_rows=40)


def examined(ledger, decisions: pd.DataFrame, rejoin=None) -> Skew:
    nulls = {"purchases__spend_8w": 0.25}
    return examine(ledger, decisions, SETTINGS, np.random.default_rng(0), rejoin=rejoin, trained_nulls=nulls)


def decided(world, ledger, rows: int) -> pd.DataFrame:
    world.serve(ledger, world.customers(rows))
    return inputs.read_decisions(ledger, after=world.now - timedelta(days=90), until=world.now)


def test_a_sample_is_joined_again(world, ledger) -> None:
    asked: list[str] = []

    def rejoin(served):
        asked.extend(one.customer_id for one in served)
        return [Joined((one,), one.as_of - timedelta(hours=3)) for one in served]

    found = examined(ledger, decided(world, ledger, 100), rejoin)
    assert (found.decisions, found.sampled, found.away, found.refused) == (100, 40, 0, None)
    assert (len(set(asked)), found.comparison.vectors, found.comparison.unequal) == (40, 40, 0)
    assert (found.freshness.ages.median_hours, found.freshness.ages.oldest_hours) == (3.0, 3.0)


def test_one_decision_is_a_sample(world, ledger) -> None:
    found = examined(ledger, decided(world, ledger, 1), lambda served: [Joined((one,)) for one in served])
    assert (found.sampled, found.comparison.equal.value) == (1, 1.0)
    assert found.comparison.equal.low == pytest.approx(0.2065, abs=5e-5)


def test_an_empty_window_asks_for_nothing(world, ledger) -> None:
    decisions = decided(world, ledger, 3).head(0)
    assert examined(ledger, decisions, lambda served: 1 / 0) == Skew(0, 0, 0, None, None, None)


def test_decisions_without_the_feature_store_are_counted(world, ledger) -> None:
    decisions = decided(world, ledger, 3)
    away = {"features": json.dumps({"values": {}, "by_kind": {}})}
    with ledger.begin() as connection:
        connection.execute(update(DECISIONS).values(away))
    found = examined(ledger, decisions, lambda served: 1 / 0)
    assert (found.sampled, found.away, found.comparison, found.freshness) == (3, 3, None, None)


def test_why_nothing_could_be_joined_is_told(world, ledger) -> None:
    def rejoin(_):
        raise DataError("table loyalty does not fit the contract")

    found = examined(ledger, decided(world, ledger, 3), rejoin)
    assert (found.comparison, found.refused) == (None, "table loyalty does not fit the contract")
    assert found.freshness.vectors == 3


def test_without_a_join_how_old_and_how_empty_is_told_all_the_same(world, ledger) -> None:
    found = examined(ledger, decided(world, ledger, 100))
    assert (found.comparison, found.refused, found.freshness.ages) == (None, None, None)
    spend = next(one for one in found.freshness.features if one.name == "purchases__spend_8w")
    assert (spend.vectors, spend.trained_null) == (40, 0.25)
    assert 0 < spend.null.value < 0.3
