"""One simulated world of a few thousand customers: which of its intervals hold the truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from benchmarks.coverage_policies import NAMES, policies
from benchmarks.waves import Rows, Stacked, profit, rows_of, stack
from configs.training import EffectTraining
from decisioning.curves import between, uplift_by_bin
from decisioning.estimates import Estimate
from decisioning.off_policy import Log, evaluate
from pipelines.market import ACTIONS, Truth, Wave, wave
from training.effects.fit import Learned, learn, score

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]
Outcome = Literal["retention", "margin"]
LEVEL = 0.9
BINS = 10
SETTINGS = EffectTraining(folds=3, max_rounds=20)
REFUSED = "refused"


@dataclass(frozen=True)
class Hit:
    """Whether an interval held its truth. `figure` is deciles, served, dr, ips or snips; `case` a target or policy.

    A policy that was refused has the figure `refused`, and held nothing.
    """

    world: int
    figure: str
    case: str
    held: bool


@dataclass(frozen=True)
class Shown:
    """What one target of a world shows: the contrast, what was learned of it, and each row's true effect."""

    stacked: Stacked
    learned: Learned
    effect: Vector


def world(seed: int, customers: int, values: Mapping[str, float]) -> list[Hit]:
    """What the world of `seed` shows; `values` are the true profits per customer of the policies, by name."""
    made = wave(customers, seed)
    rows = rows_of(made, np.arange(customers))
    shown: dict[Outcome, Shown] = {target: _shown(made, rows, target, seed) for target in ("retention", "margin")}
    hits = [hit for target, one in shown.items() for hit in _uplifts(one, target, seed)]
    return hits + _values(made, rows, shown["margin"], values, seed)


def expected_profit(truth: Truth) -> Matrix:
    """What is bound to be earned on average, (n, 1 + K): by doing nothing, then by each of ACTIONS."""
    return truth.margin[:, None] + np.column_stack([np.zeros(len(truth.margin)), truth.profit])


def _shown(made: Wave, rows: Rows, target: Outcome, seed: int) -> Shown:
    outcome = made.frame[target].to_numpy(np.float64)
    stacked = stack(rows, outcome, target, folds=SETTINGS.folds, copies=1, seed=seed)
    under, without = {
        "retention": (made.truth.retention_under, made.truth.retention),
        "margin": (made.truth.margin_under, made.truth.margin),
    }[target]
    effect = under[stacked.row, stacked.action] - without[stacked.row]
    return Shown(stacked, learn(stacked.contrast, SETTINGS), effect)


def _uplifts(shown: Shown, target: str, seed: int) -> list[Hit]:
    """The average uplift by decile of the held-out score: as the deciles' table says it, and as it is served."""
    learned, contrast = shown.learned, shown.stacked.contrast
    table = uplift_by_bin(learned.scores, learned.gains, contrast.weight, contrast.group, bins=BINS, level=LEVEL)
    _, low, high = learned.target.belief.uplift(learned.scores)
    hits = []
    for one in table:
        weight = contrast.weight * between(learned.scores, contrast.weight, one.low_share, one.high_share)
        truth, least, most = (float(np.average(values, weights=weight)) for values in (shown.effect, low, high))
        hits.append(Hit(seed, "deciles", target, one.low <= truth <= one.high))
        hits.append(Hit(seed, "served", target, least <= truth <= most))
    return hits


def _values(made: Wave, rows: Rows, shown: Shown, values: Mapping[str, float], seed: int) -> list[Hit]:
    """The value of every policy by DR, IPS and SNIPS."""
    log = Log(
        actions=NAMES,
        chosen=rows.action,
        reward=profit(made.frame),
        propensity=made.frame.propensity.to_numpy(np.float64),
        group=np.arange(len(made.frame)),
        expected=_expected(rows, shown),
    )
    hits = []
    for name, policy in policies(made.frame).items():
        found = evaluate(log, policy, level=LEVEL)
        estimates: dict[str, Estimate | None] = {"dr": found.dr, "ips": found.ips, "snips": found.snips}
        for figure, one in estimates.items():
            hits.append(
                Hit(seed, REFUSED, name, False)
                if one is None
                else Hit(seed, figure, name, one.low <= values[name] <= one.high)
            )
    return hits


def _expected(rows: Rows, shown: Shown) -> Matrix:
    """Profit (n, 1 + K) by models that have not seen the customer; costs of acceptance are left to DR's correction."""
    learned, row = shown.learned, shown.stacked.row
    count = len(rows.action)
    untreated, member = np.empty(count), np.empty(count, np.intp)
    untreated[row], member[row] = learned.untreated, shown.stacked.contrast.fold
    expected = np.tile(untreated[:, None], len(NAMES))
    everybody = np.arange(count)
    for place, action in enumerate(ACTIONS):
        z = rows.paired(everybody, np.full(count, place))
        scores = score(learned.target, learned.boosters, z, rows.both_trees, member)
        expected[:, 1 + place] += learned.target.belief.uplift(scores)[0] - action.contact_cost
    return expected
