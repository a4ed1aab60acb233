"""Baselines keep the rules and the purse, and each does what its name says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from pipelines.loop.baselines import baselines, overdue
from pipelines.loop.company import Company
from pipelines.loop.evidence import Evidence
from pipelines.loop.guesses import Accepting, Risk
from pipelines.loop.oracle import oracle
from pipelines.loop.situation import Policy, Situation
from pipelines.market.catalogue import NOTHING
from pipelines.market.truth import expected

NAMES = ("nothing", "random", "best single offer", "risk", "overdue", "acceptance", "oracle")


@pytest.fixture(scope="module")
def policies(company: Company, known: Evidence) -> Mapping[str, Policy]:
    return {**baselines(known, seed=1), "oracle": oracle(company)}


@pytest.fixture
def now(company: Company) -> Situation:
    return Situation(24, company.seen(), company.allowed(), 60.0)


def test_these_are_the_policies(policies: Mapping[str, Policy]) -> None:
    assert tuple(policies) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_policy_does_what_is_allowed_and_the_same_when_asked_again(
    name: str, policies: Mapping[str, Policy], now: Situation
) -> None:
    action = policies[name](now)
    made = np.flatnonzero(action != NOTHING)
    assert now.allowed[made, action[made]].all()
    assert np.array_equal(action, policies[name](now))
    assert (len(made) > 0) == (name != "nothing")
    assert (policies[name](replace(now, money=0.0)) == NOTHING).sum() >= len(action) - (action != NOTHING).sum()


@pytest.mark.parametrize("name", ["random", "best single offer", "risk", "overdue"])
def test_the_money_is_spent_but_for_less_than_an_offer(
    name: str, policies: Mapping[str, Policy], known: Evidence, now: Situation
) -> None:
    action = policies[name](now)
    spent = np.append(known.spending(), 0.0)[action].sum()
    assert now.money - known.spending().max() <= spent <= now.money


@pytest.mark.parametrize("name", ["best single offer", "risk", "overdue"])
def test_one_action_for_all_is_the_one_that_gained_most(
    name: str, policies: Mapping[str, Policy], known: Evidence, now: Situation
) -> None:
    assert set(policies[name](now)) == {NOTHING, known.gain().argmax()}


@pytest.mark.parametrize("name", ["random", "best single offer"])
def test_chance_is_another_every_week(name: str, policies: Mapping[str, Policy], now: Situation) -> None:
    assert not np.array_equal(policies[name](now), policies[name](replace(now, week=25)))


def test_who_is_at_risk_comes_first(policies: Mapping[str, Policy], known: Evidence, now: Situation) -> None:
    for name, by in (("risk", Risk(known)(now.seen)), ("overdue", overdue(now.seen))):
        could = now.allowed[:, known.gain().argmax()]
        made = policies[name](now) != NOTHING
        assert by[made].min() >= by[could & ~made].max()


def test_the_likeliest_action_of_the_likeliest_customers(
    policies: Mapping[str, Policy], known: Evidence, now: Situation
) -> None:
    p = np.where(now.allowed, Accepting(known)(now.seen), -1.0)
    action = policies["acceptance"](now)
    made = action != NOTHING
    assert np.array_equal(action[made], p[made].argmax(axis=1))
    assert p[made].max(axis=1).min() >= p[~made].max()


def test_nobody_is_contacted_where_nothing_is_allowed(policies: Mapping[str, Policy], now: Situation) -> None:
    closed = replace(now, allowed=np.zeros_like(now.allowed))
    assert {name: int((policies[name](closed) != NOTHING).sum()) for name in NAMES} == dict.fromkeys(NAMES, 0)


def test_the_oracle_earns_most_in_expectation(company: Company, policies: Mapping[str, Policy], now: Situation) -> None:
    truth = expected(company.market.traits, company.market.since(24))
    profit = np.column_stack([truth.profit, np.zeros(company.customers)])
    bound = {name: profit[np.arange(company.customers), policies[name](now)].sum() for name in NAMES}
    assert max(bound, key=bound.get) == "oracle"  # type: ignore[arg-type]
    spent = truth.accepts * company.catalogue.cost + company.catalogue.contact_cost
    action = policies["oracle"](now)
    made = np.flatnonzero(action != NOTHING)
    assert 0.95 * now.money < spent[made, action[made]].sum() <= now.money
