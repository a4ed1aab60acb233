"""What is believed of a score: its mean, its slope where that must depart from 1, and intervals that hold."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tests.training.effects.known import two_offers, world
from training.effects.belief import believe
from training.effects.contrast import Contrast
from training.effects.nuisance import nuisances


def scored(rows: int, slope: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores, the effects that are `slope` times as spread, and gains around those."""
    scores = rng.normal(0.1, 0.1, rows)
    true = 0.1 + slope * (scores - 0.1)
    return scores, true, true + rng.normal(0, 1.0, rows)


def plain(rows: int) -> Contrast:
    return world("none", rows).contrast


@pytest.mark.parametrize(("slope", "departs"), [(1.0, False), (0.0, True), (2.0, True)])
def test_the_slope_departs_from_one_where_it_must(slope: float, departs: bool) -> None:
    scores, true, gains = scored(4000, slope, np.random.default_rng(0))
    belief = believe(scores, gains, plain(4000))
    assert (belief.slope != 1.0) is departs
    assert np.sqrt(belief.var_slope) == pytest.approx(1 / (0.1 * np.sqrt(4000)), rel=0.1)
    assert np.sqrt(belief.var_mean) == pytest.approx(1 / np.sqrt(4000), rel=0.1)
    assert belief.mean == pytest.approx(true.mean(), abs=4 / np.sqrt(4000))
    if departs:
        assert belief.slope == pytest.approx(slope, abs=4 * np.sqrt(belief.var_slope))


def test_rows_of_one_customer_are_one_witness() -> None:
    scores, _, gains = scored(1000, 1.0, np.random.default_rng(1))
    posed = plain(1000)
    twice = dataclasses.replace(posed.take(np.repeat(np.arange(1000), 2)), weight=np.full(2000, 0.5))
    once, repeated = believe(scores, gains, posed), believe(scores.repeat(2), gains.repeat(2), twice)
    assert repeated.var_mean == pytest.approx(once.var_mean)
    assert repeated.var_slope == pytest.approx(once.var_slope)


def test_scores_that_are_alike_have_no_slope() -> None:
    belief = believe(np.full(500, 0.2), np.random.default_rng(2).normal(0.1, 1, 500), plain(500))
    assert (belief.slope, belief.var_slope, belief.cov) == (1.0, 0.0, 0.0)
    uplift, low, high = belief.uplift(np.array([0.2]))
    assert low[0] < uplift[0] < high[0]
    assert uplift[0] == pytest.approx(belief.mean)


def test_intervals_cover_average_effects_by_decile_as_often_as_they_say() -> None:
    """300 worlds: 90% +- 1.7% (standard error) of deciles' averages, here by one line; bound at three and a half."""
    rng = np.random.default_rng(3)
    held = []
    posed = plain(600)
    for _ in range(300):
        scores, true, gains = scored(600, 1.0, rng)
        uplift, low, high = believe(scores, gains, posed).uplift(scores)
        parts = np.array_split(np.argsort(scores), 10)
        held.append(np.mean([low[p].mean() <= true[p].mean() <= high[p].mean() for p in parts]))
        assert uplift.shape == (600,)
    error = np.std(held) / np.sqrt(len(held))
    # A slope held at 1 that is 1 is nearer to the truth than its error says: coverage may exceed what is stated.
    assert 0.9 - 3.5 * error < np.mean(held) < 0.97


def test_where_the_line_does_not_fit_the_interval_is_wider() -> None:
    rng = np.random.default_rng(7)
    scores, true, _ = scored(20_000, 1.0, rng)
    bent = true + 5 * ((scores - 0.1) ** 2 - 0.01)  # convex, as where few gain much: sd 5 x .01 x sqrt(2) = .07
    straight, curved = (believe(scores, one + rng.normal(0, 0.5, 20_000), plain(20_000)) for one in (true, bent))
    assert straight.var_fit < 0.02**2
    assert np.sqrt(curved.var_fit) == pytest.approx(0.07, rel=0.3)
    _, low, high = curved.uplift(scores)
    tenths = np.array_split(np.argsort(scores), 10)
    assert np.mean([low[p].mean() <= bent[p].mean() <= high[p].mean() for p in tenths]) >= 0.8


def test_the_interval_of_an_offer_not_tried_is_wider() -> None:
    belief = believe(*(scored(500, 1.0, np.random.default_rng(4))[i] for i in (0, 2)), plain(500))
    assert belief.var_offers == pytest.approx(belief.mean**2)  # with one action nothing says how actions differ
    _, low, high = belief.uplift(np.array([0.1]))
    _, lower, higher = belief.uplift(np.array([0.1]), tried=False)
    assert lower[0] < low[0] < high[0] < higher[0]


@pytest.mark.parametrize("spread", [0.0, 5.0])
def test_how_actions_differ_is_told_from_their_errors(spread: float) -> None:
    found = []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        posed = two_offers(3000, seed=seed).contrast
        action = rng.integers(8, size=len(posed.z)).astype(np.float64)
        z = posed.z.copy()
        z[:, 3] = action
        gains = rng.normal(0, 20, len(z)) + rng.normal(0, spread, 8)[action.astype(int)]
        found.append(believe(gains * 0 + z[:, 0], gains, dataclasses.replace(posed, z=z)).var_offers)
    # The variance of eight has a relative error of sqrt(2 / 7); a dozen of them one of .15.
    assert np.mean(found) == pytest.approx(spread**2, rel=0.6, abs=0.6)


def test_members_blind_to_high_gains_do_not_turn_the_slope() -> None:
    """Each scores the mean of the other folds: against the gains of its own that is a line of slope -2."""
    posed = plain(900)
    gains = np.random.default_rng(5).normal(0, 1, 900) + np.array([0.3, 0.0, -0.3])[posed.fold]
    means = np.array([gains[posed.fold == fold].mean() for fold in range(3)])
    scores = ((means.sum() - means) / 2)[posed.fold]
    assert np.polyfit(scores, gains, 1)[0] == pytest.approx(-2)
    belief = believe(scores, gains, posed)
    assert (belief.slope, belief.var_slope) == (1.0, 0.0)


def test_a_ranking_that_is_upside_down_is_not_turned_round() -> None:
    scores, _, gains = scored(4000, -1.0, np.random.default_rng(6))
    assert believe(scores, gains, plain(4000)).slope == 0.0


def test_beliefs_of_real_members_hold_their_average() -> None:
    posed = world("linear", 4000, margin=True)
    known = nuisances(posed.contrast)
    belief = believe(known.treated - known.untreated, known.gains, posed.contrast)
    assert belief.mean == pytest.approx(posed.true.mean(), abs=4 * np.sqrt(belief.var_mean))
