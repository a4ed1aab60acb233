"""Gains by hand, and intervals that cover the truth as often as they say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from training import paired

LABEL = np.array([1.0, 0, 1, 0])


def test_profit_is_of_whom_each_would_contact() -> None:
    new, old = np.array([0.9, 0.05, 0.05, 0.9]), np.array([0.05, 0.05, 0.9, 0.05])
    found = paired.profit_gained(LABEL, new, old, saved=30.0, contact_cost=3.0)
    assert found.gain.tolist() == [27.0, 0.0, -27.0, -3.0]  # found a leaver, nobody, missed one, contacted a stayer
    assert found.foresight == 13.5  # both leavers contacted, nobody else


def test_log_loss_saved_is_the_difference_of_logistic_losses() -> None:
    found = paired.log_loss_saved(LABEL, np.array([0.8, 0.2, 0.5, 0.5]), np.full(4, 0.5))
    assert found.gain == pytest.approx([np.log(1.6), np.log(1.6), 0, 0])
    assert found.foresight == pytest.approx(np.log(2))


def test_deviance_is_none_for_the_amount_itself_and_least_for_the_mean() -> None:
    label = np.array([0.0, 10.0])
    perfect = paired.deviance_saved(label, np.maximum(label, 1e-12), np.full(2, 5.0))
    assert perfect.gain.mean() == pytest.approx(perfect.foresight, rel=1e-6)
    for other in (4.0, 6.0):
        assert paired.deviance_saved(label, np.full(2, 5.0), np.full(2, other)).gain.mean() > 0


@pytest.mark.parametrize("certain", [0.0, 1.0])
def test_a_certain_mistake_costs_much_but_not_infinitely(certain: float) -> None:
    found = paired.log_loss_saved(np.array([1 - certain, certain]), np.full(2, certain), np.full(2, 0.5))
    assert np.isfinite(found.gain).all()
    assert found.gain.min() < -20


def test_identical_gains_have_no_width() -> None:
    customers = pd.Series(["a", "a", "b", "c"])
    assert paired.interval(np.zeros(4), customers, 0) == (0.0, 0.0)
    assert paired.standard_error(np.full(4, 2.0), customers) == 0.0


def test_rows_of_one_customer_are_not_independent() -> None:
    rng = np.random.default_rng(0)
    once = rng.normal(size=400)
    ten_times, customers = np.repeat(once, 10), pd.Series(np.repeat(np.arange(400), 10).astype(str))
    assert paired.standard_error(ten_times, customers) == pytest.approx(once.std() / 20)
    low, high = paired.interval(ten_times, customers, 0)
    assert high - low == pytest.approx(2 * 1.96 * once.std() / 20, rel=0.15)


def test_the_interval_covers_the_truth_in_19_of_20_worlds() -> None:
    rng = np.random.default_rng(1)
    worlds, missed = 200, 0
    customers = pd.Series(np.repeat(np.arange(150), 4).astype(str))
    for _ in range(worlds):
        gain = np.repeat(rng.normal(0.3, 1, 150), 4) + rng.normal(size=600)
        low, high = paired.interval(gain, customers, 0)
        missed += not low <= 0.3 <= high
    # 5% may miss, and percentile intervals of 150 customers a little more often; 6% gives at most this in 999 of 1,000.
    assert missed <= binom.ppf(0.999, worlds, 0.06)
    assert missed >= binom.ppf(0.001, worlds, 0.05)
