from math import sqrt

import numpy as np
import pytest
from scipy.stats import ttest_ind

from decisioning.arm_contrast import Contrast
from decisioning.arm_outcomes import ArmMean, adjusted_mean, plain_mean

ONE, OTHER = np.arange(30.0), np.arange(0.0, 80.0, 2.0)


def test_amounts_are_compared_as_welch_does() -> None:
    found = Contrast(plain_mean(ONE), plain_mean(OTHER), "means", 0.0).difference(0.9)
    expected = ttest_ind(ONE, OTHER, equal_var=False).confidence_interval(0.9)
    assert found.value == -24.5
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert found.standard_error == pytest.approx(sqrt(ONE.var(ddof=1) / 30 + OTHER.var(ddof=1) / 40))


def test_shares_are_compared_as_newcombe_does() -> None:
    one, other = plain_mean(np.repeat([1.0, 0.0], [56, 14])), plain_mean(np.repeat([1.0, 0.0], [48, 32]))
    found = Contrast(one, other, "score", 0.0)
    assert (found.difference(0.95).low, found.difference(0.95).high) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    relative = found.relative(0.95)
    assert relative is not None
    assert relative.value == pytest.approx(0.8 / 0.6 - 1)
    assert relative.low > 0


def test_means_that_move_together_err_by_what_moves_them_apart() -> None:
    one, other = ArmMean(12.0, 500, 0.04, 0.0, 400, 3.0), ArmMean(10.0, 500, 0.05, 0.0, 400, 2.0)
    found = Contrast(one, other, "adjusted", 0.16)
    assert found.standard_error == pytest.approx(sqrt(0.04 + 0.05 + 0.16))  # slopes differ by one
    interval = found.difference(0.9)
    half = found.standard_error * 1.6467  # Student's, 790 degrees of freedom
    assert (interval.low, interval.high) == pytest.approx((2 - half, 2 + half), rel=1e-4)


def test_the_relative_lift_is_the_ratio_less_one() -> None:
    one, other = ArmMean(12.0, 10**6, 0.04, 0.0, 10**6), ArmMean(10.0, 10**6, 0.04, 0.0, 10**6)
    found = Contrast(one, other, "means", 0.0).relative(0.9)
    assert found is not None
    error = sqrt(0.04 + 1.2**2 * 0.04) / 10  # by the first derivative
    assert (found.value, found.low, found.high) == pytest.approx(
        (0.2, 0.2 - 1.645 * error, 0.2 + 1.645 * error), abs=0.002
    )


@pytest.mark.parametrize("value", [0.0, 0.2, -10.0])
def test_there_is_no_relative_lift_on_what_may_be_nothing(value: float) -> None:
    one, other = ArmMean(12.0, 500, 0.04, 0.0, 499), ArmMean(value, 500, 0.04, 0.0, 499)
    assert Contrast(one, other, "means", 0.0).relative(0.9) is None


def test_skewness_cancels_between_arms_alike() -> None:
    heavy = np.exp(2 * np.linspace(-2.5, 2.5, 200))
    alike = Contrast(plain_mean(heavy), plain_mean(heavy), "means", 0.0)
    assert alike.skewed(0.9) == 0.0
    alone = Contrast(plain_mean(np.arange(20000.0) / 1000), plain_mean(heavy), "means", 0.0)
    assert alone.skewed(0.9) > 0.2
    assert alone.skewed(0.99) > alone.skewed(0.9)
    assert Contrast(plain_mean(heavy), plain_mean(heavy), "score", 0.0).skewed(0.9) == 0.0


def test_a_small_arm_without_its_tail_is_told_by_the_large_one() -> None:
    amounts = np.random.default_rng(0).lognormal(0, 2, 5000)
    tame = np.sort(amounts)[:200:2]
    assert Contrast(plain_mean(tame), plain_mean(amounts), "means", 0.0).skewed(0.9) > 0.5


def test_what_skewness_says_is_what_happens() -> None:
    # Means of 100 exponential amounts (variance 1, third moment 2) against those of so many that they are all but
    # known: a side of the 90% interval leaves out 5% -+ what `skewed` says, but for 4 standard errors (20,000 worlds)
    # and the next term, of order 1/100.
    rng, worlds, level = np.random.default_rng(0), 20_000, 0.9
    drawn = rng.exponential(size=(worlds, 100))
    t = (drawn.mean(axis=1) - 1) / (drawn.std(axis=1, ddof=1) / 10)
    many, few = ArmMean(1.0, 10**6, 1e-6, 2e-12, 10**6), ArmMean(1.0, 100, 1e-2, 2e-4, 99)
    said = 0.05 * Contrast(few, many, "means", 0.0).skewed(level)
    above, below = (t > 1.6604).mean(), (t < -1.6604).mean()
    assert below - above == pytest.approx(2 * said, abs=4 * sqrt(2 * 0.05 / worlds) + 0.01)


def test_a_line_that_fits_exactly_has_no_width() -> None:
    before = np.linspace(-1, 1, 200)
    found = Contrast(adjusted_mean(2 * before + 5, before), adjusted_mean(2 * before + 4, before), "adjusted", 0.0)
    interval = found.difference(0.9)
    assert (interval.low, interval.value, interval.high) == pytest.approx((1.0, 1.0, 1.0))
