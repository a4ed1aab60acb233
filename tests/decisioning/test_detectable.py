from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decisioning.detectable import (
    customers_needed,
    customers_needed_for_mean,
    detectable_difference,
    detectable_drop,
    in_words,
    smallest_seen,
)

RATES = st.floats(0.01, 0.99)
CUSTOMERS = st.integers(2, 10**7)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (0.10, 0.09, 13_492),  # 7.84888 x (.09 + .0819) / .0001 = 13,492.2
        (0.09, 0.10, 13_492),
        (0.10, 0.05, 432),  # 7.84888 x .1375 / .0025
        (0.50, 0.40, 385),  # 7.84888 x .49 / .01
        (0.02, 0.019, 300_244),  # 7.84888 x (.0196 + .018639) / .000001 = 300,133 of 7.849
    ],
)
def test_customers_needed(before: float, after: float, expected: int) -> None:
    assert customers_needed(before, after) == pytest.approx(expected, rel=4e-4)


def test_the_drop_from_10_to_9_percent_exactly() -> None:
    assert customers_needed(0.10, 0.09) == 13_492
    assert detectable_drop(0.10, 13_492, 13_492) == pytest.approx(0.01, rel=1e-5)


def test_a_larger_other_side_takes_fewer_customers() -> None:
    assert customers_needed(0.10, 0.09, others=9) == round(7.848880 * (0.09 + 0.0819 / 9) / 0.0001)
    assert customers_needed_for_mean(10.0, 1.0) == round(7.848880 * 200)
    assert customers_needed_for_mean(10.0, -1.0, others=4) == round(7.848880 * 125)


def test_level_and_power() -> None:
    z = 1.644854 + 1.281552  # of 90% two-sided and of power .9
    assert customers_needed(0.10, 0.09, level=0.9, power=0.9) == round(z**2 * 0.1719 / 0.0001)
    assert smallest_seen(2.0, level=0.9, power=0.9) == pytest.approx(2 * z)


def test_the_difference_of_means() -> None:
    assert detectable_difference((3.0, 4.0), (900, 1600)) == pytest.approx(2.801585 * sqrt(0.01 + 0.01))


def test_a_small_holdout_sees_no_drop() -> None:
    assert detectable_drop(0.10, 20, 1_000_000) is None
    assert detectable_drop(0.10, 80, 1_000_000) == pytest.approx(0.094, abs=0.001)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: customers_needed(0.1, 0.1), "no number of customers shows a difference of 0"),
        (lambda: customers_needed(1.2, 0.0), "a churn rate is 1.2, 0; between 0 and 1 is allowed"),
        (lambda: detectable_drop(0.0, 100, 100), "a churn rate is 0; between 0 and 1 is allowed"),
        (lambda: customers_needed_for_mean(1.0, 0.0), "no number of customers shows a difference of 0"),
        (lambda: detectable_drop(0.1, 0, 100), "customers are 0, 100; 1 or more on either side is allowed"),
        (lambda: detectable_difference((1.0, 1.0), (5, 0)), "customers are 5, 0; 1 or more on either side is allowed"),
        (lambda: customers_needed(0.1, 0.09, power=1.0), "level and power are 0.95, 1; between 0 and 1 is allowed"),
    ],
)
def test_what_is_not_allowed(call: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()  # type: ignore[operator]


@pytest.mark.parametrize(
    ("held_out", "expected"),
    [
        (412, "with 412 customers held out, a churn drop smaller than 4.2 points would not be seen"),
        (20, "with 20 customers held out, no drop from a churn of 10% would be seen"),
        (40_000, "with 40,000 customers held out, a churn drop smaller than 0.4 points would not be seen"),
    ],
)
def test_in_words(held_out: int, expected: str) -> None:
    said = in_words(0.10, held_out, 20 * held_out)
    assert said == f"{expected}; 10% to 9% needs 13,492 a side (two-sided 5%, power 80%)"


def test_another_example_in_words() -> None:
    assert in_words(0.125, 500, 500, after=0.1, level=0.9).endswith(
        "; 12.5% to 10% needs 1,972 a side (two-sided 10%, power 80%)"
    )


@given(RATES, CUSTOMERS, CUSTOMERS, st.integers(1, 10**6))
def test_more_customers_see_smaller_drops(rate: float, held_out: int, others: int, more: int) -> None:
    few = detectable_drop(rate, held_out, others)
    for many in (detectable_drop(rate, held_out + more, others), detectable_drop(rate, held_out, others + more)):
        if few is not None:
            assert many is not None
            assert many <= few * (1 + 1e-9)


@given(st.floats(0.01, 100), st.floats(0.01, 100), CUSTOMERS, CUSTOMERS)
def test_more_customers_see_smaller_differences(one: float, other: float, customers: int, others: int) -> None:
    few = detectable_difference((one, other), (customers, others))
    assert detectable_difference((one, other), (customers + 1, others)) <= few
    assert detectable_difference((one, other), (customers, others + 1)) <= few
    assert detectable_difference((other, one), (others, customers)) == pytest.approx(few)


@given(RATES, st.integers(1000, 10**7), st.integers(1, 20))
def test_the_drop_and_the_customers_it_needs_are_inverse(rate: float, held_out: int, others: int) -> None:
    drop = detectable_drop(rate, held_out, others * held_out)
    if drop is not None and drop < 0.999 * rate:
        assert customers_needed(rate, rate - drop, others=others) == pytest.approx(held_out, abs=1)


def test_power_is_what_is_promised() -> None:
    # 20,000 experiments at the size asked for: .8 of them see it, but for 4 standard errors and the approximation.
    rng, count = np.random.default_rng(1), customers_needed(0.3, 0.25)
    one, other = rng.binomial(count, 0.3, 20_000) / count, rng.binomial(count, 0.25, 20_000) / count
    error = np.sqrt((one * (1 - one) + other * (1 - other)) / count)
    assert abs((np.abs(one - other) > 1.959964 * error).mean() - 0.8) < 4 * sqrt(0.16 / 20_000) + 0.005
