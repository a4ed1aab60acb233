"""Campaigns of a market in which one action is of use, and not to the riskiest."""

from __future__ import annotations

import numpy as np

from pipelines.market import ACTIONS
from pipelines.targeting import Campaigns

K = len(ACTIONS)
USEFUL = 2  # its place in ACTIONS
ADDS, COSTS = 10.0, -2.0


def made_up(rows: int, seed: int = 0) -> Campaigns:
    """The useful action adds 10 to every second customer and costs 2 with the others, who are the riskiest."""
    rng = np.random.default_rng(seed)
    moved = np.arange(rows) % 2 == 0
    true = np.full((rows, K), -3.0)
    true[:, USEFUL] = np.where(moved, ADDS, COSTS)
    made = np.where(rng.random(rows) < 0.4, 0, rng.integers(1, K + 1, rows))
    effect = np.column_stack([np.zeros(rows), true])[np.arange(rows), made]
    return Campaigns(
        customers=np.arange(rows),
        made=made,
        propensity=np.where(made == 0, 0.4, 0.6 / K),
        earned=50.0 + effect + rng.normal(size=rows),
        risk=np.where(moved, 0.1, 0.9),
        gain=true + rng.normal(size=(rows, K)),
        expected=50.0 + np.column_stack([np.zeros(rows), true]),
        true=true,
    )
