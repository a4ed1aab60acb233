"""Contrasts whose true effects are known: two columns of the customer matter, a third does not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from configs.training import EffectTraining
from training.effects.contrast import Contrast

Vector = NDArray[np.float64]
Kind = Literal["none", "constant", "linear", "threshold", "negative"]
QUICK = EffectTraining(folds=3, max_rounds=30)
SHARE = 0.4


@dataclass(frozen=True)
class World:
    """A contrast, and each row's `true` effect and expected outcome `untreated`."""

    contrast: Contrast
    true: Vector
    untreated: Vector


def effect(kind: Kind, z: NDArray[np.float64]) -> Vector:
    """The truth, in probability; margins take a hundred times that."""
    return {
        "none": np.zeros(len(z)),
        "constant": np.full(len(z), 0.1),
        "linear": np.clip(0.1 + 0.1 * z[:, 0], -0.2, 0.4),
        "threshold": np.where((z[:, 0] > 0.5) & (z[:, 1] > 0), 0.35, -0.02),
        "negative": np.full(len(z), -0.1),
    }[kind]


def world(kind: Kind, rows: int = 6000, *, seed: int = 0, margin: bool = False, share: float = SHARE) -> World:
    """One row a customer; `margin` is an amount that is 0 for half of them and has a long tail for the rest."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(rows, 3))
    true = effect(kind, z)
    treated = (rng.random(rows) < share).astype(np.float64)
    stays = 0.5 + 0.1 * np.tanh(z[:, 1])
    if margin:
        untreated, true = 40 * stays, 100 * true
        outcome = (rng.random(rows) < stays) * rng.gamma(2.0, 20.0, rows) + treated * true
    else:
        untreated = stays
        outcome = (rng.random(rows) < stays + treated * true).astype(np.float64)
    contrast = Contrast(
        target="margin" if margin else "retention",
        z=z,
        for_trees=np.arange(3),
        treated=treated,
        outcome=outcome,
        share=np.full(rows, share),
        weight=np.ones(rows),
        group=np.arange(rows),
        fold=np.arange(rows) % 3,
    )
    return World(contrast, true, untreated)


def two_offers(rows: int = 6000, *, seed: int = 0) -> World:
    """Margins; column 3 says which offer (-1, 1) a row is of: one suits those high on column 0, the other the low.

    Every control customer stands for both, in two rows of half the weight; column 4 is of customer and offer together.
    """
    rng = np.random.default_rng(seed)
    x, treated = rng.normal(size=(rows, 3)), rng.random(rows) < SHARE
    offer = rng.choice([-1.0, 1.0], rows)
    again = np.flatnonzero(~treated)
    group = np.concatenate([np.arange(rows), again])
    offer = np.concatenate([offer, -offer[again]])
    taste = np.abs(x[group, 2]) * (offer > 0)
    true = 5 + 8 * offer * x[group, 0] + 4 * taste
    noise = rng.normal(0, 20, rows)[group]
    made = treated[group].astype(np.float64)
    contrast = Contrast(
        target="margin",
        z=np.column_stack([x[group], offer, taste]),
        for_trees=np.arange(5),
        treated=made,
        outcome=30 + 5 * x[group, 1] + noise + made * true,
        share=np.full(len(group), SHARE),
        weight=np.where(made == 1, 1.0, 0.5),
        group=group,
        fold=group % 3,
        of_action=np.array([3]),
        of_both=np.array([4]),
    )
    return World(contrast, true, 30 + 5 * x[group, 1])
