"""What every decision keeps, whatever the catalogue, the customer and the rules: arms, methods, budgets, caps."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from math import fsum, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decisioning.arbitration import Effect
from decisioning.arms import MEASURING, Arm, Arms
from decisioning.candidates import NOTHING
from decisioning.contact_policy import SCOPES, Cap
from decisioning.decide import decide
from decisioning.decision import Decision
from decisioning.eligibility import Circumstances, Contact
from decisioning.exploration import Exploration, decision_rng
from decisioning.logs import Log
from decisioning.menu import Menu
from decisioning.off_policy import evaluate
from decisioning.offers import Offer
from decisioning.policy import PolicyRules
from decisioning.shortlist import Shortlist, shortlist
from tests.decisioning.worlds import CIRCUMSTANCES, NOW, OFFERS, RULES, effects

ARMS: tuple[Arm, ...] = ("policy", *MEASURING)
COUPON = Offer("coupon", "Coupon", "discount", cost=1.0, value=5.0, channels=("email", "sms"))
GIFT = Offer("gift", "Gift", "gift", cost=2.0, value=4.0, channels=("email",))
DOUBTFUL = Effect(0.05, -0.2, 0.3, "randomised", 1.0, -2.0, 4.0)


@st.composite
def decisions(draw: st.DrawFn, arms: tuple[Arm, ...] = ARMS) -> tuple[Decision, Decision]:
    """A decision in any of the arms, and the same again."""
    arm = draw(st.sampled_from(arms))
    rules = replace(draw(RULES), arms=Arms("s", {} if arm == "policy" else {arm: 1.0}))
    listed = shortlist(Menu.of(draw(OFFERS), rules), draw(CIRCUMSTANCES))
    seed, count, slots = draw(st.integers(0, 2**32)), len(listed.index), draw(st.integers(1, 5))
    p_accept = np.random.default_rng(seed).random(count)
    known = draw(st.none() | st.lists(effects(), min_size=count, max_size=count))
    at_stake = draw(st.none() | st.integers(0, 500).map(float))
    one, two = (
        decide(listed, p_accept, decision_rng(seed, "d"), item_count=slots, value_at_stake=at_stake, effects=known)
        for _ in range(2)
    )
    assert one.arm == arm
    return one, two


def offered(decision: Decision) -> list[tuple[str, str]]:
    return [slot.candidate.key for slot in decision.chosen if slot.candidate is not NOTHING]


@given(decisions())
def test_the_same_seed_decides_the_same_bit_for_bit(made: tuple[Decision, Decision]) -> None:
    one, other = made
    assert (one.ranked, one.slots, one.filtered, one.uses) == (other.ranked, other.slots, other.filtered, other.uses)
    assert one.probabilities.tobytes() == other.probabilities.tobytes()


@given(decisions())
def test_probabilities_sum_to_one_and_none_is_below_the_floor(made: tuple[Decision, Decision]) -> None:
    decision, listed = made[0], made[0].shortlist
    probabilities = decision.probabilities.tolist()
    assert abs(fsum(probabilities) - 1) < 1e-12
    assert all(0 <= p <= 1 for p in probabilities)
    floor = min(listed.menu.rules.exploration.floor, 1 / len(probabilities))
    assert decision.fallback or min(probabilities) >= floor - 1e-12
    assert decision.chosen[0].selection_probability > 0


@given(decisions())
def test_every_candidate_is_ranked_or_its_removal_told(made: tuple[Decision, Decision]) -> None:
    decision, listed = made[0], made[0].shortlist
    removed = {(one.offer_id, one.channel) for one in decision.filtered[len(listed.filtered) :]}
    left = sorted(candidate.key for candidate in listed.candidates if candidate.key not in removed)
    assert sorted(ranked.candidate.key for ranked in decision.ranked) == left
    assert [ranked.rank for ranked in decision.ranked] == list(range(1, len(left) + 1))


@given(decisions())
def test_what_is_refused_is_in_no_slot(made: tuple[Decision, Decision]) -> None:
    decision, listed = made[0], made[0].shortlist
    menu, given = listed.menu, listed.given or Circumstances("", NOW)
    refused = {(one.offer_id, one.channel) for one in decision.filtered}
    for offer_id, channel in offered(decision):
        assert not {(offer_id, None), (offer_id, channel)} & refused
        assert given.consents.get(channel) is not False
        assert offer_id not in given.excluded_offers
    others = [one.key for one in menu.actions if one.key != menu.rules.fallback]
    if decision.fallback:
        assert offered(decision) == [menu.rules.fallback]
        assert all({(offer_id, None), (offer_id, channel)} & refused for offer_id, channel in others)


@given(decisions())
def test_no_offer_comes_twice_and_nothing_only_alone(made: tuple[Decision, Decision]) -> None:
    names = [offer_id for offer_id, _ in offered(made[0])]
    assert len(names) == len(set(names)) <= 5
    assert names or [slot.candidate for slot in made[0].chosen] == [NOTHING]


@given(decisions())
def test_the_holdout_gets_nothing_for_certain(made: tuple[Decision, Decision]) -> None:
    if made[0].arm == "holdout":
        assert [(slot.candidate, slot.selection_probability) for slot in made[0].chosen] == [(NOTHING, 1.0)]


@given(decisions())
def test_slots_use_no_more_than_is_left_of_any_budget(made: tuple[Decision, Decision]) -> None:
    decision, menu, left = made[0], made[0].shortlist.menu, made[0].shortlist.left
    spent = Counter[str]()
    for slot in decision.chosen:
        for budget in menu.budgets:
            if slot.candidate.offer and slot.candidate.channel:
                paid = menu.rules.contact_costs.get(slot.candidate.channel, 0.0)
                fixed, accepted = budget.use(slot.candidate.offer, slot.candidate.channel, paid)
                spent[budget.name] += fixed + accepted * slot.factors.p_accept  # type: ignore[assignment]
    for name, used in spent.items():
        assert used <= max(0.0, left.get(name, np.inf)) + 1e-9
        assert decision.uses.get(name, 0.0) == pytest.approx(used)


def counted(cap: Cap, contacts: list[Contact], name: str) -> int:
    place = SCOPES.index(cap.scope)
    names = [
        ("", one.offer_id, one.kind, one.channel)[place]
        for one in contacts
        if NOW - timedelta(days=cap.window_days) < one.at <= NOW
    ]
    return names.count(name)


@given(decisions())
def test_no_cap_is_passed_by_what_is_made_at_once(made: tuple[Decision, Decision]) -> None:
    decision, rules = made[0], made[0].shortlist.menu.rules
    given = decision.shortlist.given or Circumstances("", NOW)
    now = [
        Contact(slot.candidate.offer.offer_id, slot.candidate.offer.kind, slot.candidate.channel or "", NOW)
        for slot in decision.chosen
        if slot.candidate.offer
    ]
    for cap in rules.caps:
        for one in now:
            name = ("", one.offer_id, one.kind, one.channel)[SCOPES.index(cap.scope)]
            assert counted(cap, [*given.contacts, *now], name) <= cap.max_contacts


@given(decisions(("policy", "no_levers")))
def test_thompson_shares_are_counts_of_members(made: tuple[Decision, Decision]) -> None:
    decision, menu = made[0], made[0].shortlist.menu
    exploration = Exploration("thompson", members=10)
    listed = replace(decision.shortlist, menu=Menu.of(menu.offers, replace(menu.rules, exploration=exploration)))
    count = len(listed.index)
    found = decide(listed, np.full(count, 0.5), decision_rng(0, "d"), value_at_stake=50.0, effects=[DOUBTFUL] * count)
    members = found.probabilities * 10
    assert members.tolist() == pytest.approx(members.round().tolist(), abs=1e-9)


@given(st.text(min_size=1, max_size=8), st.floats(0, 1), RULES)
def test_the_holdout_is_stable_and_disjoint_from_the_treated(customer: str, share: float, rules: PolicyRules) -> None:
    held = replace(rules, arms=Arms("s", {"holdout": share}))
    menu = Menu.of([COUPON, GIFT], held)
    made = []
    for seed, after in ((1, timedelta(0)), (2, timedelta(days=90))):
        listed = shortlist(menu, Circumstances(customer, NOW + after))
        made.append(decide(listed, [0.9] * len(listed.index), decision_rng(seed, "d")))
    assert made[0].arm == made[1].arm
    assert not (made[0].arm == "holdout" and any(offered(one) for one in made))


@pytest.mark.parametrize("arm", ["policy", "random", "acceptance", "no_levers"])
@pytest.mark.parametrize("method", ["epsilon", "thompson"])
def test_what_is_done_comes_as_often_as_its_probability_says(arm: Arm, method: str) -> None:
    # Counts of 4,000 draws of four candidates in eight cases: 4.5 standard errors fail a correct draw once in 4,500.
    menu = Menu.of([COUPON, GIFT], PolicyRules(exploration=Exploration(method, 0.2, 0.02, 50, 3)))  # type: ignore[arg-type]
    listed = Shortlist(menu, arm, (0, 1, 2), (), {})
    count, seen = 4000, Counter[int]()
    for number in range(count):
        made = decide(
            listed, [0.5, 0.4, 0.6], decision_rng(7, f"d{number}"), value_at_stake=20.0, effects=[DOUBTFUL] * 3
        )
        seen[made.slots[0]] += 1
    for place, p in enumerate(made.probabilities.tolist()):
        assert abs(seen[place] / count - p) < 4.5 * sqrt(p * (1 - p) / count)


@pytest.mark.parametrize("method", ["epsilon", "thompson"])
def test_the_policy_that_decided_is_worth_the_mean_reward_of_its_log(method: str) -> None:
    rules = PolicyRules(exploration=Exploration(method, 0.3, 0.05, 50, 3))  # type: ignore[arg-type]
    menu, rng = Menu.of([COUPON, GIFT], rules), np.random.default_rng(5)
    policy, chosen = np.zeros((400, 4)), np.zeros(400, dtype=np.intp)
    for row in range(400):
        listed = Shortlist(menu, "policy", (0, 1, 2), (), {})
        made = decide(listed, rng.random(3), decision_rng(7, f"d{row}"), value_at_stake=9.0, effects=[DOUBTFUL] * 3)
        policy[row, made.index] = made.probabilities  # nothing, at position -1, is the last action
        chosen[row] = made.index[made.slots[0]] % 4
    reward = rng.random(400) * (1 + chosen)
    actions = ("coupon/email", "coupon/sms", "gift/email", "nothing")
    log = Log(actions, chosen, reward, policy[np.arange(400), chosen], np.arange(400))
    found = evaluate(log, policy)
    assert [one.value for one in (found.ips, found.snips) if one] == pytest.approx([reward.mean()] * 2, abs=1e-12)
