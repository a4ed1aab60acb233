"""Figures by hand."""

from __future__ import annotations

import numpy as np
import pytest

from training import metrics

LABEL = np.array([0.0, 0, 1, 0, 1, 1, 0, 0, 0, 1])
P = np.array([0.1, 0.2, 0.6, 0.4, 0.8, 0.9, 0.3, 0.5, 0.7, 0.5])


def test_a_binary_model_has_these_figures() -> None:
    found = metrics.binary(LABEL, P)
    pairs = [(p > n) + 0.5 * (p == n) for p in P[LABEL == 1] for n in P[LABEL == 0]]
    assert found == pytest.approx(
        {
            "auc": np.mean(pairs),
            "average_precision": (1 / 1 + 2 / 2 + 3 / 4) / 4
            + (4 / 6) / 4,  # .9 and .8, then .6 after .7, then .5 twice
            "log_loss": -np.mean(LABEL * np.log(P) + (1 - LABEL) * np.log(1 - P)),
            "brier": np.mean((LABEL - P) ** 2),
            "lift10": 1 / 0.4,
            "ece": np.mean(np.abs(LABEL - P)),  # ten bins of one row each
        }
    )


def test_an_amount_model_has_these_figures() -> None:
    label, predicted = np.array([0.0, 10, 20]), np.array([1.0, 8, 18])
    assert metrics.amount(label, predicted) == pytest.approx({"mae": 5 / 3, "r2": 1 - 9 / 200, "bias": -1.0})


def test_amounts_that_do_not_vary_have_nothing_to_explain() -> None:
    assert metrics.amount(np.full(3, 5.0), np.array([4.0, 5, 6]))["r2"] == 0.0


@pytest.mark.parametrize(("share", "expected"), [(0.1, 2.5), (0.2, 2.5), (0.4, 1.875), (1.0, 1.0)])
def test_lift_is_the_rate_at_the_top_to_the_rate_of_all(share: float, expected: float) -> None:
    assert metrics.lift(LABEL, P, share) == pytest.approx(expected)


def test_a_calibration_table_has_bins_of_equal_counts() -> None:
    label, p = np.array([0.0, 1, 0, 1, 1, 0]), np.array([0.1, 0.2, 0.3, 0.5, 0.6, 0.7])
    table = metrics.calibration_table(label, p, bins=2)
    assert table == [pytest.approx((0.2, 1 / 3, 3)), pytest.approx((0.6, 2 / 3, 3))]
    assert metrics.calibration_error(label, p, bins=2) == pytest.approx((2 / 15 + 1 / 15) / 2)


def test_a_calibrated_model_has_only_the_error_of_chance() -> None:
    rng = np.random.default_rng(0)
    p = rng.uniform(0.05, 0.6, 20_000)
    label = (rng.random(20_000) < p).astype(float)
    # A bin of 2,000 rows has a standard error of at most 0.011; the mean of ten |errors| stays below it.
    assert metrics.calibration_error(label, p) < 0.011
    assert metrics.calibration_error(label, np.clip(p + 0.1, 0, 1)) == pytest.approx(0.1, abs=0.011)
