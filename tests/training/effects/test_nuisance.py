"""Gains: the formula, and that they are right on average however wrong what is expected may be."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tests.training.effects.known import Kind, two_offers, world
from training.effects.nuisance import gains, nuisances


def test_gains_are_of_the_formula() -> None:
    posed = dataclasses.replace(
        world("none", 3).contrast,
        treated=np.array([1.0, 0.0, 1.0]),
        outcome=np.array([1.0, 0.0, 0.0]),
        share=np.array([0.5, 0.25, 0.2]),
    )
    found = gains(posed, untreated=np.array([0.2, 0.3, 0.4]), treated=np.array([0.6, 0.5, 0.4]))
    assert found == pytest.approx([0.4 + 0.4 / 0.5, 0.2 + 0.3 / 0.75, 0.0 - 0.4 / 0.2])


@pytest.mark.parametrize("wrong", [0.0, 30.0], ids=["as learned", "far from the truth"])
@pytest.mark.parametrize("margin", [False, True], ids=["retention", "margin"])
@pytest.mark.parametrize("kind", ["none", "linear", "threshold", "negative"])
def test_gains_are_unbiased_for_the_average_effect(kind: Kind, margin: bool, wrong: float) -> None:
    z = []
    for seed in range(8):
        posed = world(kind, 3000, seed=seed, margin=margin)
        known = nuisances(posed.contrast)
        shift = wrong if margin else wrong / 100
        found = gains(posed.contrast, known.untreated + shift, known.treated - shift)
        z.append((found.mean() - posed.true.mean()) / (found.std() / np.sqrt(len(found))))
    # Eight independent worlds: the mean of z has standard error 1 / sqrt(8); the bound is three and a half of those.
    assert abs(np.mean(z)) < 3.5 / np.sqrt(8)


def test_weights_undo_the_repetition_of_control_rows() -> None:
    z = []
    for seed in range(8):
        posed = two_offers(3000, seed=seed)
        found = nuisances(posed.contrast).gains
        mean = np.average(found - posed.true, weights=posed.contrast.weight)
        customers = np.bincount(posed.contrast.group, posed.contrast.weight * (found - posed.true - mean))
        z.append(mean / (np.sqrt(np.square(customers).sum()) / posed.contrast.weight.sum()))
    assert abs(np.mean(z)) < 3.5 / np.sqrt(8)


def test_known_outcomes_make_gains_less_noisy() -> None:
    posed = two_offers().contrast
    blunt = gains(posed, np.zeros(len(posed.z)), np.zeros(len(posed.z)))
    assert nuisances(posed).gains.std() < 0.7 * blunt.std()  # without them the level of 30 is noise, against sd 20
