"""What became of the customers of each arm, and each arm's mean, adjusted for what they were like before.

The adjustment is Lin's (2013, "Agnostic notes on regression adjustments to experimental data"): in each arm its own
slope, at the mean of everybody, which cannot widen intervals in large samples as one common slope may. CUPED (Deng et
al. 2013) is the case of equal slopes. Errors are of customers drawn from a population, HC2 (MacKinnon and White 1985).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from decisioning.estimates import Index, Vector

TINY = 1e-9
FEWEST = 3  # customers of a mean that is adjusted and still has an error


@dataclass(frozen=True)
class ArmOutcomes:
    """One row per customer: `arm` (n,) is a position in `arms`, `value` (n,) the outcome, NaN where it is not known.

    `before` (n,) is what is known from before the first decision, such as earlier profit, NaN where there is nothing:
    such customers count as average, whatever their arm. Raises ValueError with every problem at once.
    """

    arms: tuple[str, ...]
    arm: Index
    value: Vector
    before: Vector | None = None

    def __post_init__(self) -> None:
        if problems := [*_shapes(self)] or [*_contents(self)]:
            raise ValueError("; ".join(problems))

    @property
    def binary(self) -> bool:
        """Whether all that is known is 0 or 1, so that means are shares."""
        return bool(np.isin(self.value[~np.isnan(self.value)], (0.0, 1.0)).all())

    def counts(self) -> dict[str, int]:
        """Customers by arm, whether or not their outcome is known."""
        return dict(zip(self.arms, np.bincount(self.arm, minlength=len(self.arms)).tolist(), strict=True))


@dataclass(frozen=True, slots=True)
class ArmMean:
    """The mean of an arm's outcomes, of `customers` whose outcome is known.

    `variance` is that of the mean by the arm's own customers, with `freedom` degrees of freedom; `third` is the third
    central moment of the mean. `shared` is what the error of everybody's mean before, which all arms share, adds: the
    `slope` times it.
    """

    value: float
    customers: int
    variance: float
    third: float
    freedom: int
    slope: float = 0.0


@dataclass(frozen=True, slots=True)
class Seen:
    """What is seen of an arm: how many outcomes are known, how many not, and the mean by itself and adjusted.

    `rarest` counts the customers with the rarer outcome, where outcomes are 0 or 1. Means are None where fewer than
    FEWEST outcomes are known, `adjusted` also where nothing is known from before. `low` and `high` are the extremes.
    """

    arm: str
    known: int
    unknown: int
    rarest: int
    low: float
    high: float
    plain: ArmMean | None
    adjusted: ArmMean | None


def seen(outcomes: ArmOutcomes) -> tuple[dict[str, Seen], float]:
    """Every arm by name, and the variance of everybody's mean before, 0 where nothing is known from before."""
    if outcomes.before is None:
        return {arm: _seen(outcomes, arm, None) for arm in outcomes.arms}, 0.0
    nothing = np.isnan(outcomes.before)
    everybody = 0.0 if nothing.all() else float(outcomes.before[~nothing].mean())
    before = np.where(nothing, 0.0, outcomes.before - everybody)
    shared = float(before.var()) / max(1, len(before))
    return {arm: _seen(outcomes, arm, before) for arm in outcomes.arms}, shared


def _seen(outcomes: ArmOutcomes, arm: str, before: Vector | None) -> Seen:
    own = outcomes.arm == outcomes.arms.index(arm)
    known = own & ~np.isnan(outcomes.value)
    values = outcomes.value[known]
    enough = len(values) >= FEWEST
    ones = int((values == 1).sum())
    return Seen(
        arm=arm,
        known=len(values),
        unknown=int(own.sum()) - len(values),
        rarest=min(ones, len(values) - ones),
        low=float(values.min(initial=np.inf)),
        high=float(values.max(initial=-np.inf)),
        plain=plain_mean(values) if enough else None,
        adjusted=adjusted_mean(values, before[known]) if enough and before is not None else None,
    )


def plain_mean(values: Vector) -> ArmMean:
    """Of an arm's outcomes alone, two at least."""
    count = len(values)
    away = values - values.mean()
    return _mean(float(values.mean()), away, np.full(count, 1 / count), np.full(count, 1 / count), 0.0, 1)


def adjusted_mean(values: Vector, before: Vector) -> ArmMean:
    """As if the arm's customers had been like everybody before: `before` is measured from everybody's mean.

    Three at least; the plain mean where `before` does not vary.
    """
    count, off = len(values), float(before.mean())
    centred = before - off
    squares = float(np.square(centred).sum())
    if squares <= TINY * max(1.0, off**2) * count:
        return plain_mean(values)
    slope = float(centred @ values) / squares
    away = values - values.mean() - slope * centred
    weight = 1 / count - off * centred / squares
    leverage = 1 / count + np.square(centred) / squares
    return _mean(float(values.mean()) - slope * off, away, weight, leverage, slope, 2)


def _mean(value: float, away: Vector, weight: Vector, leverage: Vector, slope: float, fitted: int) -> ArmMean:
    residual = away / np.sqrt(np.maximum(1 - leverage, TINY))
    moved = weight * residual
    return ArmMean(
        value=value,
        customers=len(away),
        variance=float(np.square(moved).sum()),
        third=float((moved**3).sum()),
        freedom=len(away) - fitted,
        slope=slope,
    )


def _shapes(given: ArmOutcomes) -> list[str]:
    rows = given.arm.shape
    columns = [("value", given.value), *([] if given.before is None else [("before", given.before)])]
    wrong = [f"{name} has shape {found.shape}; {rows} is allowed" for name, found in columns if found.shape != rows]
    twice = sorted({arm for arm in given.arms if given.arms.count(arm) > 1})
    return [*wrong, *(f"the arm {arm} is named twice; once is allowed" for arm in twice)]


def _contents(given: ArmOutcomes) -> list[str]:
    outside = (given.arm < 0) | (given.arm >= len(given.arms))
    found = [(outside, "positions of arms", f"0 to {len(given.arms) - 1} is allowed")]
    found.append((np.isinf(given.value), "outcomes", "finite numbers, or NaN where not known, are allowed"))
    if given.before is not None:
        found.append((np.isinf(given.before), "values before", "finite numbers, or NaN where not known, are allowed"))
    return [f"{int(bad.sum())} of {bad.size} {what} are wrong: {allowed}" for bad, what, allowed in found if bad.any()]
