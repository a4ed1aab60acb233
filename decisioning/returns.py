"""What comes back of what is spent: an arm's profit above customers left alone, over what was spent on it.

Profit is margin less spend, so this is (margin on top - spend) / spend, with the spend counted once. The interval is
Fieller's (1954), for both are means of the same customers: their covariance is had from the variance of their sum.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from decisioning.arm_contrast import Contrast, Method
from decisioning.arm_outcomes import ArmOutcomes, Seen, seen
from decisioning.estimates import Estimate, Vector
from decisioning.lift import Lift, Lifts
from decisioning.mover import Limits, ratio

LEFT_ALONE = "holdout"
NOT_SPENT = "what {arm} spent is not clearly more than nothing"


@dataclass(frozen=True, slots=True)
class Return:
    """What an arm's spend brought, against customers left alone; None where `refused` says why not.

    `margin` and `spend` are what a customer had more, in currency. `value` is their difference over the spend: 0 where
    exactly what was spent came back, -1 where nothing did.
    """

    arm: str
    customers: int
    left_alone: int
    margin: Estimate | None
    spend: Estimate | None
    value: Limits | None
    refused: tuple[str, ...]
    warnings: tuple[str, ...]


def returns(profit: ArmOutcomes, spend: Vector, found: Lifts) -> tuple[Return, ...]:
    """Of every arm that `found`, the lifts of `profit`, holds against customers left alone.

    `spend` (n,) is what `profit` is less by. An arm whose lift was refused has no return. Raises ValueError for a spend
    of another length, or that is not finite.
    """
    if spend.shape != profit.value.shape or not np.isfinite(spend).all():
        raise ValueError(f"spend has shape {spend.shape}; {profit.value.shape}, all finite, is allowed")
    spent = np.where(np.isnan(profit.value), np.nan, spend)  # of the same customers
    columns = {"profit": profit.value, "spend": spent, "margin": profit.value + spent}
    told = {name: seen(replace(profit, value=value)) for name, value in columns.items()}
    asked = [one for one in found.lifts if one.against.arm == LEFT_ALONE]
    return tuple(_refused(one) if one.refused else _return(one, told, found.level) for one in asked)


def _return(lift: Lift, told: Mapping[str, tuple[Mapping[str, Seen], float]], level: float) -> Return:
    contrasts = {name: _contrast(lift, *arms) for name, arms in told.items()}
    profit, spend, margin = (contrasts[name].difference(level) for name in ("profit", "spend", "margin"))
    errors = profit.standard_error * spend.standard_error
    both = (margin.standard_error**2 - profit.standard_error**2 - spend.standard_error**2) / 2
    correlation = min(1.0, max(-1.0, both / errors)) if errors > 0 else 0.0
    value = ratio(_limits(profit), _limits(spend), correlation)
    refused = () if value else (NOT_SPENT.format(arm=lift.arm.arm),)
    return replace(_refused(lift), margin=margin, spend=spend, value=value, refused=refused)


def _contrast(lift: Lift, arms: Mapping[str, Seen], shared: float) -> Contrast:
    """Of the same means, adjusted or not, in every column: else they would not add up."""
    sides = arms[lift.arm.arm], arms[lift.against.arm]
    method: Method = "means" if any(side.adjusted is None for side in sides) else "adjusted"
    first, second = (side.plain if method == "means" else side.adjusted for side in sides)
    if first is None or second is None:
        raise ValueError("an arm without a mean has no return")
    return Contrast(first, second, method, shared if method == "adjusted" else 0.0)


def _refused(lift: Lift) -> Return:
    return Return(
        lift.arm.arm, lift.arm.customers, lift.against.customers, None, None, None, lift.refused, lift.warnings
    )


def _limits(found: Estimate) -> Limits:
    return Limits(found.value, found.low, found.high)
