from math import inf, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decisioning.estimates import Estimate, from_influence, weighted_mean

ALONE = np.arange(4)
ONES = np.ones(4)


def test_the_error_of_a_plain_mean_is_the_textbook_one() -> None:
    values = np.array([1.0, 2.0, 3.0, 6.0])
    found = weighted_mean(values, ONES, ALONE, 0.95)
    assert found.value == 3.0
    assert found.standard_error == pytest.approx(sqrt(14 / 3 / 4))  # squared distances 4 + 1 + 0 + 9
    half = 3.182446305 * sqrt(14 / 3 / 4)  # Student's t, 3 degrees of freedom
    assert (found.low, found.high) == pytest.approx((3 - half, 3 + half))


@pytest.mark.parametrize(
    ("values", "weight", "group", "expected"),
    [
        ([1.0, 3.0, 9.0, 9.0], [1.0, 3.0, 0.0, 0.0], [0, 1, 2, 3], 2.5),
        ([1.0, 3.0, 9.0, 9.0], [0.1, 0.3, 0.0, 0.0], [0, 1, 2, 3], 2.5),  # only the ratio of weights counts
        ([5.0, 5.0, 5.0, 5.0], [1.0, 2.0, 3.0, 4.0], [0, 0, 1, 1], 5.0),
    ],
)
def test_weights(values: list[float], weight: list[float], group: list[int], expected: float) -> None:
    found = weighted_mean(np.array(values), np.array(weight), np.array(group), 0.9)
    assert found.value == pytest.approx(expected)
    assert found.low <= found.value <= found.high


def test_rows_without_weight_are_no_witnesses() -> None:
    values = np.array([1.0, 2.0, 3.0, 6.0])
    padded = weighted_mean(np.append(values, [50.0] * 9), np.append(ONES, np.zeros(9)), np.arange(13), 0.9)
    alone = weighted_mean(values, ONES, ALONE, 0.9)
    assert (padded.value, padded.low, padded.high) == pytest.approx((alone.value, alone.low, alone.high))


def test_a_customer_seen_twice_is_one_witness() -> None:
    values, group = np.array([1.0, 2.0, 3.0, 6.0]), np.arange(4)
    once = weighted_mean(values, ONES, group, 0.9)
    twice = weighted_mean(np.tile(values, 2), np.ones(8), np.tile(group, 2), 0.9)
    assert (twice.value, twice.standard_error) == pytest.approx((once.value, once.standard_error))


def test_one_customer_says_nothing_of_the_error() -> None:
    assert weighted_mean(np.array([1.0, 2.0]), np.ones(2), np.zeros(2, np.intp), 0.9) == Estimate(1.5, -inf, inf, inf)


def test_no_weight_is_refused() -> None:
    with pytest.raises(ValueError, match="no row has weight"):
        weighted_mean(ONES, np.zeros(4), ALONE, 0.9)


@pytest.mark.parametrize(
    ("estimate", "differs"),
    [
        (Estimate(1, 0.5, 1.5, 1), True),
        (Estimate(-1, -1.5, -0.5, 1), True),
        (Estimate(1, -0.5, 2, 1), False),
        (Estimate(1, 0, 2, 1), False),
    ],
)
def test_differs(estimate: Estimate, differs: bool) -> None:
    assert estimate.differs is differs


@given(st.lists(st.floats(-100, 100), min_size=3, max_size=30), st.floats(0.5, 0.99))
def test_the_interval_is_around_the_value_and_grows_with_the_level(influence: list[float], level: float) -> None:
    group = np.arange(len(influence))
    found = from_influence(7.0, np.array(influence), group, level)
    wider = from_influence(7.0, np.array(influence), group, level + 0.005)
    assert wider.low <= found.low <= found.value <= found.high <= wider.high
    assert found.high - found.value == pytest.approx(found.value - found.low)


def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    # 1,000 worlds of 60 customers with 1 to 4 alike rows each: the share covered is binomial, 4 standard errors.
    rng, worlds, level = np.random.default_rng(4), 1000, 0.9
    covered = 0
    for _ in range(worlds):
        group = np.repeat(np.arange(60), rng.integers(1, 5, 60))
        values = 2.0 + rng.normal(size=60)[group] + 0.3 * rng.normal(size=len(group))
        found = weighted_mean(values, np.ones(len(group)), group, level)
        covered += found.low <= 2.0 <= found.high
    assert abs(covered / worlds - level) < 4 * sqrt(level * (1 - level) / worlds)
