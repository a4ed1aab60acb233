"""The least change that makes another candidate come first does so, and one step less does not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from decisioning.arbitration import Effect, Lever
from decisioning.arms import Arm
from decisioning.budgets import Budget, Prices
from decisioning.changes import NOTHING_AT, Change, Inputs, changed, first
from decisioning.flips import OFS, STEPS, Flip, flips
from decisioning.policy import PolicyRules
from tests.decisioning.asked import COUPON, asked, inputs

LEVERLESS = "this arm's rule does without levers"
LIKELIER = "no probability does: it would have to be 1.125"
BY_ACCEPTANCE = "no cost does: this arm ranks by p_accept alone"
NOTHING_HAS = ("nothing costs nothing", "nothing is not accepted")
DECIDED: tuple[Arm, ...] = ("policy", "no_levers", "acceptance")


def told(made: Inputs) -> dict[tuple[str, str], tuple[object, ...]]:
    """Of each candidate's lever, cost and p_accept: the least change, or why there is none."""
    found: dict[tuple[str, str], tuple[object, ...]] = {}
    for flip in flips(made, made.decided()):
        said = flip.infeasible if flip.change is None else pytest.approx(flip.change, abs=1e-9)
        found[flip.candidate.key] = (*found.get(flip.candidate.key, ()), said)
    return found


# coupon: .5 x (5 - 1) = 2; gift: .25 x (9 - 2) = 1.75
@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (
            inputs(),
            {
                # at a tie coupon is first; gift needs .25 x (9 - c) > 2
                ("coupon", "email"): (-0.26, 0.51, -0.0626),
                ("gift", "sms"): (0.26, -1.01, 0.0358),
                ("", ""): (-2.0, *NOTHING_HAS),
            },
        ),
        (
            inputs([COUPON], [0.0]),
            {
                ("", ""): (0.01, *NOTHING_HAS),
                ("coupon", "email"): (0.01, "no cost does", 0.0001),
            },
        ),
        (
            inputs([replace(COUPON, cost=6.0)], [0.5]),
            {
                ("", ""): (0.51, *NOTHING_HAS),
                ("coupon", "email"): (0.51, -1.01, "no probability does: not even 0"),
            },
        ),
        (
            inputs([replace(COUPON, channels=("email", "sms"))], [0.5, 0.25]),
            {
                ("coupon", "email"): (-1.01, 4.0, -0.2501),
                ("coupon", "sms"): (1.01, "no cost does: it would be made on another channel", 0.2501),
                ("", ""): (-2.0, *NOTHING_HAS),
            },
        ),
        (
            inputs(arm="acceptance"),
            {
                ("coupon", "email"): (LEVERLESS, BY_ACCEPTANCE, -0.2501),
                ("gift", "sms"): (LEVERLESS, BY_ACCEPTANCE, 0.2501),
                ("", ""): (LEVERLESS, *NOTHING_HAS),
            },
        ),
        (
            inputs([COUPON], [0.125], rules=PolicyRules(contact_costs={"email": 4.5})),
            {
                ("", ""): (4.01, *NOTHING_HAS),
                ("coupon", "email"): (4.01, "would need a negative cost: -31.01", LIKELIER),
            },
        ),
        (
            inputs([COUPON], [0.1], fallback=True),
            {
                ("coupon", "email"): (
                    "the fallback is made whatever it is worth",
                    "no cost does: the fallback is made whatever it is worth",
                    "no probability does: the fallback is made whatever it is worth",
                ),
                ("", ""): (
                    "the fallback is made whatever it is worth",
                    "nothing costs nothing",
                    "nothing is not accepted",
                ),
            },
        ),
        (
            inputs(p_accept=None),
            {("", ""): ("nothing else may be done", *NOTHING_HAS)},
        ),
    ],
)  # fmt: skip
def test_by_hand(made: Inputs, expected: dict[tuple[str, str], tuple[object, ...]]) -> None:
    assert told(made) == expected


def test_a_lever_does_nothing_where_the_arm_has_none() -> None:
    found = told(inputs(arm="no_levers", rules=PolicyRules(levers=(Lever(9.0, kind="gift"),))))
    assert found["gift", "sms"] == (LEVERLESS, -1.01, 0.0358)


def test_shadow_costs_follow_a_cost_and_a_probability() -> None:
    money = Budget("money", "money", 100.0, counts="expected")
    made = inputs([COUPON], [0.5], rules=PolicyRules(budgets=(money,)), prices=Prices("1", {"money": 1.0}))
    # .5 x (5 - c) - 1 x .5 x c = 0 at c = 2.5
    assert told(made)["coupon", "email"] == (-1.5, 1.5, -0.5)
    full = inputs(
        [COUPON], [0.5], rules=PolicyRules(budgets=(replace(money, counts="full"),)), prices=Prices("1", {"money": 1.0})
    )
    # .5 x (5 - c) - 1 x c = 0 at c = 5 / 3; p x (5 - 1) - 1 = 0 at p = .25
    assert told(full)["coupon", "email"] == (-1.0, 0.67, -0.25)


def test_a_budget_that_no_longer_has_enough_dethrones_and_one_that_would_have_lets_in() -> None:
    rules = PolicyRules(budgets=(Budget("money", "money", 9.0),))
    made = inputs([COUPON], [0.5], rules=rules, left={"money": 1.5})
    assert told(made)["coupon", "email"] == (-2.0, 0.51, -0.5)
    lacking = inputs([COUPON], [0.5], rules=rules, left={"money": 0.5})
    lever, cost, p_accept = told(lacking)["coupon", "email"]
    assert (lever, cost) == ("no lever does: budgets lack what it needs", -0.5)
    assert p_accept == "no probability does: budgets lack what it needs"


def test_a_fallback_steps_back_where_a_change_lets_another_offer_in() -> None:
    """The coupon needs 1.00 of .50: the gift stands in. At .50 the coupon may be made, and is worth more."""
    rules = PolicyRules(budgets=(Budget("money", "money", 9.0, kind="discount"),), fallback=("gift", "sms"))
    found = told(inputs(rules=rules, p_accept=[0.5, 0.1], left={"money": 0.5}))
    by_worth = "the fallback is made whatever it is worth"
    assert found["coupon", "email"] == (by_worth, -0.5, "no probability does: budgets lack what it needs")
    assert found["gift", "sms"] == (by_worth, f"no cost does: {by_worth}", f"no probability does: {by_worth}")


def test_an_offer_that_loses_its_budget_leaves_the_fallback() -> None:
    rules = PolicyRules(
        budgets=(Budget("money", "money", 9.0, kind="discount"),), fallback=("gift", "sms"), contact_costs={"sms": 50.0}
    )
    made = inputs(rules=rules, p_accept=[0.5, 0.1], left={"money": 1.5})
    [cost] = [one for one in flips(made, made.decided()) if (one.candidate.key[0], one.of) == ("coupon", "cost")]
    assert cost.then is not None
    assert (cost.change, cost.then.key) == (0.51, ("gift", "sms"))  # though it is worth far less than nothing


def test_where_margin_is_the_effect_accepting_only_costs() -> None:
    effects = [Effect(None, None, None, "randomised", 2.0, 1.0, 3.0)]
    made = inputs([COUPON], [0.5], rules=PolicyRules(effect_on="margin"), effects=effects)
    # 2 - p x 1 = 0 only at p = 2
    assert told(made)["coupon", "email"] == (-1.5, 3.0, "no probability does: it would have to be 2")


def test_who_is_better_left_alone_is_not_asked_about() -> None:
    rules = PolicyRules(do_not_disturb="certain")
    harm = Effect(-0.02, -0.03, -0.01, "randomised")
    assert ("gift", "sms") not in told(inputs(rules=rules, effects=[Effect(0.0, -0.01, 0.01, "randomised"), harm]))


@pytest.mark.parametrize("arm", ["random", "holdout"])
def test_where_no_number_decides_none_is_asked_for(arm: Arm) -> None:
    made = inputs(arm=arm)
    with pytest.raises(ValueError, match=f"in the arm {arm} no number decides"):
        flips(made, made.decided())


@given(asked(DECIDED))
@settings(max_examples=300, deadline=None)
def test_every_flip_does_it_and_one_step_less_does_not(made: Inputs) -> None:
    decision = made.decided()
    leads = first(decision)
    at = {action.key: place for place, action in enumerate(decision.shortlist.menu.actions)} | {("", ""): NOTHING_AT}
    for flip in flips(made, decision):
        place = at[flip.candidate.key]
        assert flip.makes == ("lose" if place == leads else "win")
        if flip.change is None:
            assert (flip.to, flip.then, flip.verified, bool(flip.infeasible)) == (None, None, False, True)
            continue
        then = first(changed(made, Change(flip.of, place, flip.change)).decided())
        assert flip.verified
        assert flip.then is not None
        assert then == at[flip.then.key]
        assert (then == place) is (flip.makes == "win")
        smaller = first(changed(made, Change(flip.of, place, _less(flip))).decided())
        assert (smaller == place) is (flip.makes == "lose")


def _less(flip: Flip) -> float:
    """One step nearer to no change."""
    change = flip.change or 0.0
    step = 1 / STEPS[flip.of]
    return 0.0 if abs(change) <= step else round(change - (step if change > 0 else -step), 12)


@given(asked(DECIDED))
@settings(max_examples=150, deadline=None)
def test_what_is_called_infeasible_is_not_done_by_any_value(made: Inputs) -> None:
    decision = made.decided()
    leads = first(decision)
    for flip in flips(made, decision):
        place = next((n for n, one in enumerate(made.shortlist.menu.actions) if one == flip.candidate), NOTHING_AT)
        if flip.change is not None or (place == NOTHING_AT and flip.of != "lever"):
            continue
        for amount in (-300.0, -3.33, -0.51, -0.07, -0.01, 0.01, 0.07, 0.51, 3.33, 300.0):
            if flip.of == "cost" and made.shortlist.menu.cost[place] + amount < 0:
                continue
            then = first(changed(made, Change(flip.of, place, amount)).decided())
            assert (then == place) is (place == leads)


def test_each_candidate_is_asked_about_three_numbers() -> None:
    made = inputs()
    found = flips(made, made.decided())
    assert [(flip.candidate.key[0], flip.of) for flip in found] == [
        (offer_id, of) for offer_id in ("coupon", "gift", "") for of in OFS
    ]
