"""Terms grouped give what each term gives alone, added up."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from configs.effects import Target
from serving.terms import scorer
from tests.serving.effect_artefacts import BOOSTERS, S_LEARNER, T_LEARNER, linear, target

FOR_TREES = np.array([0, 1, 2, 3, 4])
Z = np.random.default_rng(4).normal(size=(30, 5))
TWO = np.zeros((1, 5)) + np.array([1.0, 2.0, 0.0, 0.0, 0.0])


def sigmoid(x: float) -> float:
    return float(1 / (1 + np.exp(-x)))


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        (target(linear((0.5, 0.25, 0.0, 0.0, 0.0), 0.125)), 1.125),  # .5 + .5 + .125
        (target(linear((0.5, 0, 0, 0, 0), weight=2.0), linear((0, 0.5, 0, 0, 0), weight=-1.0)), 0.0),
        (target(linear((0.5, 0, 0, 0, 0), member=0), linear((0, 0, 0, 0, 0), 1.0, member=3)), 0.75),  # of two members
        (target(linear((1.0, 0, 0, 0, 0), 0.5, link="logit")), sigmoid(1.5)),
        (target(linear((0.5, 0, 0, 0, 0), crossed=((1, (0.25, 0.5, 0, 0, 0)),))), 0.5 + 2.0 * (0.25 + 1.0)),
        (
            target(
                linear((1.0, 0, 0, 0, 0), link="logit"),
                linear((0, 0.5, 0, 0, 0), -1.0, weight=-1.0, link="logit"),
                linear((0, 1.0, 0, 0, 0)),
            ),
            sigmoid(1.0) - 0.5 + 2.0,
        ),
    ],
)
def test_a_score_on_paper(of: Target, expected: float) -> None:
    assert scorer([of], {}, FOR_TREES)(TWO)[:, 0] == pytest.approx([expected], abs=1e-15)


def naive(of: Target, z: NDArray[np.float64]) -> NDArray[np.float64]:
    """A term at a time, as the artefact's docstring says it."""
    total = np.zeros(len(z))
    for term in of.terms:
        if term.linear:
            margin = z @ np.array(term.linear.coefficients) + term.linear.intercept
            for one in term.crossed:
                margin += z[:, one.column] * (z @ np.array(one.coefficients))
        else:
            last = [] if term.treated is None else [np.full(len(z), term.treated)]
            margin = BOOSTERS[term.booster or ""].predict(np.column_stack([z[:, FOR_TREES], *last]), raw_score=True)
        total += term.weight * (1 / (1 + np.exp(-margin)) if term.link == "logit" else margin)
    return total / len({term.member for term in of.terms})


def test_targets_of_every_kind_are_scored_at_once() -> None:
    products = ((4, (0.1, 0.2, 0.3, 0.4, 0.5)), (3, (0.5, 0.4, 0.3, 0.2, 0.1)))
    mixed = target(linear((0.1, 0.2, 0.3, 0.4, 0.5), crossed=products), *T_LEARNER.terms)
    crossed = target(*(linear((0.1,) * 5, member=at, link="logit", crossed=products[: at + 1]) for at in (0, 1)))
    targets = [T_LEARNER, S_LEARNER, mixed, crossed]
    scores = scorer(targets, BOOSTERS, FOR_TREES)(Z)
    for at, of in enumerate(targets):
        assert scores[:, at] == pytest.approx(naive(of, Z), abs=1e-12)
    assert np.ptp(scores, axis=0).min() > 0.01


def test_trees_see_only_their_columns() -> None:
    logged = np.column_stack([np.full(len(Z), 1e9), Z])  # a column that boosters do not see
    found = scorer([T_LEARNER], BOOSTERS, FOR_TREES + 1)(logged)
    assert found.tobytes() == scorer([T_LEARNER], BOOSTERS, FOR_TREES)(Z).tobytes()


def test_one_row_has_a_score_per_target() -> None:
    assert scorer([T_LEARNER, S_LEARNER], BOOSTERS, FOR_TREES)(Z[:1]).shape == (1, 2)
