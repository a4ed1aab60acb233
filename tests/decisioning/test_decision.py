"""A decision in terms that are logged: by rank, and what is done."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from decisioning.arbitration import UNKNOWN_EFFECT, Effect, Lever, Preference
from decisioning.arms import Arm
from decisioning.budgets import Budget, Prices
from decisioning.candidates import NOTHING
from decisioning.decide import decide
from decisioning.decision import NO_FACTORS, Decision, Factors, Ranked
from decisioning.exploration import Exploration
from decisioning.menu import Menu
from decisioning.offers import Offer
from decisioning.policy import PolicyRules
from decisioning.shortlist import Shortlist

COUPON = Offer("coupon", "Coupon", "discount", cost=1.0, value=5.0, channels=("email",))
GIFT = Offer("gift", "Gift", "gift", cost=2.0, value=4.0, channels=("sms",))
KNOWN = Effect(0.125, 0.0625, 0.25, "randomised", 3.0, 2.0, 4.0)


def made(
    effects: tuple[Effect, ...] = (UNKNOWN_EFFECT, KNOWN),
    arm: Arm = "policy",
    at_stake: float | None = 16.0,
    rules: PolicyRules = PolicyRules(exploration=Exploration(epsilon=0.3)),  # noqa: B008 frozen
) -> Decision:
    listed = Shortlist(Menu.of([COUPON, GIFT], rules, Prices("1", {"money": 0.5})), arm, (0, 1), (), {}, "sms")
    return decide(listed, [0.5, 0.25], np.random.default_rng(0), item_count=2, value_at_stake=at_stake, effects=effects)


def test_every_term_is_told() -> None:
    rules = PolicyRules(
        contact_costs={"sms": 0.25},
        levers=(Lever(1.5, kind="gift"),),
        preference=Preference("prefers", 0.75),
        budgets=(Budget("money", "money", 9.0),),
    )
    assert made(rules=rules).ranked[0].factors == Factors(
        p_accept=0.25,
        uplift=0.125,
        uplift_low=0.0625,
        uplift_high=0.25,
        evidence="randomised",
        value_at_stake=16.0,
        margin=4.0,
        cost=2.0,
        contact_cost=0.25,
        lever=1.5,
        preference=0.75,
        shadow_cost=1.125,  # .5 x (.25 + 2)
        net_value=3.375,  # .125 x 16 + .25 x (4 - 2) - .25 + 1.5 + .75 - 1.125
        effect_value=2.0,
        margin_uplift=3.0,
        margin_uplift_low=2.0,
        margin_uplift_high=4.0,
    )


def test_where_the_margin_is_in_the_effect_it_is_told_all_the_same() -> None:
    factors = made(rules=PolicyRules(effect_on="margin")).ranked[0].factors
    assert (factors.margin, factors.effect_value, factors.net_value) == (4.0, 3.0, 2.5)  # 3 - .25 x 2


def test_what_is_not_known_is_none() -> None:
    factors = made(at_stake=None).ranked[0].factors
    assert (factors.p_accept, factors.value_at_stake, factors.effect_value, factors.uplift) == (0.5, None, None, None)


def test_every_candidate_has_its_rank_and_probability() -> None:
    decision = made()
    assert [(one.candidate.key, one.rank) for one in decision.ranked] == [
        (("gift", "sms"), 1),
        (("coupon", "email"), 2),
        (("", ""), 3),
    ]
    assert [one.selection_probability for one in decision.ranked] == pytest.approx([0.8, 0.1, 0.1])
    assert decision.index.tolist() == [1, 0, -1]


def test_nothing_has_no_factors() -> None:
    assert made().ranked[-1] == Ranked(NOTHING, NO_FACTORS, 3, pytest.approx(0.1))
    assert made().candidate(2) is NOTHING


def test_what_is_chosen_is_ranked_too() -> None:
    decision = made()
    assert decision.chosen == tuple(decision.ranked[place] for place in decision.slots)
    assert [one.candidate.key[0] for one in decision.chosen] == ["gift", "coupon"]


@pytest.mark.parametrize(
    ("effects", "arm", "at_stake", "expected"),
    [
        ((UNKNOWN_EFFECT, KNOWN), "policy", 16.0, "uplift"),  # one is enough
        ((UNKNOWN_EFFECT, UNKNOWN_EFFECT), "policy", 16.0, "acceptance"),
        ((KNOWN, KNOWN), "policy", None, "acceptance"),
        ((KNOWN, KNOWN), "no_levers", 16.0, "uplift"),
        ((KNOWN, KNOWN), "acceptance", 16.0, "acceptance"),  # its rule asks for none
    ],
)
def test_what_the_order_rests_on(effects: tuple[Effect, ...], arm: Arm, at_stake: float | None, expected: str) -> None:
    assert made(effects, arm, at_stake).ranked_by == expected


def test_a_decision_is_frozen() -> None:
    with pytest.raises(FrozenInstanceError, match="slots"):
        made().slots = (0,)  # type: ignore[misc]
