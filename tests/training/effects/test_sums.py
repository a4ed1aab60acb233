"""Sums by fold and block give what a regression on written-out columns gives."""

from __future__ import annotations

import numpy as np
import pytest

from tests.training.effects.known import two_offers
from training.effects.contrast import Contrast
from training.effects.sums import RIDGE, Blocks, Penalty

PENALTY = Penalty(stronger=50.0, crossed=400.0)
CONTRAST = two_offers(900).contrast


def written_out(contrast: Contrast, *, arms: bool) -> np.ndarray:
    """b, d, e, m: every product as a column."""
    x = np.column_stack([np.ones(len(contrast.z)), contrast.z[:, :3]])
    t = contrast.treated[:, None] if arms else np.ones((len(x), 1))
    code = t + contrast.code_untreated if arms else t
    w, offer = contrast.z[:, [4]], contrast.z[:, [3]]
    return np.column_stack([*([x] if arms else []), code * x, t * w, t * offer * x])


@pytest.mark.parametrize("arms", [True, False])
def test_a_fold_is_solved_as_if_its_rows_did_not_exist(arms: bool) -> None:
    columns = written_out(CONTRAST, arms=arms)
    main = [0.0, *[RIDGE] * 3] if arms else []
    penalties = np.diag([*main, 0.0, *[50.0] * 3, 50.0, 50.0, *[400.0] * 3])
    blocks = Blocks(CONTRAST, arms=arms)
    sums = blocks.sums(CONTRAST.weight[blocks.order], CONTRAST.outcome[blocks.order])
    for fold, found in enumerate(blocks.solve_folds(sums, PENALTY)):
        rest = CONTRAST.fold != fold
        weighted = columns[rest] * CONTRAST.weight[rest, None]
        expected = np.linalg.solve(weighted.T @ columns[rest] + penalties, weighted.T @ CONTRAST.outcome[rest])
        assert found == pytest.approx(expected, rel=1e-6, abs=1e-8)


def test_rows_are_predicted_by_the_coefficients_of_their_fold() -> None:
    columns = written_out(CONTRAST, arms=True)
    coefficients = np.random.default_rng(0).normal(size=(3, columns.shape[1]))
    blocks = Blocks(CONTRAST)
    expected = np.einsum("ij,ij->i", columns, coefficients[CONTRAST.fold])[blocks.order]
    assert blocks.predict(list(coefficients)) == pytest.approx(expected)
    assert blocks.predict(list(coefficients[:1])) == pytest.approx(columns[blocks.order] @ coefficients[0])


def test_coefficients_are_told_apart_by_what_they_are_of() -> None:
    parts = Blocks(CONTRAST).parts([np.arange(13.0)] * 3)
    assert parts.main[0].tolist() == [0, 1, 2, 3]
    assert parts.effect[0].tolist() == [4, 5, 6, 7]
    assert parts.both[0].tolist() == [8]
    assert parts.crossed[0].tolist() == [[9, 10, 11, 12]]
    without = Blocks(CONTRAST, arms=False).parts([np.arange(9.0)] * 3)
    assert (without.main[0].tolist(), without.effect[0].tolist()) == ([0, 0, 0, 0], [0, 1, 2, 3])
