"""The penalised linear part and Platt's line, against known truth."""

from __future__ import annotations

import numpy as np
import pytest

from configs.artefact import Calibration, Linear
from training import linear
from training.folds import Fold

RNG = np.random.default_rng(0)
ROWS = 6000
Z = RNG.normal(size=(ROWS, 3))
TRUTH = -0.5 + Z @ np.array([1.0, -0.5, 0.0])
LABEL = (RNG.random(ROWS) < 1 / (1 + np.exp(-TRUTH))).astype(float)
FOLDS = [Fold(np.flatnonzero(np.arange(ROWS) % 3 != k), np.flatnonzero(np.arange(ROWS) % 3 == k)) for k in range(3)]


def test_a_light_penalty_finds_the_coefficients() -> None:
    found = linear.fit(Z, LABEL, 0.01)
    # The information per row is about p(1 - p) = 0.19, so that a standard error is 1 / sqrt(0.19 x 6000) = 0.03.
    assert (*found.coefficients, found.intercept) == pytest.approx((1.0, -0.5, 0.0, -0.5), abs=4 * 0.03)
    assert linear.margin(found, Z[:2]) == pytest.approx(Z[:2] @ np.array(found.coefficients) + found.intercept)


def test_a_heavy_penalty_leaves_the_rate() -> None:
    found = linear.fit(Z, LABEL, 1e7)
    assert found.coefficients == pytest.approx((0, 0, 0), abs=1e-3)
    assert 1 / (1 + np.exp(-found.intercept)) == pytest.approx(LABEL.mean(), abs=1e-3)


def test_the_ridge_with_the_least_loss_wins_and_judges_only_what_it_has_not_seen() -> None:
    ridge, margins = linear.search(Z, LABEL, FOLDS[:2], (1.0, 1e7))
    assert ridge == 1.0
    assert np.isnan(margins[FOLDS[2].valid]).all()
    of_first = linear.margin(linear.fit(Z[FOLDS[0].train], LABEL[FOLDS[0].train], 1.0), Z[FOLDS[0].valid])
    assert margins[FOLDS[0].valid] == pytest.approx(of_first)


def test_log_loss_is_that_of_the_probabilities() -> None:
    p = 1 / (1 + np.exp(-TRUTH))
    assert linear.log_loss(LABEL, TRUTH) == pytest.approx(-np.mean(LABEL * np.log(p) + (1 - LABEL) * np.log(1 - p)))


def test_platt_undoes_a_distortion_of_the_log_odds() -> None:
    found = linear.platt(LABEL, 2 * TRUTH + 1)
    assert (found.slope, found.intercept) == pytest.approx((0.5, -0.5), abs=0.1)


@pytest.mark.parametrize(
    ("margins", "folds", "changed"),
    [(TRUTH, FOLDS, False), (2 * TRUTH + 1, FOLDS, True), (2 * TRUTH + 1, FOLDS[:1], False)],
    ids=["calibrated already", "distorted", "one fold shows nothing"],
)
def test_calibration_changes_only_what_it_is_shown_to_help(
    margins: np.ndarray, folds: list[Fold], changed: bool
) -> None:
    assert (linear.calibrate(LABEL, margins, folds) != Calibration()) is changed


def test_a_linear_part_is_plain_numbers() -> None:
    assert isinstance(linear.fit(Z[:300], LABEL[:300], 10.0), Linear)
