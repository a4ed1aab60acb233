"""A decision answers: why this, why not that, what would flip it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from decisioning.arms import Arm
from decisioning.candidates import NOTHING
from decisioning.changes import Inputs
from decisioning.exploration import Exploration
from decisioning.policy import PolicyRules
from decisioning.questions import explain
from tests.decisioning.asked import COUPON, asked, inputs


def test_why_this_and_why_not_that() -> None:
    made = inputs()
    found = explain(made, made.decided())
    assert found.first is not None
    assert (found.first.key, found.how, found.no_flips) == (("coupon", "email"), "rule", None)
    assert [(one.other.key[0], one.mostly) for one in found.against] == [("gift", "margin"), ("", "margin")]
    assert [flip.makes for flip in found.flips] == ["lose"] * 3 + ["win"] * 6


@pytest.mark.parametrize(
    ("arm", "said"),
    [
        ("random", "drawn at random among all that may be done: no number decides"),
        ("holdout", "held out, never treated: no number decides"),
    ],
)
def test_where_no_number_decides_no_flip_exists_and_that_is_said(arm: Arm, said: str) -> None:
    made = inputs(arm=arm)
    found = explain(made, made.decided())
    assert (found.first, found.how, found.against, found.flips, found.no_flips) == (None, arm, (), (), said)


def test_what_exploration_drew_is_told_from_what_comes_first() -> None:
    made = inputs(rules=PolicyRules(exploration=Exploration(epsilon=1.0)))
    decision = replace(made.decided(), slots=(2,))
    found = explain(made, decision)
    assert found.first is not None
    assert (decision.chosen[0].candidate, found.first.key, found.how) == (NOTHING, ("coupon", "email"), "exploration")


def test_a_fallback_stands_in() -> None:
    made = inputs([COUPON], [0.0], fallback=True)
    found = explain(made, made.decided())
    assert found.first is not None
    assert (found.first.key, found.how, found.against) == (("coupon", "email"), "fallback", ())


@given(asked())
@settings(deadline=None)
def test_every_decision_can_be_asked_and_every_feasible_flip_is_verified(made: Inputs) -> None:
    found = explain(made, made.decided())
    assert all(flip.verified for flip in found.flips if flip.change is not None)
    assert bool(found.flips) is (found.no_flips is None)
