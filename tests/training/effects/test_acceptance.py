"""Who accepts, where the truth is known: a customer's trait matters for one kind of offer and not for the other."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from configs.artefact import Column, Source
from configs.effects import Acceptance
from tests.training.effects import problems
from training.effects.acceptance import RIDGE, learn, of

ROWS, FOLDS = 6000, 3
AGE = Column(source=0, op="number", mean=0.0, scale=1.0)
GIFT = 1  # the column of z that says that the offer is a gift


def world(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(z, accepted, the true probability, fold): a trait and the offer's kind, both standardised."""
    rng = np.random.default_rng(seed)
    trait, gift = rng.normal(size=ROWS), rng.random(ROWS) < 0.5
    p = 1 / (1 + np.exp(-(-1.0 + np.where(gift, 1.5 * trait, 0.0))))
    z = np.column_stack([trait, np.where(gift, 1.0, -1.0)])
    return z, (rng.random(ROWS) < p).astype(float), p, rng.integers(0, FOLDS, ROWS)


def found(levels: tuple[int, ...] = (GIFT,), products: tuple[int, ...] = (0,)) -> tuple[Acceptance, np.ndarray]:
    z, accepted, p, fold = world()
    learned = learn(z, accepted, fold, FOLDS, levels=levels, products=products)
    assert learned is not None
    return learned, p


def test_each_kind_has_its_own_takers() -> None:
    z, *_ = world()
    told, true = found()
    apart = told.p(z)
    # About 2,000 rows teach a kind's line: known to sqrt(.25 / 2000) = .011, twice that for its penalty, is a bound.
    assert np.abs(apart - true).mean() < 0.04
    together, _ = found(levels=())
    assert np.abs(together.p(z) - true).mean() > 0.08


def test_without_kinds_it_is_the_ridge_logistic_of_scikit_learn() -> None:
    z, accepted, _, fold = world()
    told, _ = found(levels=())
    for at, member in enumerate(told.members):
        rows = fold != at
        other = LogisticRegression(C=1 / RIDGE, solver="newton-cholesky", tol=1e-8).fit(z[rows], accepted[rows])
        assert member.coefficients == pytest.approx(other.coef_[0], abs=0.02)  # one step from all rows' solution
        assert member.intercept == pytest.approx(other.intercept_[0], abs=0.02)


def test_held_out_rows_are_told_by_the_member_that_is_blind_to_them() -> None:
    z, accepted, _, fold = world()
    told, _ = found()
    flipped = np.where(fold == 0, 1 - accepted, accepted)
    again = learn(z, flipped, fold, FOLDS, levels=(GIFT,), products=(0,))
    assert again is not None
    own = np.flatnonzero(fold == 0)
    # Its own rows reach member 0 only by where Newton's method starts from.
    assert np.abs(again.p(z[own], fold[own]) - told.p(z[own], fold[own])).mean() < 0.04
    assert np.abs(again.p(z[own], fold[own] + 1) - told.p(z[own], fold[own] + 1)).mean() > 0.08


def test_terms_see_acceptance_and_its_products_beside_z() -> None:
    z, *_ = world()
    told, _ = found()
    columns = told.beside(z)
    assert columns.shape == (ROWS, 4)
    assert columns[:, :2].tobytes() == z.tobytes()
    assert columns[:, 2] == pytest.approx(told.p(z) / told.scale)
    assert columns[:, 3] == pytest.approx(columns[:, 2] * z[:, 0])
    assert np.mean(columns[:, 2] ** 2) == pytest.approx(1.0, abs=0.02)


@pytest.mark.parametrize(
    ("accepted", "why"),
    [
        pytest.param(np.zeros(ROWS), "nobody accepts", id="nobody"),
        pytest.param(np.ones(ROWS), "everybody does", id="everybody"),
        pytest.param(np.full(ROWS, np.nan), "nothing is known", id="unknown"),
        pytest.param(np.where(np.arange(ROWS) == 7, 1.0, 0.0), "one fold holds the only one", id="one"),
    ],
)
def test_there_is_none_where_nothing_can_be_learned(accepted: np.ndarray, why: str) -> None:
    z, _, _, fold = world()
    assert learn(z, accepted, fold, FOLDS) is None, why


def test_it_survives_json() -> None:
    z, *_ = world()
    told, _ = found()
    back = Acceptance.model_validate_json(told.model_dump_json())
    assert back.p(z).tobytes() == told.p(z).tobytes()


def test_it_informs_no_effect_where_to_accept_is_to_stay() -> None:
    posed = problems.problem(600)
    z = np.random.default_rng(0).normal(size=(len(posed.rows), 1))
    same = posed.rows.assign(accepted=posed.rows.retention.where(posed.rows.treated == 1))
    told = [of(rows, z, (Source(name="profile__age"),), (AGE,), problems.QUICK.folds) for rows in (posed.rows, same)]
    assert [one.informs for one in told if one] == [True, False]
    assert [one.beside(z).shape[1] for one in told if one] == [3, 1]
