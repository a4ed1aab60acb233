"""Policies held against a workspace, and against each other."""

from __future__ import annotations

import pytest

from configs.errors import ConfigError
from pipelines.policy import Difference, check, differences
from pipelines.session import Session
from tests.serving.fakes import arms, rules

OFFER = {"offer_id": "gift", "kind": "A", "cost": 2.0, "channels": ["email"]}


def test_a_policy_that_holds_says_what_it_does(session: Session) -> None:
    budget = {"name": "money", "of": "money", "limit": 100.0, "period_days": 7}
    found = check(session, rules(arms=arms(holdout=0.1), offers=[OFFER], budgets=[budget]))
    assert found.lines == (
        "policy test-1: 1 offers, 1 actions, and nothing",
        "arms: policy 90.0%, holdout 10.0%, random 0.0%, acceptance 0.0%, no_levers 0.0%",
        "explores by epsilon, epsilon 0, no candidate below 0",
        "budget money: 100.00 of money every 7 days",
        "net values count the effect on retention; do not disturb: off",
    )
    assert "nobody is in the arm random: what it would measure cannot be told" in found.warnings
    assert "nothing is explored: no other policy can be judged on what this one logs" in found.warnings


def test_every_problem_is_named_at_once(session: Session) -> None:
    policy = rules(
        offers=[{**OFFER, "eligibility": "customer.agee > 3.0 && offer.costs < 2.0"}],
        levers=[{"offer_id": "gifft", "amount": 1.0}, {"kind": "Z", "amount": 1.0}],
        budgets=[{"name": "b", "of": "units", "limit": 1.0, "offer_id": "other"}],
        caps=[{"scope": "offer", "name": "gone", "max_contacts": 1, "window_days": 7}],
        fallback={"offer_id": "gift", "channel": "sms"},
        channel_preference={"attribute": "prefers", "amount": 1.0},
    )
    with pytest.raises(ConfigError, match="policy test-1: 8 problem") as raised:
        check(session, policy)
    assert raised.value.details == (
        "fallback: gift is not made by sms; email are",
        "levers[0]: offer 'gifft' is not in the catalogue; did you mean 'gift'?",
        "levers[1]: no offer is of kind 'Z'",
        "budgets[b]: offer 'other' is not in the catalogue",
        "caps[0]: offer 'gone' is not in the catalogue",
        "offers[gift].eligibility: customer.agee is unknown",
        "offers[gift].eligibility: offer.costs is unknown; did you mean offer.cost?",
        "channel_preference.attribute: customer.prefers is unknown",
    )


@pytest.mark.parametrize("name", ["plan", "profile__plan", "purchases__spend_56d", "recency__purchase_days"])
def test_an_expression_may_ask_what_a_customer_has(session: Session, name: str) -> None:
    assert check(session, rules(offers=[{**OFFER, "eligibility": f"customer.{name} != null"}]))


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("recency__purchase_day", "; did you mean customer.recency__purchase_days?"),
        ("recency__renewal_days", ""),  # of subscriptions, which this company does not sell
        ("offers__kind", ""),  # of an offer
    ],
)
def test_an_expression_may_not_ask_what_nobody_has(session: Session, name: str, meant: str) -> None:
    with pytest.raises(ConfigError) as raised:
        check(session, rules(offers=[{**OFFER, "eligibility": f"has(customer.{name})"}]))
    [problem] = raised.value.details
    assert problem.startswith(f"offers[gift].eligibility: customer.{name} is unknown{meant}")


def test_differences_go_by_what_names_them() -> None:
    before = rules(offers=[OFFER], levers=[{"kind": "A", "amount": 1.0}])
    after = rules(version="test-2", offers=[{**OFFER, "cost": 3.0}], levers=[{"kind": "A", "amount": 2.0}])
    assert differences(before, after) == (
        Difference("version", "test-1", "test-2"),
        Difference("levers[0].amount", "1.0", "2.0"),
        Difference("offers[gift].cost", "2.0", "3.0"),
    )
    assert differences(before, before) == ()


def test_what_is_new_or_gone_is_a_difference() -> None:
    found = differences(rules(), rules(budgets=[{"name": "b", "of": "money", "limit": 0.0}]))
    assert Difference("budgets[b].limit", "-", "0.0") in found


def test_a_budget_of_nothing_is_doubted(session: Session) -> None:
    budgets = [
        {"name": "b", "of": "money", "limit": 0.0},
        {"name": "c", "of": "contacts", "limit": 1, "channel": "phone"},
    ]
    found = check(session, rules(offers=[OFFER], budgets=budgets))
    assert "budget b is 0: nothing that it covers is ever made" in found.warnings
    assert "budget c covers no action" in found.warnings
