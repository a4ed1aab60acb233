"""Decisions: who comes first, by which rule, and what does not decide."""

from __future__ import annotations

from dataclasses import replace
from math import fsum

import numpy as np
import pytest

from decisioning.arbitration import UNKNOWN_EFFECT, Effect, EffectOn, Lever, Preference
from decisioning.arms import Arm
from decisioning.budgets import Budget, Prices
from decisioning.candidates import NOTHING
from decisioning.decide import decide
from decisioning.exploration import Exploration, decision_rng
from decisioning.shortlist import Shortlist
from tests.decisioning.four_actions import GREEDY, LATE, P_ACCEPT, keys, on, rng


def test_golden_decision() -> None:
    rules = replace(
        GREEDY, exploration=Exploration(epsilon=0.25), contact_costs={"sms": 0.5}, levers=(Lever(1.0, offer_id="gift"),)
    )
    decision = decide(on(rules), P_ACCEPT, decision_rng(7, "d-1"), item_count=2, value_at_stake=40.0)
    assert [(*r.candidate.key, r.factors.net_value, r.rank) for r in decision.ranked] == [
        ("gift", "email", 2.5, 1),
        ("coupon", "email", 2.0, 2),
        ("coupon", "sms", 0.5, 3),
        ("", "", 0.0, 4),
        ("loss", "sms", -1.5, 5),
    ]
    assert [r.selection_probability for r in decision.ranked] == pytest.approx([0.8, 0.05, 0.05, 0.05, 0.05])
    assert decision.chosen == decision.ranked[:2]
    assert (decision.arm, decision.ranked_by, decision.filtered) == ("policy", "acceptance", (LATE,))
    assert {r.factors.value_at_stake for r in decision.ranked[:3]} == {40.0}


@pytest.mark.parametrize(
    ("listed", "p_accept"),
    [
        (replace(on(GREEDY), index=()), []),  # nobody survived
        (replace(on(GREEDY), index=()), None),
        (on(GREEDY), None),  # no model answers
        (on(GREEDY), [0.0, 0.0, 0.0, 0.0]),  # no gain: doing nothing wins ties
    ],
)
def test_nothing_is_the_answer(listed: Shortlist, p_accept: list[float] | None) -> None:
    decision = decide(listed, p_accept, rng())
    assert [(slot.candidate, slot.rank, slot.selection_probability) for slot in decision.chosen] == [(NOTHING, 1, 1.0)]
    assert decision.filtered == listed.filtered
    assert decision.uses == {}


def test_in_the_holdout_nothing_is_certain_however_much_is_explored() -> None:
    held = on(replace(GREEDY, exploration=Exploration(epsilon=1.0, floor=0.5)), "holdout")
    decision = decide(held, [], rng(), item_count=3)
    assert decision.arm == "holdout"
    assert [(slot.candidate, slot.selection_probability) for slot in decision.chosen] == [(NOTHING, 1.0)]


@pytest.mark.parametrize(
    ("gift", "expected", "ranked_by"),
    [
        (UNKNOWN_EFFECT, ("coupon", "email"), "acceptance"),
        (Effect(0.25, 0.0, 0.5, "observational"), ("gift", "email"), "uplift"),  # 1.5 + .25 x 10
        (Effect(-0.25, -0.5, 0.0, "randomised"), ("coupon", "email"), "uplift"),
    ],
)
def test_an_effect_with_evidence_counts(gift: Effect, expected: tuple[str, str], ranked_by: str) -> None:
    effects = [UNKNOWN_EFFECT, UNKNOWN_EFFECT, gift, UNKNOWN_EFFECT]
    decision = decide(on(GREEDY), P_ACCEPT, rng(), value_at_stake=10.0, effects=effects)
    assert keys(decision) == [expected]
    assert decision.ranked_by == ranked_by


@pytest.mark.parametrize(
    ("effect_on", "at_stake", "expected", "ranked_by"),
    [
        ("retention", 10.0, ("gift", "email"), "uplift"),  # 1.5 + .25 x 10 against 2 - .25 x 10
        ("margin", 10.0, ("coupon", "sms"), "uplift"),  # 9 - .25 x 1, as fewer accept, against 1 - .75 x 2
        ("margin", None, ("coupon", "sms"), "uplift"),
        ("retention", None, ("coupon", "email"), "acceptance"),  # no value at stake: the effect counts for nothing
    ],
)
def test_the_policy_says_which_effect_counts(
    effect_on: EffectOn, at_stake: float | None, expected: tuple[str, str], ranked_by: str
) -> None:
    coupon = Effect(-0.25, -0.5, 0.0, "randomised", 9.0, 8.0, 10.0)
    gift = Effect(0.25, 0.0, 0.5, "randomised", 1.0, 0.0, 2.0)
    effects = [coupon, coupon, gift, UNKNOWN_EFFECT]
    rules = replace(GREEDY, effect_on=effect_on)
    decision = decide(on(rules), P_ACCEPT, rng(), value_at_stake=at_stake, effects=effects)
    assert (keys(decision), decision.ranked_by) == ([expected], ranked_by)


def test_where_every_effect_is_harmful_nobody_is_disturbed() -> None:
    harmful = Effect(-0.25, -0.5, -0.1, "randomised")
    decision = decide(on(GREEDY), P_ACCEPT, rng(), item_count=3, value_at_stake=100.0, effects=[harmful] * 4)
    assert keys(decision) == [("", "")]
    assert [slot.factors.net_value for slot in decision.ranked] == [0.0, -23.0, -23.5, -24.0, -26.0]


NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize("at_stake", [NAN, INF, -INF])
def test_a_value_that_is_no_number_does_not_decide(at_stake: float) -> None:
    with pytest.raises(ValueError, match=f"value_at_stake is {at_stake}; a finite number is allowed"):
        decide(on(GREEDY), P_ACCEPT, rng(), value_at_stake=at_stake)


@pytest.mark.parametrize("count", [0, 3, 5])
def test_effects_are_one_per_candidate(count: int) -> None:
    with pytest.raises(ValueError, match=f"{count} effects given for 4 candidates; one each is allowed"):
        decide(on(GREEDY), P_ACCEPT, rng(), effects=[UNKNOWN_EFFECT] * count)


@pytest.mark.parametrize(
    ("p_accept", "item_count", "message"),
    [
        ([0.5], 1, r"1 p_accept given for 4 candidates; one each is allowed"),
        ([0.5, 0.5, 0.5, 1.5], 1, r"p_accept 1\.5 given; 0 to 1 is allowed"),
        ([0.5, -0.1, 0.5, 0.5], 1, r"p_accept -0\.1 given; 0 to 1 is allowed"),
        ([0.5, float("nan"), 0.5, 0.5], 1, r"p_accept nan given; 0 to 1 is allowed"),
        (P_ACCEPT, 0, r"item_count is 0; at least 1 is allowed"),
    ],
)
def test_a_doubtful_number_does_not_decide(p_accept: list[float], item_count: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        decide(on(GREEDY), p_accept, rng(), item_count=item_count)


def test_without_a_model_of_acceptance_effects_decide_nothing() -> None:
    assert keys(decide(on(GREEDY), None, rng(), effects=[UNKNOWN_EFFECT] * 4)) == [("", "")]


def test_numbers_of_numpy_leave_as_plain_floats() -> None:
    decision = decide(on(GREEDY), np.array(P_ACCEPT), rng())
    assert {type(value) for r in decision.ranked for value in (r.factors.p_accept, r.factors.net_value)} == {float}


@pytest.mark.parametrize(
    ("arm", "expected", "probabilities"),
    [
        # Net values 2, 1, 3.5 with its lever, -1 and 0; nothing is explored but in the arm that draws at random.
        ("policy", [("gift", "email"), ("coupon", "email"), ("coupon", "sms"), ("", ""), ("loss", "sms")], 1.0),
        ("no_levers", [("coupon", "email"), ("gift", "email"), ("coupon", "sms"), ("", ""), ("loss", "sms")], 1.0),
        ("acceptance", [("gift", "email"), ("coupon", "email"), ("loss", "sms"), ("coupon", "sms"), ("", "")], 1.0),
        ("random", [("gift", "email"), ("coupon", "email"), ("coupon", "sms"), ("", ""), ("loss", "sms")], 0.2),
        ("holdout", [("", "")], 1.0),
    ],
)
def test_every_arm_has_its_rule(arm: Arm, expected: list[tuple[str, str]], probabilities: float) -> None:
    rules = replace(GREEDY, levers=(Lever(2.0, offer_id="gift"),))
    decision = decide(on(rules, arm), [] if arm == "holdout" else P_ACCEPT, rng())
    assert [ranked.candidate.key for ranked in decision.ranked] == expected
    assert decision.ranked[0].selection_probability == pytest.approx(probabilities)
    assert (decision.ranked_by == "acceptance") is True  # as no effect is known


def test_with_nothing_but_nothing_thompson_sampling_is_certain() -> None:
    rules = replace(GREEDY, exploration=Exploration("thompson", 0.2, 0.1))
    decision = decide(replace(on(rules), index=()), [], rng(), item_count=2)
    assert [(slot.candidate, slot.selection_probability) for slot in decision.chosen] == [(NOTHING, 1.0)]


def test_shadow_prices_turn_a_choice() -> None:
    rules = replace(GREEDY, budgets=(Budget("mails", "contacts", 9.0, channel="email"),))
    decision = decide(on(rules, prices=Prices("1", {"mails": 1.5})), P_ACCEPT, rng())
    assert [(ranked.candidate.key, ranked.factors.net_value) for ranked in decision.ranked[:3]] == [
        (("coupon", "sms"), 1.0),
        (("coupon", "email"), 0.5),
        (("", ""), 0.0),
    ]
    assert decision.ranked[1].factors.shadow_cost == 1.5


def test_a_preferred_channel_is_worth_more() -> None:
    rules = replace(GREEDY, preference=Preference("prefers", 1.5))
    decision = decide(on(rules, preferred="sms"), P_ACCEPT, rng())
    assert keys(decision) == [("coupon", "sms")]
    assert decision.chosen[0].factors.preference == 1.5


def test_thompson_sampling_explores_where_effects_are_doubtful() -> None:
    rules = replace(GREEDY, effect_on="margin", exploration=Exploration("thompson", members=200, seed=3))
    sure, doubtful = (Effect(None, None, None, "randomised", 3.0, 3.0 - w, 3.0 + w) for w in (0.01, 4.0))
    effects = [sure, UNKNOWN_EFFECT, doubtful, UNKNOWN_EFFECT]
    decision = decide(on(rules), P_ACCEPT, rng(), effects=effects)
    probability = {r.candidate.key: r.selection_probability for r in decision.ranked}
    assert fsum(probability.values()) == pytest.approx(1.0)
    assert 0.1 < probability["gift", "email"] < 0.5  # 1.5 +- 2.4 against 2.5
    assert (np.array(list(probability.values())) * 200 % 1 < 1e-9).all()  # whole members
