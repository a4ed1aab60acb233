"""Spending a week's budget: on customers in a given order, or at the price of money that just spends it."""

from __future__ import annotations

import numpy as np

from pipelines.market.arrays import Flags, Index, Vector
from pipelines.market.catalogue import NOTHING

STEPS = 60  # of bisection: the price is exact to float precision


def expected_spend(accepts: Vector, cost: Vector, contact_cost: Vector) -> Vector:
    """What an action is expected to cost: its contact, and its offer where that is accepted."""
    return np.asarray(accepts * cost + contact_cost)


def in_order(order: Index, action: Index, spend: Vector, budget: float) -> Index:
    """The actions (n,) of the first customers of `order` that `budget` pays for; NOTHING for the others.

    `spend` (n,) is what each one's action is expected to cost; those whose action is NOTHING are passed over.
    """
    queue = order[action[order] != NOTHING]
    paid = queue[np.cumsum(spend[queue]) <= budget]
    made = np.full(len(action), NOTHING, dtype=np.int64)
    made[paid] = action[paid]
    return made


def at_price(value: Vector, spend: Vector, allowed: Flags, budget: float) -> Index:
    """Each customer's action of the greatest value less price times spend, at the least price that keeps the budget.

    `value`, `spend` and `allowed` are (n, K); what earns less than nothing is not done. What is left of the budget at
    that price goes to those who would be next, in order of value per money.
    """
    open_value = np.where(allowed, value, -np.inf)
    low, high = 0.0, _dearest(open_value, spend)
    if _spent(_best(open_value, spend, low), spend) <= budget:
        return _best(open_value, spend, low)
    for _ in range(STEPS):
        middle = (low + high) / 2.0
        if _spent(_best(open_value, spend, middle), spend) > budget:
            low = middle
        else:
            high = middle
    return _topped_up(_best(open_value, spend, high), _best(open_value, spend, low), spend, budget)


def _dearest(value: Vector, spend: Vector) -> float:
    """A price at which nothing that costs anything is worth it."""
    worth = np.where(np.isfinite(value) & (spend > 0.0), value / np.maximum(spend, 1e-9), 0.0)
    return float(worth.max(initial=0.0)) + 1.0


def _best(value: Vector, spend: Vector, price: float) -> Index:
    net = value - price * spend
    place = net.argmax(axis=1)
    return np.where(net[np.arange(len(net)), place] > 0.0, place, NOTHING)


def _spent(action: Index, spend: Vector) -> float:
    made = np.flatnonzero(action != NOTHING)
    return float(spend[made, action[made]].sum())


def _topped_up(kept: Index, wanted: Index, spend: Vector, budget: float) -> Index:
    """`kept` with as many of the `wanted` actions in their place as the budget still pays for."""
    rows = np.flatnonzero(kept != wanted)
    old = np.where(kept[rows] == NOTHING, 0.0, spend[rows, kept[rows]])
    more = np.where(wanted[rows] == NOTHING, 0.0, spend[rows, wanted[rows]]) - old
    made, left = kept.copy(), budget - _spent(kept, spend)
    for row, dearer in zip(rows, more, strict=True):
        if dearer <= left:
            made[row] = wanted[row]
            left -= dearer
    return made
