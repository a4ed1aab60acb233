from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs.monitoring import Monitoring
from monitoring.columns import Pair
from monitoring.drift.findings import matters
from monitoring.drift.size import Redecided, moved_back, sizes
from monitoring.intervals import Interval


def number(reference: Sequence[float], current: Sequence[float], name: str = "x") -> Pair:
    return Pair(name, "number", np.array(reference, dtype=float), np.array(current, dtype=float))


def category(reference: Sequence[str | None], current: Sequence[str | None]) -> Pair:
    return Pair("k", "category", np.array(reference, dtype=object), np.array(current, dtype=object))


@pytest.mark.parametrize(
    ("column", "back"),
    [
        (number([1, 2, 3, 4], [10, 30, 20, 40]), [1, 3, 2, 4]),  # each to the value of its own rank
        (number([1, 2, 3, 4], [5, 6]), [2, 4]),  # the medians of the lower and the upper half, rounded up
        (number([math.nan, 2], [7, 8]), [None, 2]),  # nulls are the lowest
        (number([7, 8], [math.nan, 9]), [7, 8]),
        (category(["a", "b"], ["a", "b"]), ["a", "b"]),
        (category(["a", "a"], ["b", "b"]), ["a", "a"]),
        (category(["a", None], ["a", "a"]), None),  # one of two goes to null, by chance: shares only
    ],
)
def test_moved_back_by_hand(column: Pair, back: list[object] | None) -> None:
    found = moved_back(column, np.random.default_rng(0))
    assert len(found) == len(column.current)
    if back is not None:
        assert found == back


@given(st.lists(st.floats(-9, 9), min_size=1, max_size=30), st.lists(st.floats(-9, 9), min_size=1, max_size=30))
def test_moving_back_keeps_the_order_and_takes_the_reference_s_values(was: list[float], is_: list[float]) -> None:
    back = moved_back(number(was, is_), np.random.default_rng(0))
    assert set(back) <= set(was)
    pairs = sorted(zip(is_, back, strict=True))
    assert all(a <= b for (one, a), (other, b) in pairwise(pairs) if one < other)


def test_categories_move_only_where_they_are_too_many() -> None:
    rng = np.random.default_rng(1)
    was, is_ = rng.choice(["a", "b", "c"], 4000, p=[0.5, 0.3, 0.2]), rng.choice(["a", "b"], 4000, p=[0.8, 0.2])
    back = np.array(moved_back(category(was.tolist(), is_.tolist()), rng))
    assert (back[is_ == "b"] == "b").all()
    shares = [float((back == name).mean()) for name in "abc"]
    assert shares == pytest.approx([0.5, 0.3, 0.2], abs=0.03)  # three standard errors of both samples


class Linear:
    """Risk is .01 a unit of x; above 5 units an offer is made, worth 2 less half a unit of y; else nothing."""

    def __init__(self, x: Sequence[float], y: Sequence[float]) -> None:
        self._own = {"x": x, "y": y}

    def __call__(self, decision_ids: Sequence[str], changed: Mapping[str, Sequence[object]]) -> list[Redecided]:
        x, y = ({**self._own, **changed}[name] for name in ("x", "y"))
        return [
            Redecided(0.01 * x[at], "offer" if x[at] > 5 else "nothing", 2 - 0.5 * y[at] if x[at] > 5 else 0.0)
            for at in range(len(decision_ids))
        ]


def test_the_size_of_a_drift_is_what_it_changed() -> None:
    """x was 0 to 9 and is 2 to 11; y was 0 and is 1. Six of ten get the offer now, four did before."""
    x, y = np.arange(2.0, 12.0), np.ones(10)
    columns = [number(np.arange(10.0), x, "x"), number(np.zeros(10), y, "y")]
    together, first, second = sizes(columns, [str(n) for n in range(10)], Linear(x, y), np.random.default_rng(0))
    assert together.columns == ("x", "y")
    assert together.score.value == pytest.approx(0.02)
    assert (together.moved.value, first.columns, second.columns) == (pytest.approx(0.2), ("x",), ("y",))
    assert first.profit.value == pytest.approx(1.5 * 0.2)
    assert second.profit.value == pytest.approx(-0.5 * 0.6)
    assert together.profit.value == pytest.approx(0.6 * 1.5 - 0.4 * 2.0)
    assert together.expected == pytest.approx(0.9)
    assert together.profit_share == pytest.approx(0.1 / 0.8)
    assert first.moved.low < 0.2 < first.moved.high


def test_nothing_to_size() -> None:
    rng = np.random.default_rng(0)
    assert sizes([], ["d"], Linear([1.0], [1.0]), rng) == ()
    assert sizes([number([1.0], [], "x")], [], Linear([], []), rng) == ()
    assert sizes([number([math.nan], [1.0], "x")], ["d"], Linear([1.0], [1.0]), rng) == ()


def test_what_matters() -> None:
    (only,) = sizes([number([6.0], [6.0], "x")], ["d"], Linear([6.0], [1.0]), np.random.default_rng(0))
    settings = Monitoring()
    assert not matters(only, settings)
    assert matters(replace(only, score=Interval(-0.02, -0.03, 0.0)), settings)
    assert matters(replace(only, moved=Interval(0.11, 0.0, 0.2)), settings)
    assert matters(replace(only, profit=Interval(0.2, 0.0, 0.4)), settings)
