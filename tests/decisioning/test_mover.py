from math import inf, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decisioning.mover import Limits, around, difference, ratio, wilson

COUNTS = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
VALUES = st.floats(-100, 100)
HALVES = st.floats(0.01, 50)


@pytest.mark.parametrize(
    ("events", "customers", "expected"),
    [
        (81, 263, (0.2553, 0.3662)),  # Newcombe 1998, interval estimation for the single proportion, table I, method 3
        (15, 148, (0.0624, 0.1605)),
        (0, 20, (0.0, 0.1611)),
        (1, 29, (0.0061, 0.1718)),
    ],
)
def test_wilson(events: int, customers: int, expected: tuple[float, float]) -> None:
    found = wilson(events, customers, 0.95)
    assert (found.low, found.high) == pytest.approx(expected, abs=5e-5)
    assert found.value == events / customers


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        # Newcombe 1998, interval estimation for the difference between independent proportions, table II, method 10
        ((56, 70), (48, 80), (0.0524, 0.3339)),
        ((9, 10), (3, 10), (0.1705, 0.8090)),
        ((10, 10), (0, 20), (0.6791, 1.0)),
        ((10, 10), (0, 10), (0.6075, 1.0)),
    ],
)
def test_newcombe(one: tuple[int, int], other: tuple[int, int], expected: tuple[float, float]) -> None:
    found = difference(wilson(*one, 0.95), wilson(*other, 0.95))
    assert (found.low, found.high) == pytest.approx(expected, abs=5e-5)


def test_symmetric_limits_give_the_usual_difference() -> None:
    assert difference(around(7.0, 3.0), around(2.0, 4.0)) == Limits(5.0, 0.0, 10.0)
    found = difference(around(7.0, 3.0), around(2.0, 4.0), 0.5)
    assert found == Limits(5.0, 5 - sqrt(13), 5 + sqrt(13))  # 9 + 16 - 2 x .5 x 12


def test_symmetric_limits_give_the_ratio_of_fieller() -> None:
    # R with (6 - 2 R)^2 = 1 + .25 R^2: (24 -+ sqrt(576 - 4 x 3.75 x 35)) / 7.5
    found = ratio(around(6.0, 1.0), around(2.0, 0.5))
    assert found is not None
    assert (found.value, found.low, found.high) == pytest.approx((3.0, (24 - sqrt(51)) / 7.5, (24 + sqrt(51)) / 7.5))


@pytest.mark.parametrize(("other", "half"), [(0.0, 1.0), (2.0, 2.0), (-5.0, 1.0), (1e-180, 1e-190)])
def test_there_is_no_ratio_to_what_may_be_nothing(other: float, half: float) -> None:
    assert ratio(around(6.0, 1.0), around(other, half)) is None


def test_the_ratio_of_rare_events_has_bounds() -> None:
    found = ratio(wilson(0, 500, 0.9), wilson(2, 400, 0.9))
    assert found is not None
    assert (found.value, found.low) == (0.0, 0.0)
    assert 0 < found.high < inf
    some = ratio(wilson(3, 500, 0.9), wilson(1, 400, 0.9))
    assert some is not None
    assert 0 < some.low < some.value < some.high < inf


@pytest.mark.parametrize(
    ("limits", "differs"),
    [(Limits(1, 0.5, 2), True), (Limits(-1, -2, -0.5), True), (Limits(1, 0, 2), False), (Limits(1, -1, 2), False)],
)
def test_differs(limits: Limits, differs: bool) -> None:
    assert limits.differs is differs


@given(COUNTS, st.floats(0.5, 0.999))
def test_shares_stay_shares(count: tuple[int, int], level: float) -> None:
    found = wilson(*count, level)
    assert 0 <= found.low <= found.value <= found.high <= 1
    other = wilson(count[1] - count[0], count[1], level)
    assert (1 - other.high, 1 - other.low) == pytest.approx((found.low, found.high))


@given(COUNTS, COUNTS, st.floats(0.5, 0.999))
def test_both_leave_no_difference_out_on_the_same_counts(
    one: tuple[int, int], other: tuple[int, int], level: float
) -> None:
    first, second = wilson(*one, level), wilson(*other, level)
    apart, times = difference(first, second), ratio(first, second)
    assert apart.low <= apart.value <= apart.high
    assert -1 <= apart.low <= apart.high <= 1
    if times is not None and min(abs(apart.low), abs(apart.high)) > 1e-9:
        assert 0 <= times.low <= times.value * (1 + 1e-12) <= times.high * (1 + 1e-12)
        assert (times.low > 1, times.high < 1) == (apart.low > 0, apart.high < 0)


@given(VALUES, HALVES, VALUES, HALVES, st.floats(-0.95, 0.95))
def test_so_they_do_on_amounts(first: float, half: float, second: float, other: float, correlation: float) -> None:
    one, two = around(first, half), around(second, other)
    apart, times = difference(one, two, correlation), ratio(one, two, correlation)
    back = difference(two, one, correlation)
    assert (back.low, back.high) == pytest.approx((-apart.high, -apart.low))
    if times is not None and second > 1.01 * other and min(abs(apart.low), abs(apart.high)) > 1e-6:
        assert times.low <= times.value <= times.high
        assert (times.low > 1, times.high < 1) == (apart.low > 0, apart.high < 0)


@pytest.mark.parametrize(("rate", "other"), [(0.02, 0.03), (0.05, 0.05), (0.3, 0.5)])
def test_intervals_of_shares_hold_the_truth_as_often_as_they_say(rate: float, other: float) -> None:
    # 4,000 worlds: a share of .9 with 4 standard errors of .0047, and .01 more, by which counts of a few events jump
    # (Newcombe 1998 finds a mean coverage up to .01 above the level).
    rng, held, relative, worlds = np.random.default_rng(5), 0, 0, 4000
    for one, two in zip(rng.binomial(300, rate, worlds), rng.binomial(150, other, worlds), strict=True):
        first, second = wilson(int(one), 300, 0.9), wilson(int(two), 150, 0.9)
        apart, times = difference(first, second), ratio(first, second)
        held += apart.low <= rate - other <= apart.high
        relative += times is None or times.low <= rate / other <= times.high
    for found in (held, relative):
        assert abs(found / worlds - 0.9) < 4 * sqrt(0.09 / worlds) + 0.01
