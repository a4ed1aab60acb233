"""What a comparison of two groups of customers is able to see, and how many customers it takes; said before the wait.

Normal approximation with unpooled variances, two-sided: a difference is seen with probability `power` where it is z of
the level and z of the power, added, in standard errors. Source: Fleiss, Levin and Paik 2003, chapter 4, without the
correction for continuity.
"""

from __future__ import annotations

from math import sqrt

from scipy.special import ndtri

LEVEL, POWER = 0.95, 0.8
STEP = 0.1  # of the churn rate: the drop that `in_words` takes as example


def smallest_seen(standard_error: float, *, level: float = LEVEL, power: float = POWER) -> float:
    """The difference that an interval at `level` leaves zero out for with probability `power`."""
    return _quantiles(level, power) * standard_error


def detectable_difference(
    deviations: tuple[float, float], customers: tuple[int, int], *, level: float = LEVEL, power: float = POWER
) -> float:
    """The smallest difference seen between the means of so many customers, of outcomes that deviate so much."""
    _check_customers(*customers)
    (first, second), (count, other) = deviations, customers
    return smallest_seen(sqrt(first**2 / count + second**2 / other), level=level, power=power)


def detectable_drop(
    rate: float, held_out: int, others: int, *, level: float = LEVEL, power: float = POWER
) -> float | None:
    """The smallest drop from `rate`, that of the `held_out`, which would be seen among `others`.

    None where not even a drop to zero would. Raises ValueError for a rate that is not between 0 and 1, or no customers.
    """
    _check_rates(rate)
    _check_customers(held_out, others)
    # d^2 = z^2 (rate (1 - rate) / held_out + (rate - d) (1 - rate + d) / others), of which one root is positive
    first, second = (_quantiles(level, power) ** 2 / count for count in (held_out, others))
    middle = second * (2 * rate - 1)
    drop = (middle + sqrt(middle**2 + 4 * (1 + second) * rate * (1 - rate) * (first + second))) / (2 * (1 + second))
    return drop if drop <= rate else None


def customers_needed(
    before: float, after: float, *, others: float = 1.0, level: float = LEVEL, power: float = POWER
) -> int:
    """Customers on the side of rate `before` with which a change to `after` is seen; `others` per one of them.

    To the nearest whole customer: half a one is less than the approximation errs by. Raises ValueError for rates that
    are not between 0 and 1, or the same.
    """
    _check_rates(before, after)
    spread = before * (1 - before) + after * (1 - after) / others
    return _needed(spread, after - before, level, power)


def customers_needed_for_mean(
    deviation: float, difference: float, *, others: float = 1.0, level: float = LEVEL, power: float = POWER
) -> int:
    """Customers on one side with which a difference of means is seen, where outcomes have the standard `deviation`."""
    return _needed(deviation**2 * (1 + 1 / others), difference, level, power)


def in_words(
    rate: float, held_out: int, others: int, *, after: float | None = None, level: float = LEVEL, power: float = POWER
) -> str:
    """What a holdout can see, for people; `after` is the churn rate of the example, by default a tenth less."""
    lower = (1 - STEP) * rate if after is None else after
    needed = customers_needed(rate, lower, level=level, power=power)
    drop = detectable_drop(rate, held_out, others, level=level, power=power)
    seen = (
        f"no drop from a churn of {_percent(rate)} would be seen"
        if drop is None
        else f"a churn drop smaller than {100 * drop:.1f} points would not be seen"
    )
    example = f"{_percent(rate)} to {_percent(lower)} needs {needed:,} a side"
    asked = f"two-sided {_percent(1 - level)}, power {_percent(power)}"
    return f"with {held_out:,} customers held out, {seen}; {example} ({asked})"


def _quantiles(level: float, power: float) -> float:
    if not (0 < level < 1 and 0 < power < 1):
        raise ValueError(f"level and power are {level:g}, {power:g}; between 0 and 1 is allowed")
    return float(ndtri(0.5 + level / 2) + ndtri(power))


def _needed(spread: float, difference: float, level: float, power: float) -> int:
    if difference == 0:
        raise ValueError("no number of customers shows a difference of 0; another difference is allowed")
    return max(1, round(_quantiles(level, power) ** 2 * spread / difference**2))


def _check_rates(*rates: float) -> None:
    if wrong := [f"{rate:g}" for rate in rates if not 0 < rate < 1]:
        raise ValueError(f"a churn rate is {', '.join(wrong)}; between 0 and 1 is allowed")


def _check_customers(*customers: int) -> None:
    if min(customers) < 1:
        raise ValueError(f"customers are {', '.join(map(str, customers))}; 1 or more on either side is allowed")


def _percent(share: float) -> str:
    return f"{round(100 * share, 1):g}%"
