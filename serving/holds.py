"""The hard stop of budgets: what decisions have used is counted in the ledger, in the transaction of each decision.

Amounts are whole millionths, so that sums are exact and no order of several workers' writes can overrun a limit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from math import ceil, floor

from sqlalchemy import Connection, Engine, and_, or_, select, text, update

from decisioning.budgets import Budget
from features.ledger import BUDGET_USE, to_text
from serving.database import answering
from serving.entries import Hold

MILLIONTHS = 1_000_000
SLACK = 1e-3  # of a millionth: what arithmetic on floats may add, and what `decisioning.decide` lets pass
_BEGIN = text("INSERT INTO budget_use (budget, period, used) VALUES (:budget, :period, 0) ON CONFLICT DO NOTHING")


class BudgetSpent(Exception):
    """A budget no longer has what a decision was to hold: other decisions were faster."""

    def __init__(self, budget: str) -> None:
        super().__init__(f"budget {budget!r} is spent")
        self.budget = budget


def hold(connection: Connection, holds: Iterable[Hold]) -> None:
    """Add to what is used of budgets. Raises BudgetSpent where a limit would be passed; the caller then rolls back."""
    for one in holds:
        key = {"budget": one.budget, "period": to_text(one.period)}
        connection.execute(_BEGIN, key)
        taken = connection.execute(
            update(BUDGET_USE)
            .where(BUDGET_USE.c.budget == one.budget, BUDGET_USE.c.period == key["period"])
            .where(BUDGET_USE.c.used + one.amount <= one.limit)
            .values(used=BUDGET_USE.c.used + one.amount)
        )
        if taken.rowcount != 1:
            raise BudgetSpent(one.budget)


def left(engine: Engine, budgets: Sequence[Budget], now: datetime) -> dict[str, float]:
    """What may still be used of each budget at `now`, in its unit; below 0 where more is used than it now allows."""
    if not budgets:
        return {}
    periods = {budget.name: to_text(budget.period(now)) for budget in budgets}
    own = [and_(BUDGET_USE.c.budget == name, BUDGET_USE.c.period == period) for name, period in periods.items()]
    with answering("read"), engine.connect() as connection:
        rows = connection.execute(select(BUDGET_USE.c.budget, BUDGET_USE.c.used).where(or_(*own))).all()
    used = {row.budget: row.used for row in rows}
    return {budget.name: (_allowed(budget, now) - used.get(budget.name, 0)) / MILLIONTHS for budget in budgets}


def holds_of(uses: Mapping[str, float], budgets: Iterable[Budget], now: datetime) -> list[Hold]:
    """What `uses`, in the budgets' units, hold at `now`; amounts are rounded up, limits down."""
    return [
        Hold(budget.name, budget.period(now), _needed(uses[budget.name]), _allowed(budget, now))
        for budget in budgets
        if uses.get(budget.name)
    ]


def _needed(use: float) -> int:
    return max(0, ceil(round(use * MILLIONTHS - SLACK, 3)))


def _allowed(budget: Budget, now: datetime) -> int:
    return floor(round(budget.released(now) * MILLIONTHS, 3))
