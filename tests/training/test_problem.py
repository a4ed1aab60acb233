"""What can be learned from, and what is refused with the reason."""

from __future__ import annotations

import numpy as np
import pytest

from configs.errors import DataError
from tests.training.worlds import amounts, labelled, lapse
from training.problem import require_learnable


@pytest.mark.parametrize(
    ("rows", "positives", "message"),
    [
        (199, 50, "churn: 199 labelled rows, at least 200 are needed; map more history, or more customers"),
        (300, 0, "churn: one class only: nobody of 300 has label 1"),
        (300, 300, "churn: one class only: everybody of 300 has label 1"),
        (300, 9, "churn: 9 of 300 rows have label 1; at least 10 of either class are needed"),
        (300, 291, "churn: 291 of 300 rows have label 1; at least 10 of either class are needed"),
    ],
)
def test_labels_that_cannot_teach_are_refused(rows: int, positives: int, message: str) -> None:
    problem = labelled(lapse(rows, 1), (np.arange(rows) < positives).astype(float))
    with pytest.raises(DataError, match=message):
        require_learnable(problem, 200)


@pytest.mark.parametrize("problem", [lapse(200, 1), amounts(200, 1)], ids=["churn", "value"])
def test_two_hundred_rows_are_enough(problem: object) -> None:
    require_learnable(problem, 200)  # type: ignore[arg-type]


def test_amounts_need_no_classes() -> None:
    require_learnable(labelled(amounts(200, 1), np.full(200, 3.0)), 200)


def test_the_fingerprint_knows_rows_not_their_order() -> None:
    problem = lapse(50, 2)
    shuffled = problem.take(np.random.default_rng(0).permutation(100))
    changed = problem.rows.copy()
    changed.loc[7, "profile__shoe_size"] += 0.1
    assert shuffled.fingerprint() == problem.fingerprint()
    assert problem.take(np.arange(99)).fingerprint() != problem.fingerprint()
    assert labelled(problem, changed.label.to_numpy()).fingerprint() == problem.fingerprint()
    assert type(problem)("churn", "simulated", changed, problem.features, 14).fingerprint() != problem.fingerprint()
