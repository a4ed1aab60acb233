"""The choice among learners: by what treating those ranked first gains on customers not seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from configs.training import EffectTraining
from decisioning.curves import value_at
from tests.training.effects.known import QUICK, Kind, World, world
from training.effects.learners import Shared
from training.effects.menu import Choice, choose
from training.effects.nuisance import nuisances


def chosen(posed: World, settings: EffectTraining = QUICK) -> Choice:
    return choose(Shared(posed.contrast, settings, nuisances(posed.contrast)))


def test_a_line_is_mostly_kept_where_effects_are_linear() -> None:
    choices = [chosen(world("linear", 6000, seed=seed)) for seed in range(6)]
    left = [one for one in choices if one.winner.learner.endswith("LightGBM")]
    # Four try to beat it by a standard error, one in six each where all are equal, and mostly together.
    assert len(left) <= 3
    assert all("no more complex learner beats it" in one.reason for one in choices)


@pytest.mark.parametrize("margin", [False, True], ids=["retention", "margin"])
def test_boosters_win_where_effects_have_a_threshold(margin: bool) -> None:
    choice = chosen(world("threshold", 12_000, margin=margin))
    assert choice.winner.learner.endswith("LightGBM")
    assert "it beats" in choice.reason
    assert "(standard error" in choice.reason


def test_the_menu_tells_everyones_value_and_distance_to_the_winner() -> None:
    posed = world("threshold", 6000)
    choice = chosen(posed)
    by_name = {tried.learner: tried for tried in choice.menu}
    assert list(by_name)[:2] == ["S-logistic", "DR-ridge"]
    assert len(by_name) == 6
    winner = by_name[choice.winner.learner]
    assert (winner.difference, winner.difference_low, winner.difference_high) == (0.0, 0.0, 0.0)
    gains = nuisances(posed.contrast).gains
    value = value_at(choice.winner.scores, gains, posed.contrast.weight, posed.contrast.group, QUICK.budget, level=0.9)
    assert (winner.value, winner.low, winner.high) == pytest.approx((value.value, value.low, value.high))
    assert all(tried.low < tried.value < tried.high for tried in choice.menu)
    assert f"gains {winner.value:.4g} a row" in choice.reason


def test_those_behind_on_the_first_fold_are_not_fitted_on_the_others() -> None:
    stopped = 0
    for seed in range(3):
        posed = world("linear", 3000, seed=seed)
        shared = Shared(posed.contrast, QUICK, nuisances(posed.contrast))
        menu = {tried.learner: tried for tried in choose(shared).menu}
        for learner, name in {"T-LightGBM": "t1", "X-LightGBM": "x1", "DR-LightGBM": "dr"}.items():
            folds = shared.trees.grown_for(name)
            assert folds in ({0}, {0, 1, 2})
            if folds == {0}:
                stopped += 1
                assert menu[learner].difference <= 0
    assert stopped


@pytest.mark.parametrize("kind", ["none", "constant"])
def test_the_budget_is_of_rows(kind: Kind) -> None:
    posed = world(kind, 3000, margin=True)
    for budget in (0.1, 0.5):
        choice = chosen(posed, QUICK.model_copy(update={"budget": budget}))
        value = choice.menu[0].value
        # Where all are alike, treating a share gains that share of the average effect, whoever comes first.
        spread = 100 * (0.1 if kind == "constant" else 0.0)
        error = posed.contrast.outcome.std() / np.sqrt(0.24 * 3000 * budget) * budget
        assert value == pytest.approx(budget * spread, abs=4 * error)
        assert f"best {budget:.0%}" in choice.reason


def test_which_offer_is_better_is_not_lost_in_noise() -> None:
    """Two offers, worth 2 and 0 to everybody, under noise of 30: no customer's own effect can be told."""
    rng = np.random.default_rng(3)
    posed = world("none", 12_000, seed=3, margin=True).contrast
    better = np.where(rng.random(len(posed.z)) < 0.5, 1.0, -1.0)
    outcome = 30 * rng.standard_normal(len(posed.z)) + posed.treated * (1 + better)
    z = np.column_stack([posed.z, better])
    action = np.array([z.shape[1] - 1])
    contrast = replace(posed, z=z, for_trees=np.append(posed.for_trees, action), outcome=outcome, of_action=action)
    choice = choose(Shared(contrast, QUICK, nuisances(contrast)))
    assert choice.menu[0].learner == "average by action"
    scores = choice.winner.scores
    # Each offer's average is known to 30 x 2 / sqrt(6,000) = .77; the two differ by 2.
    assert scores[better > 0].mean() > scores[better < 0].mean() + 0.2


def test_progress_is_told() -> None:
    posed = world("none", 900)
    told: list[tuple[int, int]] = []
    choose(
        Shared(posed.contrast, QUICK, nuisances(posed.contrast)), progress=lambda done, all_: told.append((done, all_))
    )
    assert told == [(2, 6), (3, 6), (4, 6), (5, 6), (6, 6)]
