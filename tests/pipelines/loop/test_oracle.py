"""The oracle follows the lives of its own company."""

from __future__ import annotations

import numpy as np

from pipelines.loop.baselines import nothing
from pipelines.loop.company import Company
from pipelines.loop.oracle import oracle
from pipelines.loop.play import play


def test_over_weeks_it_earns_more_than_nothing_with_the_same_luck(company: Company) -> None:
    idle, wise = company.fork(3), company.fork(3)
    without = play(idle, nothing, weeks=6, budget=60.0)
    known = play(wise, oracle(wise), weeks=6, budget=60.0)
    assert known.profit.sum() > without.profit.sum() + 2.0 * known.spent.sum()
    assert known.spent.sum() <= 6 * 60.0 * 1.3
    assert (known.contacts > 0).all()


def test_more_money_earns_more(company: Company) -> None:
    earned = []
    for budget in (0.0, 20.0, 200.0):
        twin = company.fork(3)
        earned.append(play(twin, oracle(twin), weeks=6, budget=budget).profit.sum())
    assert np.all(np.diff(earned) > 0)
