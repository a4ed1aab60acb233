"""Shrunk linear learners, in worlds whose effects are known."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tests.training.effects.known import Kind, two_offers, world
from training.effects import linear

ROWS = 6000
# Treatment varies by .4 x .6: a coefficient's error is sd / sqrt(.24 x two thirds of the rows).
INFORMATION = np.sqrt(0.24 * ROWS * 2 / 3)


@pytest.mark.parametrize("margin", [False, True], ids=["retention", "margin"])
@pytest.mark.parametrize("kind", ["none", "constant", "linear", "negative"])
def test_the_average_effect_is_found(kind: Kind, margin: bool) -> None:
    posed = world(kind, ROWS, margin=margin)
    untreated, treated = linear.s_learner(posed.contrast).expected(posed.contrast)
    error = posed.contrast.outcome.std() / np.sqrt(0.24 * ROWS)
    assert np.mean(treated - untreated) == pytest.approx(posed.true.mean(), abs=4 * error)


@pytest.mark.parametrize("margin", [False, True], ids=["retention", "margin"])
def test_effects_that_are_linear_are_found_customer_by_customer(margin: bool) -> None:
    posed = world("linear", ROWS, margin=margin)
    untreated, treated = linear.s_learner(posed.contrast).expected(posed.contrast)
    assert np.corrcoef(treated - untreated, posed.true)[0, 1] > 0.95
    assert np.abs(untreated - posed.untreated).mean() < 5 * posed.contrast.outcome.std() / np.sqrt(ROWS)


@pytest.mark.parametrize("kind", ["none", "constant"])
def test_where_effects_are_alike_they_are_shrunk_together(kind: Kind) -> None:
    posed = world(kind, ROWS, margin=True)
    untreated, treated = linear.s_learner(posed.contrast).expected(posed.contrast)
    alone = posed.contrast.outcome.std() / INFORMATION  # the error of an unshrunk coefficient, of which there are three
    assert np.std(treated - untreated) < alone


def test_who_suits_which_offer_is_found() -> None:
    posed = two_offers()
    for members in (linear.s_learner(posed.contrast), linear.dr_learner(posed.contrast, _gains(posed.true))):
        untreated, treated = members.expected(posed.contrast)
        assert np.corrcoef(treated - untreated, posed.true)[0, 1] > 0.95


def test_what_is_expected_without_treatment_does_not_depend_on_the_offer() -> None:
    posed = two_offers().contrast
    untreated, _ = linear.s_learner(posed).expected(posed)
    copies = posed.group[posed.treated == 0]
    first = untreated[posed.treated == 0][np.argsort(copies, kind="stable")].reshape(-1, 2)
    assert first[:, 0] == pytest.approx(first[:, 1])


def test_gains_that_say_nothing_of_customers_leave_a_constant() -> None:
    posed = world("constant", ROWS, margin=True)
    noise = np.random.default_rng(1).normal(3.0, 40.0, ROWS)
    _, effect = linear.dr_learner(posed.contrast, noise).expected(posed.contrast)
    assert effect.mean() == pytest.approx(3.0, abs=4 * 40 / np.sqrt(ROWS))
    assert effect.std() < 40 * np.sqrt(3 / ROWS)


def test_a_member_has_not_seen_its_fold() -> None:
    posed = world("linear", 3000, margin=True).contrast
    turned = (posed.fold == 0) & (np.arange(3000) % 10 == 0)
    other = dataclasses.replace(posed, outcome=np.where(turned, posed.outcome + 10, posed.outcome))
    mine, theirs = (linear.s_learner(one).expected(posed, 0)[1] for one in (posed, other))
    assert mine == pytest.approx(theirs)


def test_a_member_of_log_odds_feels_its_fold_to_second_order_only() -> None:
    posed = world("linear", 3000).contrast
    turned = (posed.fold == 0) & (np.arange(3000) % 10 == 0)
    other = dataclasses.replace(posed, outcome=np.where(turned, 1 - posed.outcome, posed.outcome))
    before, after = linear.s_learner(posed), linear.s_learner(other)
    blind, seeing = (np.abs(np.subtract(before.expected(posed, k), after.expected(posed, k))).mean() for k in (0, 1))
    assert blind < 0.1 * seeing


def _gains(true: np.ndarray) -> np.ndarray:
    return true + np.random.default_rng(2).normal(0, 20, len(true))
