"""Can it be told who was treated? The rate of false alarms is the stated one, and choosing is found out."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import binom, mannwhitneyu, norm

from training.effects.propensity import Assigned, assigned, judge, rank_sum, unbalanced


def look(x: np.ndarray, treated: np.ndarray, wave: np.ndarray | None = None, **changes: np.ndarray) -> Assigned:
    count = len(treated)
    half, judged = np.arange(count) % 2, changes.get("judged", np.ones(count, bool))
    return assigned(x, treated, np.zeros(count, int) if wave is None else wave, half, judged, seed=0, threads=1)


@pytest.mark.parametrize("decimals", [6, 0])  # without and with ties
def test_rank_sum_is_mann_whitneys(decimals: int) -> None:
    rng = np.random.default_rng(0)
    scores, treated = rng.normal(size=60).round(decimals), (rng.random(60) < 0.4).astype(float)
    made = rank_sum(scores, treated, np.zeros(60, int))
    known = mannwhitneyu(
        scores[treated == 1], scores[treated == 0], use_continuity=False, alternative="greater", method="asymptotic"
    )
    z = (made.won - made.pairs / 2) / np.sqrt(made.variance)
    assert made.won == pytest.approx(known.statistic)
    assert z == pytest.approx(norm.isf(known.pvalue))


def test_rank_sums_add_over_strata_and_skip_those_with_one_arm() -> None:
    scores = np.array([1.0, 2.0, 30.0, 40.0, 99.0])
    treated, stratum = np.array([0.0, 1.0, 1.0, 0.0, 1.0]), np.array([0, 0, 1, 1, 2])
    made = rank_sum(scores, treated, stratum)
    assert (made.won, made.pairs) == (1.0, 2.0)  # 2 beats 1, 30 loses to 40, 99 is alone
    assert made.variance == pytest.approx(0.5)  # two fair coins


def test_false_alarms_come_at_their_rate() -> None:
    """Random assignment, shares that differ between waves as does the feature: 120 logs, alarms at 5%."""
    rng = np.random.default_rng(1)
    wave = np.arange(200) % 2
    alarms = 0
    for _ in range(120):
        x = rng.normal(size=(200, 3)) + wave[:, None]
        treated = (rng.random(200) < np.where(wave == 1, 0.7, 0.3)).astype(float)
        alarms += look(x, treated, wave).p_value < 0.05
    assert alarms <= binom.ppf(0.999, 120, 0.05)
    assert alarms > 0  # the bound is no idle one


@pytest.mark.parametrize(("strength", "auc"), [(0.7, 0.68), (1.5, 0.81), (4.0, 0.95)])
def test_choosing_is_found_out(strength: float, auc: float) -> None:
    """Nearly as well as by who knows the odds; the log-odds are theirs, drawn in by few rounds on 4,000 rows."""
    rng = np.random.default_rng(2)
    x = rng.normal(size=(4000, 4))
    truth = strength * x[:, 0]
    treated = (rng.random(4000) < expit(truth)).astype(float)
    found, zero = look(x, treated), np.zeros(4000, int)
    best, _, _ = judge(truth, treated, zero, zero)
    assert found.p_value < 1e-6
    assert best == pytest.approx(auc, abs=0.01)
    assert best - 0.02 < found.auc < best + 0.01
    assert np.corrcoef(found.log_odds, truth)[0, 1] > 0.85
    assert 0.4 < np.polyfit(truth, found.log_odds, 1)[0] < 1.1


def test_the_share_of_a_wave_is_not_what_is_told() -> None:
    rng = np.random.default_rng(3)
    wave = np.repeat([0, 1], 1000)
    treated = (rng.random(2000) < np.where(wave == 1, 0.9, 0.1)).astype(float)
    found = look(np.column_stack([wave + rng.normal(size=2000) / 100]), treated, wave)
    assert found.p_value > 0.01
    told = found.log_odds[wave == 1].mean() - found.log_odds[wave == 0].mean()
    assert abs(told) < 0.5  # the odds of the waves differ by 4.4


def test_only_judged_rows_teach_and_judge() -> None:
    rng = np.random.default_rng(4)
    x = rng.normal(size=(2000, 1))
    treated = (x[:, 0] > 0).astype(float)
    judged = np.arange(2000) < 1000
    treated[:1000] = rng.random(1000) < 0.5  # nothing to be told among these
    found = look(x, treated, judged=judged)
    assert found.p_value > 0.01
    assert len(found.log_odds) == 2000


def test_nothing_to_judge_is_no_alarm() -> None:
    found = look(np.ones((20, 1)), np.ones(20))
    assert (np.isnan(found.auc), found.p_value, found.log_odds.tolist()) == (True, 1.0, [0.0] * 20)
    blind = look(np.empty((40, 0)), np.arange(40) // 2 % 2 * 1.0)
    assert (blind.auc, blind.standard_error, blind.p_value) == (0.5, 0.0, 1.0)


def test_the_standard_error_bounds_the_dependence_of_the_halves() -> None:
    rng = np.random.default_rng(5)
    scores, treated = rng.normal(size=400), np.arange(400) % 2 * 1.0
    zero = np.zeros(400, int)
    _, whole, _ = judge(scores, treated, zero, zero)
    _, halves, _ = judge(scores, treated, zero, np.arange(400) // 200)
    assert halves == pytest.approx(whole * np.sqrt(2), rel=0.01)
    for auc in (0.4, 0.5):  # below .5 is luck
        assert Assigned(scores, auc, halves, 1.0).high == pytest.approx(0.5 + 1.645 * halves, rel=1e-3)


def targeted(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features, who was treated, and weights by the true propensities."""
    x = rng.normal(size=(count, 2))
    p = expit(0.7 * x[:, 0])
    treated = (rng.random(count) < p).astype(float)
    return x, treated, 1 / np.where(treated == 1, p, 1 - p)


def left_over(x: np.ndarray, treated: np.ndarray, weight: np.ndarray) -> float:
    count = len(x)
    wave, half, judged = np.arange(count) % 3, np.arange(count) % 2, np.ones(count, bool)
    return unbalanced(x, treated, wave, half, judged, weight, seed=0, threads=1)


@pytest.mark.parametrize(("power", "balanced"), [(1.0, True), (0.0, False), (0.4, False)])
def test_weights_balance_under_the_true_propensities_only(power: float, balanced: bool) -> None:
    x, treated, weight = targeted(np.random.default_rng(6), 6000)
    assert (left_over(x, treated, weight**power) > 0.01) == balanced


def test_true_propensities_are_doubted_at_about_the_stated_rate() -> None:
    rng = np.random.default_rng(7)
    doubted = sum(left_over(*targeted(rng, 400)) < 0.05 for _ in range(100))
    assert doubted <= binom.ppf(0.999, 100, 0.05)


def test_a_missing_arm_is_no_imbalance() -> None:
    assert left_over(np.arange(20.0).reshape(-1, 1), np.ones(20), np.ones(20)) == 1.0
