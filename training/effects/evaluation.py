"""The log that judges policies: what was done to whom, and what every action would do by models that had not seen them.

Off-policy evaluation must not be flattered by models that learned the very outcomes they are judged on. Each number
here comes from the member that is blind to the row's customer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from configs.effects import Belief, Effects
from features.contract import CONTROL
from features.encoding import Encoder, from_frame
from training.effects.fit import Learned, score
from training.effects.problem import EffectProblem

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]
NAMES = {"retention": "uplift", "margin": "margin_uplift"}
KEPT = ("customer_id", "as_of", "offer_id", "channel", "propensity", "retention", "margin", "accepted")


@dataclass(frozen=True)
class EvaluationLog:
    """`log` is one row per treatment, `pairs` one per treatment and action; `row` joins them.

    `pairs` holds the effect of the action with its interval, p_accept and the outcomes expected under it; rows of
    `control` hold the outcomes expected without treatment only.
    """

    log: pd.DataFrame
    pairs: pd.DataFrame


def log(
    problem: EffectProblem,
    actions: pd.DataFrame,
    artefact: Effects,
    learned: Sequence[Learned],
    believed: Sequence[tuple[Belief, ...]],
    encoder: Encoder,
) -> EvaluationLog:
    """The evaluation log of the treatments that `actions` sampled; `believed` is a belief by fold for each target."""
    sampled = np.unique(actions.log_row.to_numpy())
    features = [name for name in map(str, actions) if "__" in name and not name.startswith("offers__")]
    first = actions.drop_duplicates("log_row").set_index("log_row").loc[sampled, features].reset_index(drop=True)
    done = problem.log.iloc[sampled].reset_index(drop=True)
    done["channel"] = done.channel.where(done.offer_id != CONTROL, None)
    grades = {found.offer_id: found.grade for found in artefact.evidence}
    pairs = actions[["log_row", "offer_id", "channel"]].rename(columns={"log_row": "row"}).reset_index(drop=True)
    pairs["evidence"] = pairs.offer_id.map(grades)
    folds = actions.fold.to_numpy(np.intp)
    z = encoder(from_frame(artefact.sources, actions))
    pairs["p_accept"] = artefact.acceptance.p(z, folds) if artefact.acceptance else _accepting(problem)
    untreated = pd.DataFrame({"row": sampled, "offer_id": CONTROL})
    columns, seen_by_trees = artefact.beside(z, folds), artefact.seen_by_trees(encoder.for_trees)
    for one, beliefs in zip(learned, believed, strict=True):
        scores = score(one.target, one.boosters, columns, seen_by_trees, folds)
        _add_target(pairs, untreated, problem, one, _uplifts(beliefs, scores, folds))
    both = pd.concat([pairs, untreated], ignore_index=True)
    return EvaluationLog(pd.concat([done[list(KEPT)].assign(row=sampled), first], axis=1), both)


def _add_target(
    pairs: pd.DataFrame,
    untreated: pd.DataFrame,
    problem: EffectProblem,
    one: Learned,
    uplifts: Matrix,
) -> None:
    target = one.target.target
    name, expected = NAMES[target], f"expected_{target}"
    rows = problem.rows.log_row[problem.rows[target].notna()].to_numpy()
    without = pd.Series(one.untreated).groupby(rows).mean()
    pairs[name], pairs[f"{name}_low"], pairs[f"{name}_high"] = uplifts
    untreated[expected] = without.reindex(untreated.row).to_numpy()
    pairs[expected] = without.reindex(pairs.row).to_numpy() + uplifts[0]


def _uplifts(beliefs: tuple[Belief, ...], scores: Vector, folds: NDArray[np.intp]) -> Matrix:
    """(3, n): uplift, low and high of each row, by what is believed without its fold."""
    found = np.empty((3, len(scores)))
    for fold, belief in enumerate(beliefs):
        found[:, folds == fold] = belief.uplift(scores[folds == fold])
    return found


def _accepting(problem: EffectProblem) -> float:
    """The share of treatments accepted, where all or none were, or so few that nobody can be told apart."""
    accepted = problem.rows.accepted[problem.rows.treated == 1]
    return float(accepted.mean()) if accepted.notna().any() else 0.0
