"""Decisions within budgets and capacities, whoever else uses them up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from configs.errors import StoreUnavailable
from features.ledger import BUDGET_USE, CONTACTS, DECISIONS
from serving.answers import DecideAnswer
from serving.deciding import Decider
from serving.entries import ContactEntry, DecisionEntry, Hold
from serving.holds import BudgetSpent
from serving.ledger import Ledger
from serving.schemas import DecideRequest
from tests.serving.asking import chosen, decide
from tests.serving.fakes import NOW, World, arms, offer, rules

MONEY = {"name": "money", "of": "money", "limit": 5.0, "period_days": 7.0}
ALL = [("o1", "email"), ("o1", "sms"), ("o2", "email")]


def used(world: World) -> Mapping[str, int]:
    with world.ledger.engine.connect() as connection:
        return {row.budget: row.used for row in connection.execute(select(BUDGET_USE))}


def trail(answer: DecideAnswer) -> list[tuple[str, str | None, str]]:
    return [(one.offer_id, one.channel, one.stage) for one in answer.filtered]


def test_a_budget_of_nothing_is_the_end_of_what_it_covers(world: World) -> None:
    world.policy = rules(budgets=[{**MONEY, "limit": 0.0}])
    answer = decide(world, explain="reasons")
    assert chosen(answer) == [(None, None)]
    assert [(one.offer_id, one.channel) for one in answer.filtered] == ALL
    assert {(one.stage, one.reason) for one in answer.filtered if one.channel == "email"} == {
        ("budget", "money: 0.00 left of 0.00, 2.10 needed")
    }
    assert answer.offers[0].reasons == ("No offer may be made: filtered by budget (3)",)
    assert (answer.arm, answer.fallback, answer.degraded, used(world)) == ("policy", False, (), {})


@pytest.mark.parametrize(
    ("covers", "left"),
    [
        ({"channel": "email"}, [("o1", "sms")]),
        ({"offer_id": "o2"}, [("o1", "email")]),
        ({"kind": "A"}, [("o2", "email")]),
        ({"kind": "A", "channel": "sms"}, [("o2", "email")]),
    ],
)
def test_a_budget_of_nothing_leaves_the_rest(world: World, covers: dict[str, str], left: list[tuple[str, str]]) -> None:
    world.policy = rules(budgets=[{"name": "none", "of": "contacts", "limit": 0.0, **covers}])
    answer = decide(world)
    assert chosen(answer) == left
    assert {stage for _, _, stage in trail(answer)} == {"budget"}


def test_a_capacity_below_what_is_committed_ends_the_offer(world: World) -> None:
    world.offers = (replace(offer("o2", value=20.0), capacity=3), offer("o1"))
    assert [chosen(decide(world, f"c{at}"))[0][0] for at in range(4)] == ["o2", "o2", "o2", "o1"]
    world.offers = (replace(offer("o2", value=20.0), capacity=1), offer("o1"))
    answer = decide(world, "c9")
    assert chosen(answer) == [("o1", "email")]
    assert [(one.offer_id, one.reason) for one in answer.filtered] == [
        ("o2", "capacity of o2: -2.00 left of 1.00, 1.00 needed")
    ]
    assert used(world) == {"capacity of o2": 3_000_000}


def test_a_budget_is_spent_and_begins_anew_with_its_period(world: World) -> None:
    world.policy = rules(budgets=[MONEY])
    assert [chosen(decide(world, f"c{at}"))[0][0] for at in range(3)] == ["o2", "o2", None]
    assert used(world) == {"money": 4_200_000}
    in_a_week = replace(world.runtime(), clock=lambda: NOW + timedelta(days=7))
    assert chosen(Decider(in_a_week).rehearse(DecideRequest(customer_id="c1"))) == [("o2", "email")]


@pytest.mark.parametrize(
    ("budget", "amount"),
    [
        (MONEY, 2_100_000),
        ({**MONEY, "counts": "expected"}, 1_100_000),
        ({**MONEY, "of": "units"}, 1_000_000),
        ({**MONEY, "of": "units", "counts": "expected"}, 500_000),
        ({**MONEY, "of": "contacts"}, 1_000_000),
    ],
)
def test_a_decision_uses_what_it_may_come_to(world: World, budget: dict[str, Any], amount: int) -> None:
    world.policy = rules(budgets=[budget])
    decide(world)
    assert used(world) == {"money": amount}


@pytest.mark.parametrize("changes", [{"arms": arms(holdout=1.0)}, {"consent_default": "refused"}])
def test_nothing_uses_nothing(world: World, changes: dict[str, Any]) -> None:
    world.policy = rules(budgets=[MONEY], **changes)
    assert (chosen(decide(world, "nobody")), used(world)) == ([(None, None)], {})


def test_slots_share_a_budget(world: World) -> None:
    world.policy = rules(budgets=[{**MONEY, "limit": 4.1}])
    assert chosen(decide(world, item_count=3)) == [("o2", "email")]
    world.policy = rules(budgets=[{**MONEY, "limit": 6.3}])
    assert chosen(decide(world, item_count=3)) == [("o2", "email"), ("o1", "email")]
    assert used(world) == {"money": 6_300_000}


def test_a_repeated_request_uses_a_budget_once(world: World) -> None:
    world.policy = rules(budgets=[MONEY])
    decider = Decider(world.runtime())
    for _ in range(3):
        decider.decide(DecideRequest(customer_id="c1"), "key")
    assert used(world) == {"money": 2_100_000}


@dataclass
class Overtaken(Ledger):
    """A ledger in which others write just before a decision does."""

    ledger: Ledger
    others: list[Callable[[], object]]

    def __post_init__(self) -> None:
        super().__init__(self.ledger.engine)

    def record_decision(
        self, entry: DecisionEntry, contacts: Sequence[ContactEntry] = (), holds: Sequence[Hold] = ()
    ) -> str:
        if self.others:
            self.others.pop()()
        return super().record_decision(entry, contacts, holds)


def test_a_decision_that_was_overtaken_is_made_anew_from_what_is_left(world: World) -> None:
    world.policy = rules(budgets=[{**MONEY, "limit": 2.1}])
    other = Decider(world.runtime())
    slow = Overtaken(world.ledger, [lambda: other.decide(DecideRequest(customer_id="fast"))])
    made = Decider(replace(world.runtime(), ledger=slow)).decide(DecideRequest(customer_id="slow")).made
    assert made is not None
    assert (made.decision_id, chosen(made)) == ("d1", [(None, None)])  # the other was asked later, and is d2
    assert {one.reason for one in made.filtered if one.channel == "email"} == {"money: 0.00 left of 2.10, 2.10 needed"}
    with world.ledger.engine.connect() as connection:
        rows = connection.execute(select(DECISIONS.c.customer_id, DECISIONS.c.offer_id)).all()
        contacts = connection.execute(select(func.count()).select_from(CONTACTS)).scalar_one()
    assert (sorted(map(tuple, rows)), contacts) == ([("fast", "o2"), ("slow", None)], 1)


class AlwaysSpent(Ledger):
    """A ledger in which others are always faster."""

    def record_decision(
        self, entry: DecisionEntry, contacts: Sequence[ContactEntry] = (), holds: Sequence[Hold] = ()
    ) -> str:
        raise BudgetSpent("money")


def test_a_decision_that_is_always_overtaken_fails_clearly(world: World) -> None:
    decider = Decider(replace(world.runtime(), ledger=AlwaysSpent(world.ledger.engine)))
    with pytest.raises(StoreUnavailable, match="budgets are being used up faster than this decision could be made"):
        decider.decide(DecideRequest(customer_id="c1"))
