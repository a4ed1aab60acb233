from collections import Counter
from dataclasses import replace
from math import fsum, sqrt

import numpy as np
import pytest

from decisioning.arbitration import UNKNOWN_EFFECT, Effect, EffectOn, Lever, Preference
from decisioning.arms import Arm
from decisioning.budgets import Budget, Prices
from decisioning.candidates import NOTHING
from decisioning.contact_policy import Cap
from decisioning.decide import decide
from decisioning.decision import Decision
from decisioning.eligibility import Circumstances, Contact
from decisioning.exploration import Exploration, decision_rng
from decisioning.menu import Menu
from decisioning.offers import Offer
from decisioning.policy import PolicyRules
from decisioning.shortlist import Filtered, Shortlist, shortlist
from tests.decisioning.worlds import DAY, NOW

COUPON = Offer("coupon", "Coupon", "discount", cost=1.0, value=5.0, channels=("email", "sms"))
GIFT = Offer("gift", "Gift", "gift", cost=2.0, value=4.0, channels=("email",))
LOSS = Offer("loss", "Loss leader", "gift", cost=3.0, value=1.0, channels=("sms",))
LATE = Filtered("late", None, "validity", "over")
HARMS = Effect(-0.1, -0.2, -0.05, "randomised", -1.0, -2.0, 0.5)
GREEDY = PolicyRules()


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def keys(decision: Decision) -> list[tuple[str, str]]:
    return [slot.candidate.key for slot in decision.chosen]


def on(rules: PolicyRules, arm: Arm = "policy", prices: Prices = Prices(), **given: object) -> Shortlist:  # noqa: B008
    """Everything may be made: coupon by email, coupon by sms, gift by email, loss by sms."""
    menu = Menu.of([COUPON, GIFT, LOSS], rules, prices)
    index = () if arm == "holdout" else (0, 1, 2, 3)
    return Shortlist(menu, arm, index, (LATE,), **{"left": {}, **given})  # type: ignore[arg-type]


P_ACCEPT = [0.5, 0.25, 0.75, 0.5]  # net values 2, 1, 1.5, -1 and 0 for nothing


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
    ("item_count", "expected"),
    [
        (1, [("coupon", "email")]),
        (2, [("coupon", "email"), ("gift", "email")]),  # the coupon only once
        (9, [("coupon", "email"), ("gift", "email")]),  # the loss leader ranks below nothing
    ],
)
def test_slots_hold_no_offer_twice_and_end_at_nothing(item_count: int, expected: list[tuple[str, str]]) -> None:
    assert keys(decide(on(GREEDY), P_ACCEPT, rng(), item_count=item_count)) == expected


class Draws(np.random.Generator):
    """A generator whose uniform number is given."""

    def __init__(self, uniform: float) -> None:
        super().__init__(np.random.PCG64(0))
        self.uniform = uniform

    def random(self, *_: object, **__: object) -> float:  # type: ignore[override]
        return self.uniform


@pytest.mark.parametrize(
    ("uniform", "expected"),
    [
        (0.1, [("coupon", "email"), ("gift", "email")]),
        (0.3, [("gift", "email"), ("coupon", "email")]),
        (0.5, [("coupon", "sms"), ("gift", "email")]),  # explored on its other channel, still once
        (0.7, [("", "")]),  # nothing explored is nothing at all
        (0.9, [("loss", "sms"), ("coupon", "email"), ("gift", "email")]),  # explored from below nothing
    ],
)
def test_exploration_fills_the_first_slot_only(uniform: float, expected: list[tuple[str, str]]) -> None:
    even = replace(GREEDY, exploration=Exploration(epsilon=1.0))
    assert keys(decide(on(even), P_ACCEPT, Draws(uniform), item_count=3)) == expected


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


def test_a_use_too_small_to_count_does_not_pass_an_overdrawn_budget_uncounted() -> None:
    rules = replace(GREEDY, budgets=(Budget("units", "units", 9.0, counts="expected", offer_id="coupon"),))
    decision = decide(on(rules, left={"units": -1.0}), [1e-10, 0.0, 0.0, 0.0], rng())
    assert keys(decision) == [("coupon", "email")]
    assert decision.uses == {"units": 1e-10}


CAPPED = Contact("other", "discount", "email", NOW - DAY)


@pytest.mark.parametrize(
    ("caps", "contacts", "expected"),
    [
        ((), [], ["coupon", "gift"]),
        ((Cap("any", 2, 7),), [], ["coupon", "gift"]),
        ((Cap("any", 2, 7),), [CAPPED], ["coupon"]),  # the coupon is the second contact of the week
        ((Cap("any", 1, 7),), [], ["coupon"]),
        ((Cap("channel", 1, 7),), [], ["coupon"]),  # both go by email
        ((Cap("channel", 2, 7),), [], ["coupon", "gift"]),
        ((Cap("channel", 1, 7, "sms"),), [], ["coupon", "gift"]),
        ((Cap("kind", 1, 7),), [], ["coupon", "gift"]),  # of two kinds
        ((Cap("any", 2, 0.5),), [CAPPED], ["coupon", "gift"]),  # long ago
    ],
)
def test_what_is_made_at_once_passes_no_cap(
    caps: tuple[Cap, ...], contacts: list[Contact], expected: list[str]
) -> None:
    menu = Menu.of([COUPON, GIFT], replace(GREEDY, caps=caps))
    listed = shortlist(menu, Circumstances("c1", NOW, contacts=contacts))
    decision = decide(listed, [0.5, 0.25, 0.75][: len(listed.index)], rng(), item_count=9)
    assert [slot.candidate.key[0] for slot in decision.chosen] == expected


def test_where_one_channel_is_full_another_takes_its_place() -> None:
    wide = replace(GIFT, channels=("email", "sms"))
    menu = Menu.of([COUPON, wide], replace(GREEDY, caps=(Cap("channel", 1, 7),)))
    decision = decide(shortlist(menu, Circumstances("c1", NOW)), [0.5, 0.25, 0.75, 0.6], rng(), item_count=9)
    assert keys(decision) == [("coupon", "email"), ("gift", "sms")]


def test_at_random_every_slot_is_drawn() -> None:
    # Three offers and nothing in an even order of 24, cut off at nothing: the second slot holds each of the three
    # with a chance of 2/4 x 1/3. Four standard errors, three offers: a correct draw fails once in 5,000 seeds.
    offers = [replace(GIFT, offer_id=name) for name in "abc"]
    listed = Shortlist(Menu.of(offers, GREEDY), "random", (0, 1, 2), (), {})
    count, seen = 4000, Counter[str]()
    for number in range(count):
        slots = keys(decide(listed, [0.9, 0.5, 0.1], decision_rng(1, f"d{number}"), item_count=2))
        seen.update(offer_id for offer_id, _ in slots[1:])
    for name in "abc":
        assert abs(seen[name] / count - 1 / 6) < 4 * sqrt(1 / 6 * 5 / 6 / count)


def test_by_acceptance_every_slot_is_ranked_so() -> None:
    decision = decide(on(GREEDY, "acceptance"), [0.5, 0.25, 0.75, 0.6], rng(), item_count=9)
    assert keys(decision) == [("gift", "email"), ("loss", "sms"), ("coupon", "email")]


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


def test_with_nothing_but_nothing_thompson_sampling_is_certain() -> None:
    rules = replace(GREEDY, exploration=Exploration("thompson", 0.2, 0.1))
    decision = decide(replace(on(rules), index=()), [], rng(), item_count=2)
    assert [(slot.candidate, slot.selection_probability) for slot in decision.chosen] == [(NOTHING, 1.0)]


def test_a_budget_says_what_is_left_and_what_is_needed() -> None:
    rules = replace(GREEDY, budgets=(Budget("money", "money", 9.0, counts="expected"),))
    decision = decide(on(rules, left={"money": 1.2}), P_ACCEPT, rng())
    assert decision.filtered[1:] == (
        Filtered("gift", "email", "budget", "money: 1.20 left of 9.00, 1.50 needed"),
        Filtered("loss", "sms", "budget", "money: 1.20 left of 9.00, 1.50 needed"),
    )


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
