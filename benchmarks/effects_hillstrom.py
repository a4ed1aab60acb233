"""Hillstrom's randomised e-mails: how well the product's own choice of learner ranks those whom an e-mail moves.

The learner, its penalties and rounds are chosen inside `learn`, which sees the training part only.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklift.metrics import qini_auc_score

from benchmarks.hillstrom import ARMS, Index, Matrix, encoded, read, split
from benchmarks.results import record
from configs.training import EffectTraining
from decisioning.curves import between
from decisioning.estimates import Estimate, weighted_mean
from training.effects.contrast import Contrast, fold_of
from training.effects.fit import Learned, learn, score

COMMAND = "make benchmark-effects"
REACH = {"womens": ">= .060", "mens": ">= .022"}
SEEDS = 5
TOP, LEVEL = 0.1, 0.95
OUTER = 5
SETTINGS = EffectTraining(folds=5)
AT_TOP = EffectTraining(folds=5, budget=TOP)
Vector = NDArray[np.float64]


def main() -> None:
    """Record the mean Qini of the test parts of both e-mails, and the gain of the best tenth by the men's."""
    rows = read()
    for name in REACH:
        arm = ARMS[name]
        judged = [_qini(rows[rows.segment.isin([arm, ARMS["none"]])], arm, seed) for seed in range(SEEDS)]
        found = [qini for qini, _ in judged]
        chosen = ", ".join(learner for _, learner in judged)
        note = f"mean of {SEEDS} splits, standard deviation {np.std(found, ddof=1):.4f}; chosen: {chosen}"
        near = "; one split's standard error is .012-.015, so this is near noise" if name == "mens" else ""
        record(
            f"effects.{name}_qini",
            round(float(np.mean(found)), 4),
            reach=REACH[name],
            note=note + near,
            command=COMMAND,
        )
    gain, apart = _top(rows[rows.segment.isin([ARMS["mens"], ARMS["none"]])])
    note = (
        "extra visits per 1,000 customers over a random tenth, cross-fitted, doubly robust, paired 95% interval; with "
        f"the learner, too, chosen on other customers: {1000 * apart.value:.1f} (from {1000 * apart.low:.1f})"
    )
    record("effects.top10_gain", round(1000 * gain.value, 2), reach=">= 5.5", note=note, command=COMMAND)
    record("effects.top10_gain_low", round(1000 * gain.low, 2), reach=">= 2", note=note, command=COMMAND)


def _qini(rows: pd.DataFrame, arm: str, seed: int) -> tuple[float, str]:
    """The normalised Qini of one split's test part, and the learner that its training part chose."""
    train, test = split(rows, seed)
    learned, scores = _scored(train, test, arm, SETTINGS)
    return float(qini_auc_score(test.visit, scores, (test.segment == arm).astype(int))), learned.target.learner


def _top(rows: pd.DataFrame) -> tuple[Estimate, Estimate]:
    """What the best tenth gains over a random tenth, per customer, each ranked by a member that has not seen it.

    The second is of learners that were chosen, too, on other customers.
    """
    z, _, for_trees = encoded(rows, rows)
    learned = learn(_contrast(rows, ARMS["mens"], z, for_trees), AT_TOP)
    outer = fold_of(rows.customer_id + "/outer", OUTER)  # not the folds inside `learn`
    apart = np.empty(len(rows))
    for fold in range(OUTER):
        held = outer == fold
        _, scores = _scored(rows[~held], rows[held], ARMS["mens"], AT_TOP)
        apart[held] = between(scores, np.ones(len(scores)), 0.0, TOP)
    chosen = between(learned.scores, np.ones(len(rows)), 0.0, TOP)
    gained = [(one - TOP) * learned.gains for one in (chosen, apart)]
    first, second = (weighted_mean(one, np.ones(len(rows)), np.arange(len(rows)), LEVEL) for one in gained)
    return first, second


def _scored(train: pd.DataFrame, test: pd.DataFrame, arm: str, settings: EffectTraining) -> tuple[Learned, Vector]:
    """The effect of an e-mail on visits as `train` shows it, and its scores of `test`."""
    z, z_test, for_trees = encoded(train, test)
    learned = learn(_contrast(train, arm, z, for_trees), settings)
    return learned, score(learned.target, learned.boosters, z_test, for_trees)


def _contrast(rows: pd.DataFrame, arm: str, z: Matrix, for_trees: Index) -> Contrast:
    treated = (rows.segment == arm).to_numpy(np.float64)
    return Contrast(
        target="retention",
        z=z,
        for_trees=for_trees,
        treated=treated,
        outcome=rows.visit.to_numpy(np.float64),
        share=np.full(len(rows), treated.mean()),
        weight=np.ones(len(rows)),
        group=np.arange(len(rows)),
        fold=fold_of(rows.customer_id, SETTINGS.folds),
    )


if __name__ == "__main__":
    main()
