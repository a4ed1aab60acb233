"""Why one candidate comes before another, as differences of terms."""

from __future__ import annotations

from math import isinf

import pytest
from hypothesis import given

from decisioning.arbitration import Effect, Lever
from decisioning.candidates import NOTHING
from decisioning.changes import Inputs
from decisioning.comparisons import ORDER, comparisons, terms
from decisioning.policy import PolicyRules
from tests.decisioning.asked import COUPON, GIFT, asked, inputs

UP = Effect(0.02, 0.01, 0.03, "randomised")


def test_each_term_of_the_difference() -> None:
    rules = PolicyRules(contact_costs={"sms": 0.5}, levers=(Lever(0.25, kind="gift"),))
    against = comparisons(inputs(rules=rules, effects=[UP, UP]).decided())
    assert [one.other.key for one in against] == [("gift", "sms"), ("", "")]
    gift, nothing = against
    # coupon: 2 + .5 x (5 - 1) = 4; gift: 2 + .25 x (9 - 2) - .5 + .25 = 3.5
    assert gift.by == pytest.approx(0.5)
    assert gift.terms == pytest.approx(
        {
            "effect": 0.0,
            "margin": 0.25,
            "cost": 0.0,
            "contact_cost": 0.5,
            "lever": -0.25,
            "preference": 0.0,
            "shadow_cost": 0.0,
        }
    )
    assert (gift.mostly, nothing.mostly) == ("contact_cost", "margin")
    assert (nothing.other, nothing.by) == (NOTHING, pytest.approx(4.0))


def test_without_levers_there_is_no_such_term() -> None:
    rules = PolicyRules(levers=(Lever(9.0, kind="gift"),))
    gift, _ = comparisons(inputs(rules=rules, arm="no_levers").decided())
    assert gift.by == pytest.approx(2.0 - 1.75)
    assert "lever" not in gift.terms


def test_where_acceptance_ranks_it_is_the_only_term_and_nothing_is_last_whatever_it_is() -> None:
    gift, nothing = comparisons(inputs(arm="acceptance").decided())
    assert (gift.by, gift.terms, gift.mostly) == (0.25, {"p_accept": 0.25}, "p_accept")
    assert (nothing.other, nothing.by, nothing.terms) == (NOTHING, None, {})


def test_a_tie_is_settled_by_the_order_of_names() -> None:
    nothing, gift = comparisons(inputs([COUPON, GIFT], [0.0, 0.0]).decided())
    assert (nothing.by, nothing.mostly) == (0.0, ORDER)
    assert (gift.other.key, gift.by, gift.mostly) == (("gift", "sms"), 0.0, ORDER)


@pytest.mark.parametrize("made", [inputs(arm="random"), inputs([COUPON], [0.5], fallback=True)])
def test_where_no_number_decides_there_is_nothing_to_compare(made: Inputs) -> None:
    assert comparisons(made.decided()) == ()


@given(asked(("policy", "no_levers", "acceptance")))
def test_terms_sum_to_what_ranks(made: Inputs) -> None:
    decision = made.decided()
    for place, ranked in enumerate(decision.ranked):
        found = terms(decision, place)
        expected = ranked.factors.net_value - (ranked.factors.lever if decision.arm == "no_levers" else 0.0)
        if decision.arm == "acceptance":
            assert isinf(found["p_accept"]) or found["p_accept"] == ranked.factors.p_accept
        else:
            assert sum(found.values()) == pytest.approx(expected, abs=1e-9)
    for one in comparisons(decision):
        assert one.by is None or one.by >= -1e-9
