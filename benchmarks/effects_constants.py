"""Hillstrom's arms as policies: what each e-mail to all is worth by IPS, SNIPS and DR, against what the arms brought.

The models that DR corrects are learned from 70% of the customers; the policies are judged on the other 30%.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.hillstrom import ARMS, as_log, encoded, read, split, to_all
from benchmarks.results import record
from decisioning.estimates import Estimate
from decisioning.off_policy import evaluate
from training import linear

Matrix = NDArray[np.float64]
COMMAND = "make benchmark-effects"
SEEDS = 5
RIDGE = 100.0


def main() -> None:
    """Record the largest distance of any estimate of any arm and split, in its standard errors."""
    rows = read()
    truth = rows.groupby("segment").visit.mean()
    found = [(distance, said) for seed in range(SEEDS) for distance, said in distances(rows, truth, seed)]
    largest, said = max(found)
    means = ", ".join(f"{name} {truth[arm]:.3f}" for name, arm in ARMS.items())
    note = f"{len(found)} estimates of {SEEDS} splits against {means}; the farthest is {said}"
    record("effects.constant_policy_z", round(float(largest), 3), reach="<= 1.5", note=note, command=COMMAND)


def distances(rows: pd.DataFrame, truth: pd.Series[float], seed: int) -> list[tuple[float, str]]:
    """Of one split, the distance of every estimate from the arm's mean in standard errors, with what it is."""
    train, test = split(rows, seed)
    log = as_log(test, "visit", expected(train, test))
    found = []
    for name, arm in ARMS.items():
        value = evaluate(log, to_all(name, len(test)))
        estimates: dict[str, Estimate | None] = {"IPS": value.ips, "SNIPS": value.snips, "DR": value.dr}
        for by, one in estimates.items():
            if one is None:
                raise ValueError(f"{name} to all was refused: {value.refused}")
            found.append((abs(one.value - truth[arm]) / one.standard_error, f"{name} by {by}, seed {seed}"))
    return found


def expected(train: pd.DataFrame, test: pd.DataFrame) -> Matrix:
    """P(visit) of each of `test` under each arm, by a ridge logistic of that arm's part of `train`."""
    z, z_test, _ = encoded(train, test)
    columns = []
    for arm in ARMS.values():
        own = (train.segment == arm).to_numpy()
        model = linear.fit(z[own], train.visit.to_numpy(np.float64)[own], RIDGE)
        columns.append(1 / (1 + np.exp(-linear.margin(model, z_test))))
    return np.column_stack(columns)


if __name__ == "__main__":
    main()
