"""Arms of a ledger compared: who counts, what counts, and what is said before anything can be told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from configs.clock import fixed
from configs.errors import DataError
from configs.loading import dump
from pipelines.lift import run
from pipelines.session import Session
from tests.pipelines.evaluation.decided import CUSTOMERS, DAYS, POLICY, Served


def at(served: Served, now: datetime) -> Session:
    dump(POLICY, served.session.workspace.policy)
    return replace(served.session, clock=fixed(now))


WINDOW = timedelta(days=56)
AFTER = DAYS[0] + WINDOW + timedelta(days=1)


def test_everybody_counts_by_the_first_decision(served: Served) -> None:
    found = run(at(served, AFTER), outcome="retention")
    assert sum(one.observed for one in found.ratio.arms) == CUSTOMERS
    assert (found.first, found.last) == (DAYS[0], DAYS[0] + timedelta(seconds=CUSTOMERS - 1))
    assert (found.open, found.ratio.fails) == (0, False)
    policy = next(one for one in found.lifts if (one.arm.arm, one.against.arm) == ("policy", "holdout"))
    assert policy.arm.customers + policy.against.customers == CUSTOMERS
    assert policy.refused == (
        f"holdout has {policy.against.customers} customers whose outcome is known; at least 30 are needed",
    )
    assert found.refused is not None
    assert found.detectable.startswith(f"with {policy.against.customers} customers held out")


def test_profit_is_margin_less_what_was_spent(served: Served) -> None:
    session = at(served, AFTER)
    dear = POLICY.model_copy(update={"contact_costs": {"email": 1000.0, "sms": 1000.0}})
    cheap = run(session, outcome="profit")
    dump(dear, session.workspace.policy)
    costly = run(session, outcome="profit")
    sides = [(one.lifts[0].arm.mean, one.lifts[0].against.mean) for one in (cheap, costly)]
    assert sides[1][0] < sides[0][0] - 100  # who is treated is contacted
    assert sides[1][1] == sides[0][1]  # the holdout is not


def test_before_a_horizon_has_passed_it_is_said_when_and_what_it_will_show(served: Served) -> None:
    with pytest.raises(DataError, match="no customer's horizon has passed yet: the first does on 2023-10-02; with "):
        run(at(served, DAYS[0] + timedelta(days=10)), outcome="retention")


def test_without_decisions_there_is_nothing_to_compare(opened: Callable[[str], Served]) -> None:
    with pytest.raises(DataError, match="the ledger holds no decision in this time"):
        run(at(opened("no-lift"), datetime(2023, 12, 1, tzinfo=UTC)), outcome="retention")


def test_shares_that_do_not_fit_are_told(served: Served) -> None:
    session = at(served, AFTER)
    other = POLICY.arms.model_copy(update={"holdout": 0.6})
    dump(POLICY.model_copy(update={"arms": other}), session.workspace.policy)
    found = run(session, outcome="retention")
    assert found.ratio.impossible
    assert found.refused is not None
    assert "customers per arm do not fit the shares" in found.refused


def test_without_enough_left_alone_the_return_is_refused_with_the_lift(served: Served) -> None:
    found = run(at(served, AFTER), outcome="profit")
    [policy, *_] = found.returns
    assert (policy.arm, policy.value) == ("policy", None)
    assert policy.refused[0].startswith("holdout has 15 customers")
    assert run(at(served, AFTER), outcome="retention").returns == ()


def test_the_return_is_on_what_contacts_and_accepted_offers_cost(opened: Callable[[str], Served]) -> None:
    """Everybody once, four in ten held out; every third offer is accepted."""
    made = opened("returned")
    policy = POLICY.model_copy(update={"arms": POLICY.arms.model_copy(update={"holdout": 0.4})})
    known = {f"c{number:03}": {"profile__age": 20.0 + number, "consent__sms": 1.0} for number in range(400)}
    made.runtime(DAYS[0], policy).features.rows.update(known)
    ids = [made.decide(customer, DAYS[0], policy) for customer in known]
    for decision_id in ids[::3]:
        made.accept(decision_id, DAYS[0] + timedelta(days=2))
    dump(policy, made.session.workspace.policy)
    session = replace(made.session, clock=fixed(AFTER))
    back = run(session, outcome="profit", level=0.95).returns[0]
    costs = {offer.offer_id: offer.cost for offer in made.catalogue.offers}
    spent = [
        policy.contact_costs[entry.channel] + costs[entry.offer_id] * (at % 3 == 0)
        for at, entry in enumerate(map(made.ledger.find_decision, ids))
        if entry.offer_id is not None and entry.channel is not None
    ]
    assert (back.arm, back.left_alone + back.customers, back.refused) == ("policy", 400, ())
    assert back.spend is not None
    assert back.margin is not None
    assert back.value is not None
    assert back.spend.value == pytest.approx(sum(spent) / back.customers, rel=0.1)  # adjusted for value at stake
    assert back.value.value == pytest.approx(back.margin.value / back.spend.value - 1)
    assert back.value.low < back.value.value < back.value.high
