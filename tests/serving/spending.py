"""A worker process that decides under budgets on a ledger that others write to at the same time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from itertools import count
from multiprocessing.synchronize import Barrier
from pathlib import Path

from sqlalchemy import select

from configs.policy import Policy
from decisioning.menu import Menu
from decisioning.offers import Offer
from features.ledger import DECISIONS
from serving.deciding import Decider
from serving.holds import holds_of
from serving.ledger import Ledger
from serving.schemas import DecideRequest
from tests.serving.fakes import NOW, FakeModel, offer, rules
from tests.serving.fakes import world as make_world

BUDGETS = (
    {"name": "money", "of": "money", "limit": 170.0, "period_days": 7.0},
    {"name": "expected", "of": "money", "limit": 100.0, "counts": "expected"},
    {"name": "texts", "of": "contacts", "limit": 5.0, "channel": "sms"},
)
P_ACCEPT = 1 / 3


def policy() -> Policy:
    """Budgets of which each ends some offers; who is left explores among them."""
    return rules(budgets=BUDGETS, exploration={"epsilon": 0.5, "floor": 0.05})


def offers() -> tuple[Offer, ...]:
    """One is scarce."""
    return replace(offer("o1", "A", ("email", "sms")), cost=1.37), replace(offer("o2", "B", value=20.0), capacity=17)


def spend(ledger: Path, worker: int, decisions: int, begin: Barrier) -> None:
    """Decide for `decisions` customers of the worker's own, from the moment at which all workers do."""
    ids = count()
    world = make_world(ledger)
    world.response, world.offers, world.policy = FakeModel("tenure-response", P_ACCEPT), offers(), policy()
    decider = Decider(replace(world.runtime(), new_id=lambda: f"w{worker}-{next(ids)}"))
    begin.wait(60)
    for number in range(decisions):
        decider.decide(DecideRequest(customer_id=f"w{worker}-c{number}", item_count=2))


def recorded(ledger: Ledger) -> tuple[int, Mapping[str, int]]:
    """How many decisions are on record, and what they used of each budget in millionths, told from their answers."""
    menu, total, made = Menu.of(offers(), policy().rules()), dict[str, int](), 0
    with ledger.engine.connect() as connection:
        for response in connection.execute(select(DECISIONS.c.response)).scalars():
            made += 1
            for hold in holds_of(_uses(menu, response), menu.budgets, NOW):
                total[hold.budget] = total.get(hold.budget, 0) + hold.amount
    return made, total


def _uses(menu: Menu, response: str) -> Mapping[str, float]:
    keys = [action.key for action in menu.actions]
    slots = [slot for slot in json.loads(response)["offers"] if slot["offer_id"]]
    at = [keys.index((slot["offer_id"], slot["channel"])) for slot in slots]
    amounts = (menu.fixed + menu.per_acceptance * P_ACCEPT)[:, at].sum(axis=1)
    return dict(zip((budget.name for budget in menu.budgets), amounts.tolist(), strict=True))
