"""What is expected of each row with and without treatment, and its doubly robust score: learned once, shared by all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.effects import linear
from training.effects.contrast import Contrast, Vector
from training.effects.members import Members


@dataclass(frozen=True)
class Nuisances:
    """Outcomes expected of each row by members blind to its customer, and its gains."""

    members: Members
    untreated: Vector
    treated: Vector
    gains: Vector


def nuisances(contrast: Contrast) -> Nuisances:
    """Those of the linear S-learner: it is shrunk hard, needs no more rows than there are, and takes a second."""
    members = linear.s_learner(contrast)
    untreated, treated = members.expected(contrast)
    return Nuisances(members, untreated, treated, gains(contrast, untreated, treated))


def gains(contrast: Contrast, untreated: Vector, treated: Vector) -> Vector:
    """The doubly robust score of each row: its mean, by weight, is the average effect wherever shares are right.

    Expected outcomes (n,) by arm may be wrong, but must come from models that have not seen the row.
    Source: Robins, Rotnitzky and Zhao 1994; cross-fitted as in Chernozhukov et al. 2018.
    """
    made = contrast.treated == 1
    surprise = contrast.outcome - np.where(made, treated, untreated)
    found: Vector = treated - untreated + surprise * np.where(made, 1 / contrast.share, -1 / (1 - contrast.share))
    return found
