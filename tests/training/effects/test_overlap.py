from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, logit

from training.effects.overlap import balanced, effective, overlap, within


@pytest.mark.parametrize(("p", "inside"), [(0.5, True), (0.06, True), (0.94, True), (0.04, False), (0.96, False)])
def test_within_is_told_by_odds_alone(p: float, inside: bool) -> None:
    assert within(logit(np.array([p])), 0.05).tolist() == [inside]


def test_rows_that_anybody_could_have_been_have_weight_one() -> None:
    weight = balanced(np.zeros(4), np.array([1.0, 0, 1, 0]), np.array([0.9, 0.9, 0.2, 0.2]))
    assert weight == pytest.approx(1.0)


def test_weights_give_the_arms_the_same_customers() -> None:
    """E[weight x treated | x] = share and E[weight x control | x] = 1 - share, for every x."""
    x, share = np.array([-1.5, 0.0, 2.0]), np.full(3, 0.3)
    p = expit(x + logit(share))
    assert balanced(x, np.ones(3), share) * p == pytest.approx(share)
    assert balanced(x, np.zeros(3), share) * (1 - p) == pytest.approx(1 - share)


EFFECTIVE = [([1.0, 1.0, 1.0], 3.0), ([5.0], 1.0), ([], 0.0), ([1.0, 0.0], 1.0), ([3.0, 1.0], 1.6)]


@pytest.mark.parametrize(("weight", "size"), EFFECTIVE)
def test_effective_size(weight: list[float], size: float) -> None:
    assert effective(np.array(weight)) == pytest.approx(size)


def test_overlap_counts_copies_of_a_row_once() -> None:
    treated = np.array([1.0, 1.0, 0.0, 0.0, 0.0, 0.0])
    found = overlap(np.zeros(6), treated, np.full(6, 0.5), np.array([0, 1, 2, 2, 3, 3]), 0.05)
    assert (found.share, found.treated, found.controls) == pytest.approx((1.0, 2.0, 2.0))


def test_overlap_is_of_the_rows_left() -> None:
    log_odds = np.array([0.0, 5.0, 0.0, -5.0])
    found = overlap(log_odds, np.array([1.0, 1.0, 0.0, 0.0]), np.full(4, 0.5), np.arange(4), 0.05)
    assert (found.share, found.treated, found.controls) == pytest.approx((0.5, 1.0, 1.0))
    apart = overlap(np.array([9.0, -9.0]), np.array([1.0, 0.0]), np.full(2, 0.5), np.arange(2), 0.05)
    assert (apart.share, apart.treated, apart.controls) == (0.0, 0.0, 0.0)


def test_unequal_weights_are_worth_fewer_rows() -> None:
    rng = np.random.default_rng(0)
    log_odds = rng.normal(size=4000)
    treated = (rng.random(4000) < expit(log_odds)).astype(float)
    found = overlap(log_odds, treated, np.full(4000, 0.5), np.arange(4000), 0.05)
    assert 0.5 * treated.sum() < found.treated < 0.95 * treated.sum()
