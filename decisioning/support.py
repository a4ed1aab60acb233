"""Whether a log can say what another policy would have been worth: effective sample size, support, propensities.

Sources: Kish 1965 (effective sample size); the mean weight, which is 1 under correct propensities and full support,
as in Li, Chen, Kleban and Gupta 2015.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import copysign, inf, nan

import numpy as np
from scipy.special import ndtr

from decisioning.estimates import Estimate, Matrix, Vector, weighted_mean
from decisioning.logs import Log

LEAST_EFFECTIVE = 100.0  # below it a normal interval of weighted rewards means nothing
LEAST_SHARE = 0.1  # of the customers: below it an answer comes with a warning
MOST_UNSUPPORTED = 0.01  # of the policy's probability on actions that the log never made there
FAR = 0.05  # from 1, of a mean weight; a smaller misfit moves the value by less than its usual error
DOUBTFUL, IMPOSSIBLE = 0.003, 0.00006  # how often chance alone goes as far: 3 and 4 standard errors
NO_LOG = "the log holds no propensities: log the probability of each decision with it (`selection_probability`)"


@dataclass(frozen=True, slots=True)
class Promise:
    """Whether an action was made as often as its propensities promise: the mean of made / propensity, which is 1."""

    action: str
    made: int
    mean: float
    z: float


@dataclass(frozen=True, slots=True)
class Support:
    """What the log knows of a policy.

    `effective_sample_size` is in customers. `unsupported` is the share of the policy's probability on actions that
    could not be chosen, `mean_weight` the mean of policy / propensity, `mean_weight_z` its distance from the supported
    share, which it should be, in standard errors. `promises` are of the actions the policy uses.
    """

    effective_sample_size: float
    customers: int
    unsupported: float
    mean_weight: float
    mean_weight_z: float
    promises: tuple[Promise, ...]
    refused: tuple[str, ...]
    warnings: tuple[str, ...]


def support(log: Log, policy: Matrix | None) -> Support:
    """Check what `policy` (n, K), None for the one that wrote the log, asks of it."""
    customers = len(np.unique(log.group))
    if policy is None:
        return Support(float(customers), customers, 0.0, 1.0, 0.0, (), (), ())
    if log.propensity is None:
        return Support(0.0, customers, 0.0, nan, nan, (), (NO_LOG,), ())
    weight = log.weights(policy)
    effective = effective_size(weight, log)
    missing = _missing(log, policy)
    supported = 1 - float(missing.sum())
    mean = weighted_mean(weight, np.ones(len(log)), log.group, 0.95)
    used = [at for at in range(len(log.actions)) if policy[:, at].any()]
    promises = tuple(found for at in used for found in _promise(log, log.propensity, at))
    said = [
        *_too_small(effective, customers),
        *_no_support(log, missing),
        *_misfit(mean, supported),
        *(line for promise in promises for line in _broken(promise, len(promises))),
    ]
    return Support(
        effective_sample_size=effective,
        customers=customers,
        unsupported=1 - supported,
        mean_weight=mean.value,
        mean_weight_z=_z(mean, supported),
        promises=promises,
        refused=tuple(line for refuses, line in said if refuses),
        warnings=tuple(line for refuses, line in said if not refuses),
    )


def effective_size(weight: Vector, log: Log) -> float:
    """How many customers of equal weight would be as good: (sum w)^2 / sum w^2 over sums by customer; 0 for none."""
    totals = np.bincount(log.group, weight)
    squares = float(np.square(totals).sum())
    return float(totals.sum()) ** 2 / squares if squares > 0 else 0.0


def _missing(log: Log, policy: Matrix) -> Vector:
    """The policy's probability on each action (K,) where it was not possible, as a share of all."""
    if log.possible is None:
        ever = np.bincount(log.chosen, minlength=len(log.actions)) > 0
        return np.where(ever, 0.0, policy.mean(axis=0))
    missing: Vector = np.where(log.possible, 0.0, policy).mean(axis=0)
    return missing


def _promise(log: Log, propensity: Vector, action: int) -> list[Promise]:
    """How one action's propensities fit; nothing where too few rows of it say so."""
    could = np.ones(len(log), bool) if log.possible is None else log.possible[:, action]
    inverse = np.where(log.chosen == action, 1 / propensity, 0.0)
    if effective_size(inverse, log) < LEAST_EFFECTIVE:
        return []
    mean = weighted_mean(inverse, could.astype(np.float64), log.group, 0.95)
    return [Promise(log.actions[action], int((log.chosen == action).sum()), mean.value, _z(mean))]


Said = tuple[bool, str]  # whether it refuses, and the sentence


def _too_small(effective: float, customers: int) -> list[Said]:
    if effective < LEAST_EFFECTIVE:
        return [(True, f"effective sample size {effective:.0f} of {customers}; at least {LEAST_EFFECTIVE:g} is needed")]
    if effective < LEAST_SHARE * customers:
        share = effective / customers
        return [(False, f"effective sample size {effective:.0f} of {customers} ({share:.1%}): a few rows decide")]
    return []


def _no_support(log: Log, missing: Vector) -> list[Said]:
    total = float(missing.sum())
    if total <= 0:
        return []
    most = [at for at in np.argsort(-missing, kind="stable")[:3] if missing[at] > 0]
    which = ", ".join(f"{log.actions[at]} {missing[at]:.1%}" for at in most)
    return [(total > MOST_UNSUPPORTED, f"{total:.1%} of the policy's choices were never made there ({which})")]


def _misfit(mean: Estimate, supported: float) -> list[Said]:
    meaning = "the propensities do not fit, or support is missing"
    return _judged(mean.value, _z(mean, supported), "policy / propensity averages", meaning, promised=supported)


def _broken(promise: Promise, among: int) -> list[Said]:
    what = f"{promise.action}: made / propensity averages"
    return _judged(promise.mean, promise.z, what, "it was not made as often as its propensities promise", among=among)


def _judged(mean: float, z: float, what: str, meaning: str, *, promised: float = 1.0, among: int = 1) -> list[Said]:
    chance = 2 * among * float(ndtr(-abs(z)))
    if chance > DOUBTFUL:
        return []
    impossible = chance <= IMPOSSIBLE and abs(mean - promised) > FAR
    return [(impossible, f"{what} {mean:.3f} instead of {promised:.4g} (z {z:.1f}): {meaning}")]


def _z(mean: Estimate, promised: float = 1.0) -> float:
    """The distance from what is promised in standard errors; infinite where a mean that cannot err is off."""
    distance = mean.value - promised
    if abs(distance) < 1e-9:
        return 0.0
    return distance / mean.standard_error if mean.standard_error > 0 else copysign(inf, distance)
