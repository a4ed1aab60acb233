"""Policies to beat: nothing, chance, the best single action, the riskiest first, the likeliest to accept first.

Each spends the week's money on customers in its own order until none is left.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from pipelines.loop.evidence import Evidence
from pipelines.loop.guesses import Accepting, Risk
from pipelines.loop.situation import Policy, Situation
from pipelines.loop.spending import in_order
from pipelines.market.arrays import Index, Vector
from pipelines.market.catalogue import NOTHING

Order = Callable[[Situation], Index]


def baselines(known: Evidence, seed: int) -> Mapping[str, Policy]:
    """Every baseline by name, from what a company's campaigns tell."""
    risk = Risk(known)
    return {
        "nothing": nothing,
        "random": at_random(known, seed),
        "best single offer": single(known, by_chance(seed)),
        "risk": single(known, lambda now: np.argsort(-risk(now.seen), kind="stable")),
        "overdue": single(known, lambda now: np.argsort(-overdue(now.seen), kind="stable")),
        "acceptance": acceptance(known),
    }


def nothing(now: Situation) -> Index:
    """Leave everybody alone."""
    return np.full(len(now.seen), NOTHING, dtype=np.int64)


def at_random(known: Evidence, seed: int) -> Policy:
    """Any action allowed, to customers in any order."""
    spending = known.spending()

    def chosen(now: Situation) -> Index:
        rng = np.random.default_rng([seed, now.week])
        return _made(now, rng.random(now.allowed.shape), rng.permutation(len(now.seen)), spending)

    return chosen


def single(known: Evidence, order: Order) -> Policy:
    """The action that gained most on average, to customers in `order`; nothing to whom it is not allowed."""
    best, spending = int(known.gain().argmax()), known.spending()

    def chosen(now: Situation) -> Index:
        action = np.where(now.allowed[:, best], best, NOTHING)
        return in_order(order(now), action, np.full(len(action), spending[best]), now.money)

    return chosen


def by_chance(seed: int) -> Order:
    """Customers in any order, another every week."""
    return lambda now: np.random.default_rng([seed, now.week]).permutation(len(now.seen))


def overdue(seen: pd.DataFrame) -> Vector:
    """Usual gaps without a purchase; 0 for who has never bought."""
    return seen["overdue"].fillna(0.0).to_numpy(np.float64)


def acceptance(known: Evidence) -> Policy:
    """Each customer's likeliest action to be accepted, to the likeliest customers first."""
    accepting, catalogue = Accepting(known), known.catalogue

    def chosen(now: Situation) -> Index:
        p = accepting(now.seen)
        likeliest = np.where(now.allowed, p, -1.0).max(axis=1)
        spending = p * catalogue.cost + catalogue.contact_cost
        return _made(now, p, np.argsort(-likeliest, kind="stable"), spending)

    return chosen


def _made(now: Situation, liking: Vector, order: Index, spending: Vector) -> Index:
    """Each customer's best liked action of those allowed, in `order`; `spending` is (K,) or (n, K)."""
    best = np.where(now.allowed, liking, -np.inf).argmax(axis=1)
    spend = np.broadcast_to(spending, now.allowed.shape)[np.arange(len(best)), best]
    return in_order(order, np.where(now.allowed.any(axis=1), best, NOTHING), spend, now.money)
