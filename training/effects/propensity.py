"""Can it be told who was treated? A small booster tries, on customers it has not seen.

Where assignment was random within each wave, the ranks of the treated among the controls of their wave are shuffled
whatever the booster has learned: the Mann-Whitney distribution holds, and with it the rate of false alarms. Two halves
of customers judge each other's booster; as their verdicts depend on one another, the smaller p-value is doubled
(Bonferroni), which holds under any dependence.
"""

from __future__ import annotations

from dataclasses import dataclass

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray
from scipy.special import logit
from scipy.stats import norm, rankdata

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]
Index = NDArray[np.intp]
Flags = NDArray[np.bool_]
HALVES = 2
ROUNDS = 60
PRIOR_ROWS = 10.0
BOOSTER: dict[str, int | float | str | bool] = {
    "objective": "binary",
    "learning_rate": 0.1,
    "num_leaves": 8,
    "lambda_l2": 10.0,
    "feature_fraction": 0.5,
    "max_bin": 63,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
}


@dataclass(frozen=True)
class Assigned:
    """How well the treated are told from the controls of their wave.

    `log_odds` of being treated (n,), over those of everybody in the wave, by the booster that has not seen the row's
    customer: 0 where it makes no difference who it is. `auc` is that of the judged rows within waves, `standard_error`
    its spread under chance (an upper bound, over any dependence of the halves), `p_value` is the chance of such ranks
    where nothing can be told. NaN, NaN and 1 where nothing can be judged.
    """

    log_odds: Vector
    auc: float
    standard_error: float
    p_value: float

    @property
    def high(self) -> float:
        """Upper end of the AUC's one-sided 95% interval; an AUC below .5 is chance, not better than .5."""
        return float(max(self.auc, 0.5) + norm.ppf(0.95) * self.standard_error)


def assigned(
    x: Matrix, treated: Vector, wave: Index, half: Index, judged: Flags, *, seed: int, threads: int
) -> Assigned:
    """Learn `treated` (0 or 1) from `x` in each half of customers and judge it in the other.

    Only `judged` rows teach and judge, one per customer; all are given log-odds. `wave` numbers the instants that rows
    are compared within, whose shares of treated rows are known and not to be learned.
    """
    log_odds = _learned(x, treated, wave, half, judged, np.ones(len(treated)), seed, threads)
    return Assigned(log_odds, *judge(log_odds[judged], treated[judged], wave[judged], half[judged]))


def unbalanced(
    x: Matrix, treated: Vector, wave: Index, half: Index, judged: Flags, weight: Vector, *, seed: int, threads: int
) -> float:
    """The p-value of arms as different as these, had `weight` balanced them: for propensities that differ by customer.

    A booster that learns on weighted rows of one half finds in the other what the weights have left. Its scores of
    treated and control, each around its wave's, differ in the weighted mean by so many standard errors (sandwich); of
    the halves, the smaller p-value is doubled. Large samples, so the rate of false alarms is approximate.
    """
    scores = _learned(x, treated, wave, half, judged, weight, seed, threads)
    z = [_gap(scores[rows], treated[rows], wave[rows], weight[rows]) for rows in _sides(half, judged)]
    return min(1.0, HALVES * float(norm.sf(max(z))))


def _sides(half: Index, judged: Flags) -> list[Flags]:
    return [(half == side) & judged for side in range(HALVES)]


def _learned(
    x: Matrix, treated: Vector, wave: Index, half: Index, judged: Flags, weight: Vector, seed: int, threads: int
) -> Vector:
    """Log-odds of every row by the booster of the other half."""
    log_odds = np.zeros(len(treated))
    for side in range(HALVES):
        learns, asked = (half != side) & judged, half == side
        log_odds[asked] = _log_odds(x[learns], treated[learns], wave[learns], weight[learns], x[asked], seed, threads)
    return log_odds


def judge(log_odds: Vector, treated: Vector, wave: Index, half: Index) -> tuple[float, float, float]:
    """AUC within waves, its standard error and the p-value, as in `Assigned`."""
    sides = [half == side for side in range(HALVES)]
    return _verdict([rank_sum(log_odds[side], treated[side], wave[side]) for side in sides])


def _gap(scores: Vector, treated: Vector, wave: Index, weight: Vector) -> float:
    centre = np.bincount(wave, weights=weight * scores) / np.maximum(np.bincount(wave, weights=weight), 1e-12)
    around = scores - centre[wave]
    means, variance = [], 0.0
    for arm in (1.0, 0.0):
        own, values = weight[treated == arm], around[treated == arm]
        if not len(own):
            return 0.0
        means.append(float(np.average(values, weights=own)))
        variance += float((own**2 * (values - means[-1]) ** 2).sum() / own.sum() ** 2)
    return (means[0] - means[1]) / np.sqrt(variance) if variance > 0 else 0.0


@dataclass(frozen=True)
class RankSum:
    """Mann-Whitney's U summed over strata: pairs won by the treated, their variance by chance, and all pairs."""

    won: float
    variance: float
    pairs: float


def rank_sum(scores: Vector, treated: Vector, stratum: Index) -> RankSum:
    """U within strata; ties count half. Source: Mann and Whitney (1947), variance corrected for ties."""
    order = np.argsort(stratum, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(stratum[order])) + 1)
    won = variance = pairs = 0.0
    for rows in parts:
        made, total = float(treated[rows].sum()), len(rows)
        left = total - made
        if made == 0 or left == 0:
            continue
        ranks = rankdata(scores[rows])
        _, ties = np.unique(scores[rows], return_counts=True)
        tied = float((ties.astype(np.float64) ** 3 - ties).sum()) / (total * (total - 1))
        won += float(ranks[treated[rows] == 1].sum()) - made * (made + 1) / 2
        variance += made * left / 12 * (total + 1 - tied)
        pairs += made * left
    return RankSum(won, variance, pairs)


def _verdict(ranks: list[RankSum]) -> tuple[float, float, float]:
    """AUC over the halves, its standard error and the p-value."""
    pairs = sum(side.pairs for side in ranks)
    if not pairs:
        return float("nan"), float("nan"), 1.0
    z = [(side.won - side.pairs / 2) / np.sqrt(side.variance) for side in ranks if side.variance > 0]
    p_value = min(1.0, len(ranks) * float(norm.sf(max(z)))) if z else 1.0
    spread = sum(float(np.sqrt(side.variance)) for side in ranks)  # the spread of a sum is at most the sum of spreads
    return sum(side.won for side in ranks) / pairs, spread / pairs, p_value


def _log_odds(
    x: Matrix, treated: Vector, wave: Index, weight: Vector, asked: Matrix, seed: int, threads: int
) -> Vector:
    """Log-odds over those of the wave, of the rows `asked`, learned from the others."""
    if not x.shape[1] or len(np.unique(treated)) < 2:
        return np.zeros(len(asked))
    settings = {**BOOSTER, "min_data_in_leaf": max(10, len(x) // 50), "seed": seed, "num_threads": threads}
    offset = _offsets(treated, wave, weight)
    data = lgb.Dataset(x, treated, weight=weight, init_score=offset, params={"verbosity": -1, "max_bin": 63})
    booster = lgb.train(settings, data, num_boost_round=ROUNDS)
    return np.asarray(booster.predict(asked, raw_score=True), np.float64)


def _offsets(treated: Vector, wave: Index, weight: Vector) -> Vector:
    """Log-odds of treatment in each row's wave, drawn towards those of all waves where a wave has few rows."""
    prior = PRIOR_ROWS * float(np.average(treated, weights=weight))
    share = (np.bincount(wave, weights=weight * treated) + prior) / (np.bincount(wave, weights=weight) + PRIOR_ROWS)
    return np.asarray(logit(share))[wave]
