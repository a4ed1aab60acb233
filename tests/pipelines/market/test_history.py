"""Sums and recencies over the weeks on record, small enough to check by eye."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.market.arrays import Vector
from pipelines.market.history import COUNTED, History, history
from pipelines.market.records.block import Block

BOUGHT = np.array([[1.0, 0.0, 2.0, 0.0], [0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 5.0]])
SCORES = np.array([[7.0, np.nan, 9.0, np.nan], [np.nan] * 4, [np.nan, 3.0, np.nan, np.nan]])


def past(matrix: Vector, score: Vector) -> History:
    still = np.zeros(matrix.shape)
    given = dict.fromkeys(COUNTED, still) | {"purchases": matrix, "score": score}
    return History(weeks=matrix.shape[1], contacts=still, **given)


@pytest.mark.parametrize(("weeks", "expected"), [(1, [0, 0, 5]), (2, [2, 0, 5]), (4, [3, 0, 5]), (99, [3, 0, 5])])
def test_totals_of_the_last_weeks(weeks: int, expected: list[float]) -> None:
    assert past(BOUGHT, SCORES).total("purchases", weeks).tolist() == expected


def test_weeks_since() -> None:
    found = past(BOUGHT, SCORES).weeks_since("purchases")
    assert np.array_equal(found, [2.0, np.nan, 1.0], equal_nan=True)


def test_the_last_answer_counts() -> None:
    assert np.array_equal(past(BOUGHT, SCORES).last_score(), [9.0, np.nan, 3.0], equal_nan=True)


def test_before_the_first_week_nothing_is_known() -> None:
    empty = history([], 3)
    assert empty.weeks == 0
    assert empty.total("purchases", 8).tolist() == [0.0, 0.0, 0.0]
    assert np.isnan(empty.weeks_since("purchases")).all()
    assert np.isnan(empty.last_score()).all()


def test_history_is_what_the_weeks_hold(block: Block) -> None:
    found = history(block.weeks[:10], block.customers)
    assert found.weeks == 10
    assert np.array_equal(found.purchases[:, 7], block.weeks[7].purchases)
    contacted = found.contacts.any(axis=0)
    assert contacted.tolist() == [week == 8 for week in range(10)]  # the first campaign
