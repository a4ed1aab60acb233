from __future__ import annotations

import numpy as np
import pytest

from benchmarks.targeting import at_random, best_first, ranked

TRUE = np.array([[4.0, 1.0], [-2.0, 3.0], [1.0, -1.0], [0.5, 0.2], [-1.0, -3.0]])


@pytest.mark.parametrize(
    ("estimated", "share", "expected"),
    [
        (TRUE, 0.2, 4.0),  # one customer of five
        (TRUE, 0.4, 4.0 + 3.0),
        (TRUE, 1.0, 4.0 + 3.0 + 1.0 + 0.5),  # nobody is treated at a loss that is foreseen
        (-TRUE, 0.2, -3.0),  # the wrong customer, with the wrong action
        (np.zeros_like(TRUE), 0.6, 0.0),
        (TRUE, 0.1, 0.0),  # not one whole customer
    ],
)
def test_the_budget_goes_to_the_best_by_estimate_and_earns_the_truth(
    estimated: np.ndarray, share: float, expected: float
) -> None:
    assert best_first(estimated, TRUE, share) == pytest.approx(expected / 5)


def test_the_oracle_is_beaten_by_nobody() -> None:
    rng = np.random.default_rng(0)
    true = rng.normal(size=(500, 3))
    oracle = best_first(true, true, 0.2)
    noisy = [best_first(true + rng.normal(size=true.shape) * noise, true, 0.2) for noise in (0.5, 2.0, 50.0)]
    assert oracle > noisy[0] > noisy[1] > noisy[2]


def test_equal_scores_go_by_row() -> None:
    assert ranked(np.ones(4), np.array([1.0, 2.0, 4.0, 8.0]), 0.5) == pytest.approx(3 / 4)


def test_a_random_share_earns_its_share_of_treating_all() -> None:
    assert at_random(np.array([1.0, -3.0, 8.0]), 0.5) == pytest.approx(1.0)
