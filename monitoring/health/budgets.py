"""What has been used of the policy's budgets, period by period."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from decisioning.budgets import Budget, Measure
from monitoring.health.rules import Ruled

MILLIONTHS = 1_000_000  # the ledger counts in them
SPENT = 1 - 1e-6
EARLY = 0.25  # of a period: what is spent with so much of it left is spent early


@dataclass(frozen=True, slots=True)
class BudgetUse:
    """One period of a budget, `ends` None where it is for ever; in currency, contacts or units.

    `limit` is the one stated last. `current` is the period that the report was made in; `early` says that it is spent
    with a quarter of it, or ever, still to come.
    """

    name: str
    of: Measure
    begins: datetime
    ends: datetime | None
    limit: float
    used: float
    current: bool
    early: bool

    @property
    def share(self) -> float:
        """Of the limit; a limit of 0 is used up."""
        return self.used / self.limit if self.limit else 1.0


def budget_use(
    rules: Sequence[Ruled], used: Sequence[tuple[str, datetime, int]], *, after: datetime, now: datetime
) -> tuple[BudgetUse, ...]:
    """Every period that overlaps (after, now] of the budgets in `rules`, the present ones first, fullest first.

    Of a budget that several rules have, the first says the limit. `used` is in millionths, by budget and period.
    """
    budgets: dict[str, Budget] = {}
    for one in rules:
        for budget in one.budgets:
            budgets.setdefault(budget.name, budget)
    found = [use for budget in budgets.values() for use in _periods(budget, used, after, now)]
    return tuple(sorted(found, key=lambda use: (not use.current, -use.begins.timestamp(), -use.share, use.name)))


def _periods(
    budget: Budget, used: Sequence[tuple[str, datetime, int]], after: datetime, now: datetime
) -> Iterator[BudgetUse]:
    present = budget.period(now)
    held = {present: 0} | {period: amount for name, period, amount in used if name == budget.name}
    for begins, amount in held.items():
        ends = None if budget.period_days is None else begins + timedelta(days=budget.period_days)
        if begins <= now and (ends is None or ends > after):
            spent, current = amount / MILLIONTHS, begins == present
            early = current and spent >= SPENT * budget.limit and _left(begins, ends, now) >= EARLY
            yield BudgetUse(budget.name, budget.of, begins, ends, budget.limit, spent, current, early)


def _left(begins: datetime, ends: datetime | None, now: datetime) -> float:
    """Which share of a period is still to come."""
    return 1.0 if ends is None else (ends - now) / (ends - begins)
