from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from monitoring.intervals import Interval, cluster_bootstrap, wilson


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        (0, 10, 0.0, 0.2775),  # Wilson's interval as published for 0 of 10
        (10, 10, 0.7225, 1.0),
        (5, 10, 0.2366, 0.7634),
        (1, 1, 0.2065, 1.0),
    ],
)
def test_wilson_matches_published_values(successes: float, trials: float, low: float, high: float) -> None:
    found = wilson(successes, trials)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)
    assert found.low <= found.value <= found.high


def test_fewer_independent_trials_widen_the_interval() -> None:
    assert wilson(30, 100, effective=25).low < wilson(30, 100).low


def test_the_bootstrap_of_a_mean_agrees_with_its_standard_error() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=400)

    def mean(weights: np.ndarray) -> float:
        return float(weights @ values / weights.sum())

    found = cluster_bootstrap(mean, np.arange(400), resamples=2000, rng=rng)
    half = 1.96 * values.std() / 20
    assert found.value == pytest.approx(values.mean())
    # a 2.5% quantile of 2,000 normal draws has a standard error of sqrt(.025 * .975 / 2000) / .0584 = .06 sd
    assert (found.low, found.high) == pytest.approx(
        (values.mean() - half, values.mean() + half), abs=4 * 0.06 * half / 1.96
    )


def test_undefined_resamples_are_left_out() -> None:
    answers = iter([0.1, np.nan, 0.3, 0.2])
    found = cluster_bootstrap(lambda _: next(answers), np.arange(3), resamples=3, rng=np.random.default_rng(0))
    assert found == Interval(0.2, pytest.approx(0.105), pytest.approx(0.295))


@pytest.mark.parametrize("repeats", [1, 5])
def test_coverage_is_95_percent_whether_or_not_customers_repeat(repeats: int) -> None:
    """Each customer's value is seen `repeats` times: an interval that counts rows would cover 61% at five repeats."""
    rng, runs, customers = np.random.default_rng(7), 300, 100
    clusters = np.repeat(np.arange(customers), repeats)
    covered = 0
    for _ in range(runs):
        values = rng.normal(size=customers)[clusters]
        found = cluster_bootstrap(lambda w, v=values: float(w @ v / w.sum()), clusters, resamples=200, rng=rng)
        covered += found.low <= 0.0 <= found.high
    # 200 resamples put the ends at their 2.5% within 1.1 points, and a percentile interval of 100 normals lacks 0.5
    assert binom.ppf(1e-3, runs, 0.93) <= covered <= binom.ppf(1 - 1e-3, runs, 0.96)
