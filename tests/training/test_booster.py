"""The search for a shape: pruned, bounded, repeatable."""

from __future__ import annotations

import numpy as np
import pytest

from configs.training import Training
from tests.training.worlds import lapse
from training import booster
from training.booster import STARTS
from training.folds import split

PROBLEM = lapse(200, 6)
Z = PROBLEM.rows[["recency__silence_days", "profile__shoe_size"]].to_numpy(np.float64)
FOLDS = split(PROBLEM, 3, 0, 200).folds


def found(trials: int, seed: int = 0) -> booster.Found:
    settings = Training(trials=trials, max_rounds=50, seed=seed)
    return booster.search(Z, PROBLEM.label, FOLDS, "binary", settings, lambda *_: None)


@pytest.fixture(scope="module")
def searched() -> booster.Found:
    return found(14)


def test_hopeless_trials_are_pruned(searched: booster.Found) -> None:
    losses = [loss for _, loss in searched.trials]
    assert len(losses) == 14
    assert None in losses
    assert None not in losses[: len(STARTS)]  # there is no median to be worse than


def test_the_best_complete_trial_is_chosen(searched: booster.Found) -> None:
    complete = {shape: loss for shape, loss in searched.trials if loss is not None}
    assert searched.loss == min(complete.values()) == complete[searched.shape]
    assert 1 <= searched.rounds <= 50


def test_the_proven_shapes_are_tried_first(searched: booster.Found) -> None:
    assert tuple(shape for shape, _ in searched.trials[: len(STARTS)]) == STARTS


def test_margins_are_of_the_rows_that_folds_judged(searched: booster.Found) -> None:
    judged = np.unique(np.concatenate([fold.valid for fold in FOLDS]))
    assert np.flatnonzero(~np.isnan(searched.margins)).tolist() == judged.tolist()
    auc_direction = np.corrcoef(searched.margins[judged], PROBLEM.label[judged])[0, 1]
    assert auc_direction > 0.2


@pytest.mark.parametrize("objective", ["binary", "tweedie"])
def test_the_same_seed_gives_the_same_model_bit_for_bit(objective: str) -> None:
    def texts(seed: int) -> list[str]:
        settings = Training(seed=seed, bag=2)
        return [one.model_to_string() for one in booster.fit(Z, PROBLEM.label, objective, STARTS[1], 20, settings)]

    assert texts(3) == texts(3)
    assert texts(3) != texts(4)
    assert len(set(texts(3))) == 2  # a bag's members differ by their seeds


def test_the_same_seed_searches_the_same_way() -> None:
    assert found(5).trials == found(5).trials
    assert found(5).trials != found(5, seed=1).trials


def test_progress_is_told_from_none_to_all() -> None:
    told: list[tuple[int, int]] = []
    booster.search(
        Z, PROBLEM.label, FOLDS, "binary", Training(trials=2, max_rounds=50), lambda *done: told.append(done)
    )
    assert told == [(0, 2), (1, 2), (2, 2)]
