"""Weeks lived under a policy, with the same eligibility and the same purse for every policy, and what they earned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pipelines.loop.company import Company
from pipelines.loop.situation import Policy, Situation
from pipelines.market.arrays import Index, Vector
from pipelines.market.catalogue import NOTHING, Catalogue
from pipelines.market.engine import Week


@dataclass(frozen=True)
class Played:
    """By week: profit, what was spent of the budget, both in currency, and customers contacted."""

    profit: Vector
    spent: Vector
    contacts: Index


def play(
    company: Company,
    policy: Policy,
    *,
    weeks: int,
    budget: float,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> Played:
    """Live `weeks` under `policy`; every week brings `budget`.

    What an offer costs is known once it is accepted. What was not spent stays in the purse, what was spent beyond it is
    taken from the weeks that follow, so that no policy gains by thinking its actions cheap. Raises ValueError where an
    action is not allowed.
    """
    lived, spent = list[Week](), list[float]()
    for number in range(weeks):
        progress(number, weeks)
        money = max(0.0, budget * (number + 1) - sum(spent))
        allowed = company.allowed()
        action = policy(Situation(company.week, company.seen(), allowed, money))
        _require_allowed(action, allowed, company.week)
        lived.append(company.live(action))
        spent.append(float(spend(lived[-1], company.catalogue).sum()))
    profit = np.array([earned(week, company.catalogue).sum() for week in lived])
    return Played(profit, np.array(spent), np.array([(week.action != NOTHING).sum() for week in lived]))


def _require_allowed(action: Index, allowed: np.ndarray, week: int) -> None:
    made = np.flatnonzero(action != NOTHING)
    wrong = made[~allowed[made, action[made]]]
    if len(wrong):
        raise ValueError(f"week {week}: {len(wrong)} customers get what is not allowed, first customer {wrong[0]}")


def earned(week: Week, catalogue: Catalogue) -> Vector:
    """(n,): the margin of purchases and bills, less what offers and contacts cost."""
    return np.asarray(week.margin - spend(week, catalogue))


def spend(week: Week, catalogue: Catalogue) -> Vector:
    """(n,): what offers accepted and contacts made cost."""
    cost, contact = np.append(catalogue.cost, 0.0)[week.action], np.append(catalogue.contact_cost, 0.0)[week.action]
    return np.asarray(week.accepted * cost + contact)
