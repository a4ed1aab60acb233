"""Figures of a target's held-out effects: how large, how well ranked, what a contact budget gains."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from decisioning.curves import auuc, uplift_at, value_at
from decisioning.estimates import Estimate, weighted_mean
from decisioning.qini import qini_interval
from training.effects.fit import Learned

SHARES = (0.1, 0.2, 0.3)
SEED = 0  # of the Qini's resampling alone


def estimates(one: Learned, rows: pd.DataFrame) -> dict[str, Estimate]:
    """Each figure with its 90% interval; `rows` are those of the contrast: customer_id, treated, weight, the outcome.

    Scores and gains are by members that have not seen the customer; customers are the clusters.
    """
    return dict(_estimates(one, rows))


def metrics(target: str, held_out: Mapping[str, Estimate]) -> dict[str, float]:
    """The figures as MLflow takes them: each value, and the ends of its interval."""
    return {
        f"{target}_{name}{end}": value
        for name, found in held_out.items()
        for end, value in (("", found.value), ("_low", found.low), ("_high", found.high))
    }


def _estimates(one: Learned, rows: pd.DataFrame) -> Iterator[tuple[str, Estimate]]:
    group = pd.factorize(rows.customer_id)[0]
    weight, treated = rows.weight.to_numpy(np.float64), rows.treated.to_numpy(np.float64)
    outcome = rows[one.target.target].to_numpy(np.float64)
    yield "average_uplift", weighted_mean(one.gains, weight, group, 0.9)
    for share in SHARES:
        yield f"uplift_at_{share:.0%}".replace("%", ""), uplift_at(one.scores, one.gains, weight, group, share)
    yield "value_at_20", value_at(one.scores, one.gains, weight, group, 0.2)
    yield "auuc", auuc(one.scores, one.gains, weight, group)
    rng = np.random.default_rng(SEED)
    yield "qini", qini_interval(one.scores, outcome, treated, group, rng=rng, weight=weight)
