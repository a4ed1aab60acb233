from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from decisioning.curves import (
    auuc,
    between,
    difference_at,
    places,
    profit_curve,
    uplift_at,
    uplift_by_bin,
    value_at,
)

Vector = NDArray[np.float64]
SCORE = np.array([4.0, 3.0, 2.0, 1.0])
GAINS = np.array([0.8, 0.4, 0.2, -0.2])
ONES = np.ones(4)
EACH = np.arange(4)
SCORES = st.lists(st.integers(-3, 3).map(float), min_size=2, max_size=30).map(np.array)
LEVEL = 0.9


@pytest.mark.parametrize(
    ("score", "weight", "low", "high", "expected"),
    [
        ([4, 3, 2, 1], [1, 1, 1, 1], 0.0, 0.5, [1, 1, 0, 0]),
        ([1, 2, 3, 4], [1, 1, 1, 1], 0.0, 0.5, [0, 0, 1, 1]),
        ([4, 3, 2, 1], [1, 1, 1, 1], 0.125, 0.5, [0.5, 1, 0, 0]),  # a row may lie half in
        ([5, 5, 2, 1], [1, 1, 1, 1], 0.0, 0.25, [0.5, 0.5, 0, 0]),  # equal scores share their places
        ([7, 7, 7, 7], [1, 1, 1, 1], 0.5, 0.6, [0.1, 0.1, 0.1, 0.1]),
        ([4, 3, 2, 1], [3, 1, 0, 0], 0.0, 0.75, [1, 0, 0, 0]),  # shares are of weight
        ([4, 3, 2, 1], [1, 1, 1, 1], 0.0, 1.0, [1, 1, 1, 1]),
    ],
)
def test_between(score: list[float], weight: list[float], low: float, high: float, expected: list[float]) -> None:
    found = between(np.array(score, float), np.array(weight, float), low, high)
    assert found == pytest.approx(np.array(expected))


@given(SCORES, st.floats(0, 1))
def test_the_part_between_holds_that_share_of_the_weight(score: Vector, share: float) -> None:
    weight = 1.0 + np.arange(len(score))
    assert weight @ between(score, weight, 0.0, share) / weight.sum() == pytest.approx(share)


@given(SCORES)
def test_places_average_to_the_middle_and_fall_with_the_score(score: Vector) -> None:
    found = places(score, np.ones(len(score)))
    assert found.mean() == pytest.approx(0.5)
    assert all(found[i] < found[j] for i in range(len(score)) for j in range(len(score)) if score[i] > score[j])


def test_bins_hold_the_mean_gain_of_their_part_of_the_ranking() -> None:
    first, second = uplift_by_bin(SCORE, GAINS, ONES, EACH, bins=2)
    assert (first.low_share, first.high_share, second.low_share, second.high_share) == (0.0, 0.5, 0.5, 1.0)
    assert (first.uplift, second.uplift) == pytest.approx((0.6, 0.0))
    assert first.high - first.uplift == pytest.approx(6.313751515 * 0.2)  # two witnesses: Student's t of 1 degree


def test_ten_bins_are_the_default_and_average_to_the_average_effect() -> None:
    rng = np.random.default_rng(0)
    gains, weight = rng.normal(size=57), rng.random(57)
    bins = uplift_by_bin(rng.random(57), gains, weight, np.arange(57))
    assert len(bins) == 10
    assert np.mean([part.uplift for part in bins]) == pytest.approx(np.average(gains, weights=weight))


@pytest.mark.parametrize(("share", "uplift"), [(0.25, 0.8), (0.5, 0.6), (0.75, 1.4 / 3), (1.0, 0.3)])
def test_uplift_and_value_at_a_share(share: float, uplift: float) -> None:
    assert uplift_at(SCORE, GAINS, ONES, EACH, share).value == pytest.approx(uplift)
    value = value_at(SCORE, GAINS, ONES, EACH, share)
    assert value.value == pytest.approx(share * uplift)
    assert value.low <= value.value <= value.high


@pytest.mark.parametrize(
    ("worth", "cost", "expected"),
    [
        (1.0, 0.0, [0.2, 0.3, 0.35, 0.3]),
        (10.0, 0.0, [2.0, 3.0, 3.5, 3.0]),
        (10.0, 1.0, [1.75, 2.5, 2.75, 2.0]),  # each treated quarter costs .25
        (10.0, np.array([0.0, 0.0, 8.0, 8.0]), [2.0, 3.0, 1.5, -1.0]),
    ],
)
def test_profit_curve(worth: float, cost: float | Vector, expected: list[float]) -> None:
    shares = (0.25, 0.5, 0.75, 1.0)
    curve = profit_curve(SCORE, GAINS, ONES, EACH, worth=worth, cost=cost, shares=shares)
    assert tuple(point.share for point in curve) == shares
    assert [point.value.value for point in curve] == pytest.approx(expected)


def test_the_curve_ends_with_everybody() -> None:
    assert profit_curve(SCORE, GAINS, ONES, EACH)[-1].share == 1.0


def test_auuc_is_the_area_over_a_random_order() -> None:
    # Trapezes under (0, 0), (.25, .2), (.5, .3), (.75, .35), (1, .3), less half of .3.
    assert auuc(SCORE, GAINS, ONES, EACH).value == pytest.approx((0.2 + 0.3 + 0.35 + 0.15) / 4 - 0.15)


@given(SCORES, st.integers(0, 99))
def test_a_ranking_and_its_opposite_have_opposite_areas(score: Vector, seed: int) -> None:
    gains, weight = np.random.default_rng(seed).normal(size=len(score)), np.ones(len(score))
    one, other = (auuc(way * score, gains, weight, np.arange(len(score))).value for way in (1, -1))
    assert one == pytest.approx(-other)


def test_a_score_that_knows_nothing_has_no_area() -> None:
    assert auuc(np.zeros(4), GAINS, ONES, EACH).value == pytest.approx(0.0)


@given(SCORES, st.floats(0.05, 1), st.integers(0, 99))
def test_the_difference_is_that_of_the_values(score: Vector, share: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    count = len(score)
    other, gains, weight, group = rng.random(count), rng.normal(size=count), rng.random(count), np.arange(count)
    found = difference_at(score, other, gains, weight, group, share)
    one, two = (value_at(way, gains, weight, group, share).value for way in (score, other))
    assert found.value == pytest.approx(one - two)


def test_a_ranking_differs_from_itself_by_nothing_for_sure() -> None:
    found = difference_at(SCORE, SCORE, GAINS, ONES, EACH, 0.5)
    assert (found.low, found.value, found.high) == (0.0, 0.0, 0.0)


def test_common_noise_cancels_in_a_difference() -> None:
    rng = np.random.default_rng(0)
    score, gains = rng.random(2000), rng.normal(size=2000)
    swapped = score + 0.01 * rng.random(2000)
    weight, group = np.ones(2000), np.arange(2000)
    alone = value_at(score, gains, weight, group, 0.5).standard_error
    assert difference_at(score, swapped, gains, weight, group, 0.5).standard_error < alone / 3


def test_a_score_of_nan_has_no_place() -> None:
    with pytest.raises(ValueError, match="1 scores are NaN"):
        uplift_at(np.array([1.0, np.nan]), np.zeros(2), np.ones(2), np.arange(2), 0.5)


def worlds(count: int, seed: int) -> list[tuple[Vector, Vector, NDArray[np.intp], Vector]]:
    """(score, gains, customers, true effect) of randomised rows whose outcome is noise and whose effect is known."""
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        group = np.repeat(np.arange(300), 2)
        x = rng.random(300)[group]
        treated = (rng.random(600) < 0.5).astype(float)
        noise = rng.normal(size=300)[group] + rng.normal(size=600)
        made.append((x, (treated - 0.5) * (x * treated + noise) / 0.25, group, x))
    return made


def test_intervals_cover_the_true_uplift_as_often_as_they_say() -> None:
    # The 5 bins of 300 worlds are 1,500 nearly independent trials: 4 binomial standard errors.
    covered = [
        part.low <= (true := 1 - (part.low_share + part.high_share) / 2) <= part.high and true > 0
        for score, gains, group, _ in worlds(300, 1)
        for part in uplift_by_bin(score, gains, np.ones(600), group, bins=5, level=LEVEL)
    ]
    assert abs(np.mean(covered) - LEVEL) < 4 * sqrt(LEVEL * (1 - LEVEL) / len(covered))


@pytest.mark.parametrize(
    ("curve", "truth"),
    [
        (lambda *rows: value_at(*rows, 0.2), 0.18),  # the best fifth of U(0, 1) has a mean effect of .9
        (auuc, 1 / 12),  # mean of x (x - 1/2)
        (lambda s, *rows: difference_at(s, -s, *rows, 0.2), 0.16),
    ],
)
def test_values_cover_the_truth_as_often_as_they_say(curve: object, truth: float) -> None:
    found = [curve(score, gains, np.ones(600), group) for score, gains, group, _ in worlds(400, 2)]  # type: ignore[operator]
    covered = np.mean([one.low <= truth <= one.high for one in found])
    assert abs(covered - LEVEL) < 4 * sqrt(LEVEL * (1 - LEVEL) / len(found))
    errors = [one.standard_error for one in found]
    assert np.mean([one.value for one in found]) == pytest.approx(truth, abs=4 * np.mean(errors) / sqrt(len(found)))
