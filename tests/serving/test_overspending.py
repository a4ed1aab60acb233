"""Several worker processes on one ledger: together they use no more than there is, and what they said they did."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest
from sqlalchemy import select

from decisioning.menu import Menu
from features.ledger import BUDGET_USE, CONTACTS
from serving.holds import MILLIONTHS
from serving.ledger import Ledger, open_ledger
from tests.serving import spending

WORKERS, DECISIONS_EACH = 4, 100


def spent_by_all(path: Path) -> Ledger:
    context = multiprocessing.get_context("spawn")
    begin = context.Barrier(WORKERS)
    workers = [
        context.Process(target=spending.spend, args=(path, at, DECISIONS_EACH, begin), daemon=True)
        for at in range(WORKERS)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
    assert [worker.exitcode for worker in workers] == [0] * WORKERS
    return Ledger(open_ledger(f"sqlite:///{path}"))


@pytest.mark.slow
def test_processes_that_decide_at_once_overrun_no_budget_and_account_for_all(tmp_path: Path) -> None:
    ledger = spent_by_all(tmp_path / "ledger.db")
    decisions, used = spending.recorded(ledger)
    with ledger.engine.connect() as connection:
        counted = {row.budget: row.used for row in connection.execute(select(BUDGET_USE))}
        contacts = connection.execute(select(CONTACTS.c.channel, CONTACTS.c.offer_id)).all()
    assert (decisions, counted) == (WORKERS * DECISIONS_EACH, used)
    budgets = Menu.of(spending.offers(), spending.policy().rules()).budgets
    over = {budget.name: counted[budget.name] / MILLIONTHS - budget.limit for budget in budgets}
    assert max(over.values()) <= 0
    # All that the cheapest offer needs, 1.47, was used of the money; nobody was refused what was there.
    assert over["money"] > -1.47
    assert (over["texts"], over["capacity of o2"]) == (0, 0)
    assert sum(contact.channel == "sms" for contact in contacts) == 5
    assert sum(contact.offer_id == "o2" for contact in contacts) == 17
