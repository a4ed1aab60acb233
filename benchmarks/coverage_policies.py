"""Policies fixed before any log is seen: off-policy evaluation is judged by what they truly earn."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipelines.market import ACTIONS, OFFERS

Matrix = NDArray[np.float64]
Flags = NDArray[np.bool_]
KINDS = tuple(OFFERS[action.offer].kind for action in ACTIONS)
NAMES = ("nothing", *(action.name for action in ACTIONS))
FOLLOWED = 0.8  # the chance that a rule is followed; otherwise nothing is done
LATE = 1.0  # usual gaps without a purchase
ONLINE = 2.0  # visits in the last four weeks


def policies(frame: pd.DataFrame) -> Mapping[str, Matrix]:
    """Probabilities (n, 1 + K) of nothing and of each of ACTIONS, by the name of the policy."""
    late = (frame.overdue > LATE).to_numpy()
    complained = (frame.complaints_8w > 0).to_numpy()
    online = (frame.app_4w + frame.web_4w > ONLINE).to_numpy()
    return {
        "nothing to all": _rule(len(frame)),
        "any action to all": _rule(len(frame), (np.ones(len(frame), bool), None)),
        "a discount to the late": _rule(len(frame), (late, "discount")),
        "by habit": _rule(
            len(frame),
            (complained, "service"),
            (online & ~complained, "points"),
            (late & ~online & ~complained, "discount"),
        ),
    }


def _rule(rows: int, *given: tuple[Flags, str | None]) -> Matrix:
    """Each of `given`: to whom, and offers of which kind (None: any), its actions alike; nothing to everybody else."""
    policy = np.zeros((rows, len(NAMES)))
    for to, kind in given:
        fits = np.array([kind in (None, offer_kind) for offer_kind in KINDS])
        policy[:, 1:] += FOLLOWED * np.outer(to, fits / fits.sum())
    policy[:, 0] = 1.0 - policy[:, 1:].sum(axis=1)
    return policy
