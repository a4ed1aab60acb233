"""Policy health of a ledger that the service itself has written."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete

from configs.monitoring import Monitoring
from features.ledger import DOCUMENTS
from monitoring import inputs
from monitoring.health.exploration import Stated
from monitoring.health.health import Health, examine
from serving.deciding import Decider
from serving.schemas import DecideRequest
from tests.serving.fakes import NOW, FakeFeatures, World, arms, offer, rules
from tests.serving.fakes import world as served_world

CUSTOMERS, LIMIT = 60, 45
POLICY = rules(
    version="4",
    arms=arms(holdout=0.1),
    exploration={"epsilon": 0.3, "floor": 0.0},
    budgets=[{"name": "contacts", "of": "contacts", "limit": LIMIT, "period_days": 7}],
)
OFFERS = (offer("o1", "A", ("email", "sms")), replace(offer("o2", "B", value=20.0), capacity=30))


@pytest.fixture
def served(tmp_path: Path) -> World:
    """A service that has decided for everybody once, and once more for one customer, on the day after."""
    made = served_world(tmp_path / "served.db")
    made.offers, made.policy = OFFERS, POLICY
    made.features = FakeFeatures({f"c{number}": {"profile__plan": "gold"} for number in range(CUSTOMERS)})
    decider = Decider(made.runtime())
    for number in range(CUSTOMERS):
        decider.decide(DecideRequest(customer_id=f"c{number}"))
    tomorrow = replace(made.runtime(), clock=lambda: NOW + timedelta(days=1), new_id=lambda: "later")
    Decider(tomorrow).decide(DecideRequest(customer_id="c0"))
    return made


def examined(ledger: Engine, settings: Monitoring | None = None) -> Health:
    after = NOW - timedelta(days=28)
    decisions = inputs.read_decisions(ledger, after=after, until=NOW)
    return examine(ledger, decisions, settings or Monitoring(), None, after=after, now=NOW)


def test_exploration_and_budgets_are_what_the_service_did(served: World) -> None:
    engine = served.ledger.engine
    decisions = inputs.read_decisions(engine, after=NOW - timedelta(days=28), until=NOW)
    policy = decisions[decisions["arm"] == "policy"]
    done = Counter(decisions["offer_id"].dropna())
    found = examined(engine)
    assert found.later == 1
    assert 0 < found.exploration.decisions == len(policy) < CUSTOMERS
    assert found.exploration.stated == (Stated("4", "epsilon", 0.3),)
    answers = [json.loads(served.ledger.find_decision(one).response) for one in policy["decision_id"]]
    ranks = [answer["offers"][0]["rank"] for answer in answers]
    assert found.exploration.explored.value == sum(rank > 1 for rank in ranks) / len(policy) > 0
    assert 0.15 < found.exploration.expected < 0.3  # of three candidates, or of two, one in three or two is the best
    assert not found.exploration.fails
    contacts, capacity = sorted(found.budgets, key=lambda one: -one.limit)
    assert (contacts.name, contacts.limit, contacts.current) == ("contacts", LIMIT, True)
    assert contacts.used == min(LIMIT, done.total()) > 0
    assert (capacity.name, capacity.limit, capacity.ends) == ("capacity of o2", 30, None)
    assert capacity.used == done["o2"] <= 30


def test_exploration_is_of_a_sample_where_decisions_are_many(served: World) -> None:
    assert examined(served.ledger.engine, Monitoring().model_copy(update={"max_rows": 9})).exploration.decisions == 9


def test_without_the_documents_limits_are_not_known(served: World) -> None:
    with served.ledger.engine.begin() as connection:
        connection.execute(delete(DOCUMENTS))
    found = examined(served.ledger.engine)
    assert (found.budgets, found.exploration.stated, found.exploration.decisions > 0) == ((), (), True)


def test_an_empty_ledger_has_nothing_to_tell(ledger: Engine) -> None:
    assert examined(ledger) == Health(0, None, (), None, ())
