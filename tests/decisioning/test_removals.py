"""What scores forbid: who is better left alone, and what budgets lack."""

from __future__ import annotations

from dataclasses import replace

import pytest

from decisioning.arbitration import UNKNOWN_EFFECT, Effect, Lever
from decisioning.arms import Arm
from decisioning.budgets import Budget
from decisioning.decide import decide
from decisioning.shortlist import Filtered
from tests.decisioning.four_actions import GREEDY, HARMS, P_ACCEPT, keys, on, rng

NAN = float("nan")
DOUBTFUL = Effect(-0.1, -0.2, 0.05, "randomised")
ON_MARGIN = Effect(None, None, None, "randomised", -1.0, -2.0, -0.5)


@pytest.mark.parametrize(
    ("careful", "effect", "arm", "left_alone"),
    [
        ("certain", HARMS, "policy", True),
        ("certain", DOUBTFUL, "policy", False),
        ("likely", DOUBTFUL, "policy", True),
        ("off", HARMS, "policy", False),
        ("certain", ON_MARGIN, "policy", True),  # where the uplift is not known, that on margin
        ("certain", UNKNOWN_EFFECT, "policy", False),
        ("certain", HARMS, "no_levers", True),
        ("certain", HARMS, "random", False),  # arms that ask no model of effects
        ("certain", HARMS, "acceptance", False),
    ],
)
def test_who_would_be_driven_away_is_not_disturbed(careful: str, effect: Effect, arm: Arm, left_alone: bool) -> None:
    rules = replace(GREEDY, do_not_disturb=careful, levers=(Lever(99.0, offer_id="gift"),))
    effects = [UNKNOWN_EFFECT, UNKNOWN_EFFECT, effect, UNKNOWN_EFFECT]
    decision = decide(on(rules, arm), P_ACCEPT, rng(), effects=effects)
    removed = [(one.offer_id, one.stage) for one in decision.filtered[1:]]
    assert removed == ([("gift", "do_not_disturb")] if left_alone else [])
    assert ("gift", "email") not in keys(decision) or not left_alone


@pytest.mark.parametrize(
    ("careful", "effect", "reason"),
    [
        ("certain", HARMS, "better left alone: uplift -0.1 (-0.2 to -0.05)"),
        ("certain", ON_MARGIN, "better left alone: margin uplift -1 (-2 to -0.5)"),
        ("likely", Effect(-0.1, None, None, "observational"), "better left alone: uplift -0.1"),
        ("certain", Effect(-0.1, None, None, "observational"), None),  # how sure is not known
        ("certain", Effect(NAN, NAN, NAN, "randomised"), None),  # nothing is known
        ("likely", Effect(NAN, NAN, NAN, "randomised"), None),
        ("likely", Effect(0.0, -0.1, 0.1, "randomised"), None),
    ],
)
def test_why_somebody_is_left_alone(careful: str, effect: Effect, reason: str | None) -> None:
    rules = replace(GREEDY, do_not_disturb=careful)
    decision = decide(on(rules), P_ACCEPT, rng(), effects=[effect, *[UNKNOWN_EFFECT] * 3])
    assert [one.reason for one in decision.filtered[1:]] == ([reason] if reason else [])


def test_of_two_reasons_the_effect_comes_first() -> None:
    rules = replace(GREEDY, do_not_disturb="certain", budgets=(Budget("money", "money", 9.0),))
    decision = decide(on(rules, left={"money": 0.0}), P_ACCEPT, rng(), effects=[UNKNOWN_EFFECT] * 3 + [HARMS])
    assert [(one.offer_id, one.stage) for one in decision.filtered[1:]] == [
        ("loss", "do_not_disturb"),
        ("coupon", "budget"),
        ("coupon", "budget"),
        ("gift", "budget"),
    ]


@pytest.mark.parametrize(
    ("left", "filtered", "expected"),
    [
        ({"money": 9.0}, [], [("coupon", "email"), ("gift", "email")]),  # full: 1 and 2
        ({"money": 2.5}, ["loss"], [("coupon", "email")]),  # both together are too much
        ({"money": 1.0}, ["gift", "loss"], [("coupon", "email")]),
        ({"money": 0.0}, ["coupon", "coupon", "gift", "loss"], [("", "")]),
        ({"money": -3.0}, ["coupon", "coupon", "gift", "loss"], [("", "")]),  # less than is committed already
        ({"money": NAN}, ["coupon", "coupon", "gift", "loss"], [("", "")]),  # what is no number is nothing
        ({}, [], [("coupon", "email"), ("gift", "email")]),  # not asked about
    ],
)
def test_budgets_stop_what_they_lack(
    left: dict[str, float], filtered: list[str], expected: list[tuple[str, str]]
) -> None:
    rules = replace(GREEDY, budgets=(Budget("money", "money", 9.0),))
    decision = decide(on(rules, left=left), P_ACCEPT, rng(), item_count=2)
    assert [one.offer_id for one in decision.filtered[1:]] == filtered
    assert {one.stage for one in decision.filtered[1:]} <= {"budget"}
    assert keys(decision) == expected
    costs = {"coupon": 1.0, "gift": 2.0, "": 0.0}
    assert sum(decision.uses.values()) == sum(costs[offer_id] for offer_id, _ in expected)


def test_what_uses_no_budget_is_made_where_one_is_overdrawn() -> None:
    rules = replace(GREEDY, budgets=(Budget("mails", "contacts", 9.0, channel="email"),))
    decision = decide(on(rules, left={"mails": -3.0}), P_ACCEPT, rng(), item_count=2)
    assert (keys(decision), decision.uses) == ([("coupon", "sms")], {})


def test_a_budget_says_what_is_left_and_what_is_needed() -> None:
    rules = replace(GREEDY, budgets=(Budget("money", "money", 9.0, counts="expected"),))
    decision = decide(on(rules, left={"money": 1.2}), P_ACCEPT, rng())
    assert decision.filtered[1:] == (
        Filtered("gift", "email", "budget", "money: 1.20 left of 9.00, 1.50 needed"),
        Filtered("loss", "sms", "budget", "money: 1.20 left of 9.00, 1.50 needed"),
    )
