"""The policy's fallback: what is made where nothing else may be, and in which arms."""

from __future__ import annotations

from dataclasses import replace

import pytest

from decisioning.arbitration import UNKNOWN_EFFECT, Effect
from decisioning.arms import Arm
from decisioning.budgets import Budget
from decisioning.candidates import NOTHING
from decisioning.decide import decide
from decisioning.exploration import Exploration
from tests.decisioning.four_actions import GREEDY, HARMS, keys, on, rng

STANDS_IN = replace(GREEDY, fallback=("loss", "sms"), exploration=Exploration(epsilon=0.5, floor=0.1))
MONEY = Budget("money", "money", 9.0)


def test_a_fallback_is_made_with_certainty() -> None:
    decision = decide(replace(on(STANDS_IN), index=(3,)), [0.1], rng())
    assert [(slot.candidate.key, slot.selection_probability) for slot in decision.chosen] == [(("loss", "sms"), 1.0)]
    assert decision.fallback


@pytest.mark.parametrize(
    ("rules", "left", "effects", "stages"),
    [
        # Coupons cost 1, a gift 2, and the loss leader 3: at half a chance .5, 1 and 1.5.
        ({"budgets": (replace(MONEY, kind="discount"), replace(MONEY, name="gifts", channel="email"))},
         {"money": 0.5, "gifts": 0.5}, (), {"budget"}),
        ({"do_not_disturb": "certain"}, {}, (HARMS, HARMS, HARMS, UNKNOWN_EFFECT), {"do_not_disturb"}),
        ({"do_not_disturb": "certain", "budgets": (replace(MONEY, channel="email"),)}, {"money": 0.5},
         (UNKNOWN_EFFECT, HARMS, HARMS, UNKNOWN_EFFECT), {"do_not_disturb", "budget"}),
    ],
)  # fmt: skip
def test_a_fallback_stands_in_where_scores_leave_no_other_offer(
    rules: dict[str, object], left: dict[str, float], effects: tuple[Effect, ...], stages: set[str]
) -> None:
    listed = on(replace(STANDS_IN, **rules), left=left)  # type: ignore[arg-type]
    decision = decide(listed, [0.5] * 4, rng(), effects=effects or None, item_count=2)
    assert (decision.fallback, keys(decision)) == (True, [("loss", "sms")])
    assert decision.chosen[0].selection_probability == 1.0
    assert {one.stage for one in decision.filtered[1:]} == stages
    without = decide(
        on(replace(STANDS_IN, fallback=None, **rules), left=left), [0.5] * 4, rng(), effects=effects or None
    )  # type: ignore[arg-type]
    assert not without.fallback
    assert {ranked.candidate.key for ranked in without.ranked} == {("", ""), ("loss", "sms")}


@pytest.mark.parametrize(
    ("rules", "left", "effects", "expected"),
    [
        # One other offer is left, though it is worth less than nothing: nothing is made.
        ({"contact_costs": {"email": 9.0, "sms": 9.0}, "budgets": (replace(MONEY, kind="discount"),)},
         {"money": 0.5}, (), {("gift", "email")}),
        # The fallback would drive the customer away, or needs more than there is.
        ({"do_not_disturb": "certain"}, {}, (HARMS,) * 4, set()),
        ({"budgets": (MONEY,)}, {"money": 0.5}, (), set()),
    ],
)  # fmt: skip
def test_a_fallback_is_an_offer_like_any_other(
    rules: dict[str, object], left: dict[str, float], effects: tuple[Effect, ...], expected: set[tuple[str, str]]
) -> None:
    even = replace(STANDS_IN, exploration=Exploration(), **rules)  # type: ignore[arg-type]
    decision = decide(on(even, left=left), [0.5] * 4, rng(), effects=effects or None)
    assert (decision.fallback, keys(decision)) == (False, [("", "")])
    assert {ranked.candidate.key for ranked in decision.ranked} - {("", ""), ("loss", "sms")} == expected


def test_a_fallback_that_budgets_lack_leaves_nothing() -> None:
    rules = replace(STANDS_IN, budgets=(MONEY,))
    decision = decide(replace(on(rules, left={"money": 1.0}), index=(3,)), [0.1], rng())
    assert [(slot.candidate, slot.selection_probability) for slot in decision.chosen] == [(NOTHING, 1.0)]
    assert decision.filtered[-1].stage == "budget"


@pytest.mark.parametrize("arm", ["policy", "random", "acceptance", "no_levers"])
def test_a_fallback_is_made_in_every_arm_that_treats(arm: Arm) -> None:
    listed = replace(on(replace(STANDS_IN, exploration=Exploration("thompson", 0.5)), arm), index=(3,))
    decision = decide(listed, [0.1], rng(), item_count=3)
    assert [(slot.candidate.key, slot.selection_probability) for slot in decision.chosen] == [(("loss", "sms"), 1.0)]
