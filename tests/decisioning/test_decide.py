from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import fsum

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decisioning.arbitration import UNKNOWN_EFFECT, Effect, EffectOn, Lever
from decisioning.candidates import NOTHING, Candidate, candidates
from decisioning.contact_policy import Cap
from decisioning.decide import Decision, Filtered, Shortlist, decide, shortlist
from decisioning.eligibility import Circumstances, Contact
from decisioning.exploration import decision_rng
from decisioning.holdout import in_holdout
from decisioning.offers import Offer
from decisioning.policy import PolicyRules

NOW = datetime(2017, 11, 6, tzinfo=UTC)
DAY = timedelta(days=1)
BOTH = ("email", "sms")
COUPON = Offer("coupon", "Coupon", "discount", cost=1.0, value=5.0, channels=BOTH)
GIFT = Offer("gift", "Gift", "gift", cost=2.0, value=4.0, channels=("email",))
LOSS = Offer("loss", "Loss leader", "gift", cost=3.0, value=1.0, channels=("sms",))
GREEDY = PolicyRules(holdout_share=0.0, holdout_salt="s", epsilon=0.0, floor=0.0, consent_default="granted")
ALL_HELD = replace(GREEDY, holdout_share=1.0)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def keys(decision: Decision) -> list[tuple[str, str]]:
    return [slot.candidate.key for slot in decision.chosen]


# -- shortlist ---------------------------------------------------------------------------------------------------------


def test_the_trail_names_offer_channel_stage_and_reason_of_all_that_is_refused() -> None:
    late = replace(GIFT, offer_id="late", valid_to=NOW)
    shunned = replace(GIFT, offer_id="shunned")
    barred = replace(GIFT, offer_id="barred", eligibility="false", eligible=lambda facts: False)
    calls = replace(COUPON, offer_id="calls", channels=("phone", "email"))
    circumstances = Circumstances(
        "c1",
        NOW,
        consents={"phone": False},
        contacts=[Contact("coupon", "discount", "sms", NOW - DAY)],
        excluded_offers=frozenset({"shunned"}),
    )
    rules = replace(GREEDY, caps=(Cap("channel", 1, 7),))
    assert shortlist([late, COUPON, shunned, barred, calls], circumstances, rules) == Shortlist(
        arm="policy",
        candidates=(Candidate(COUPON, "email"), Candidate(calls, "email"), NOTHING),
        filtered=(
            Filtered("late", None, "validity", "valid from any time to 2017-11-06 00:00:00+00:00"),
            Filtered("shunned", None, "excluded", "excluded by the request"),
            Filtered("barred", None, "eligibility", "false: false"),
            Filtered("coupon", "sms", "contact_cap", "1 contacts (channel sms) in 7 days; at most 1 allowed"),
            Filtered("calls", "phone", "consent", "the customer refuses phone"),
        ),
    )


def test_the_holdout_leaves_nothing_and_the_trail() -> None:
    circumstances = Circumstances("c1", NOW, consents={"sms": False})
    open_to_all = shortlist([COUPON, GIFT], circumstances, GREEDY)
    assert shortlist([COUPON, GIFT], circumstances, ALL_HELD) == Shortlist("holdout", (NOTHING,), open_to_all.filtered)


@pytest.mark.parametrize("offers", [[], [COUPON]])
def test_nothing_is_never_scored(offers: list[Offer]) -> None:
    listed = shortlist(offers, Circumstances("c1", NOW), GREEDY)
    assert listed.candidates == (*listed.to_score, NOTHING)
    assert NOTHING not in listed.to_score


CHANNELS = ("email", "sms", "phone")
INSTANTS = st.none() | st.integers(-3, 3).map(lambda days: NOW + days * DAY)
OFFERS = st.lists(
    st.builds(
        Offer,
        offer_id=st.sampled_from(["a", "b", "c", "d", "e"]),
        name=st.just("An offer"),
        kind=st.sampled_from(["gift", "discount"]),
        cost=st.integers(0, 5).map(float),
        value=st.integers(0, 9).map(float),
        channels=st.lists(st.sampled_from(CHANNELS), unique=True).map(tuple),
        valid_from=INSTANTS,
        valid_to=INSTANTS,
        eligible=st.sampled_from(
            [None, lambda facts: True, lambda facts: False, lambda facts: facts["customer"]["age"] > 30]
        ),
    ),
    unique_by=lambda offer: offer.offer_id,
)
CIRCUMSTANCES = st.builds(
    Circumstances,
    customer_id=st.text(min_size=1, max_size=5),
    now=st.just(NOW),
    attributes=st.sampled_from([{}, {"age": None}, {"age": 20.0}, {"age": 40.0}]),
    consents=st.dictionaries(st.sampled_from(CHANNELS), st.none() | st.booleans()),
    contacts=st.lists(
        st.builds(
            Contact,
            offer_id=st.sampled_from(["a", "b", "gone"]),
            kind=st.sampled_from(["gift", "discount"]),
            channel=st.sampled_from(CHANNELS),
            at=st.integers(0, 9).map(lambda days: NOW - days * DAY),
        )
    ),
    excluded_offers=st.frozensets(st.sampled_from(["a", "b", "c"])),
)
RULES = st.builds(
    PolicyRules,
    holdout_share=st.sampled_from([0.0, 0.3, 1.0]),
    holdout_salt=st.just("s"),
    epsilon=st.floats(0, 1),
    floor=st.floats(0, 0.1),
    consent_default=st.sampled_from(["granted", "refused"]),
    contact_costs=st.dictionaries(st.sampled_from(CHANNELS), st.integers(0, 3).map(float)),
    caps=st.lists(
        st.builds(Cap, st.sampled_from(["any", "offer", "kind", "channel"]), st.integers(1, 3), st.integers(1, 9))
    ).map(tuple),
    levers=st.lists(st.builds(Lever, st.integers(-9, 9).map(float), kind=st.just("gift"))).map(tuple),
)


@given(OFFERS, CIRCUMSTANCES, RULES)
def test_filters_only_remove_and_account_for_all_they_remove(
    offers: list[Offer], circumstances: Circumstances, rules: PolicyRules
) -> None:
    listed = shortlist(offers, circumstances, replace(rules, holdout_share=0.0))
    possible = candidates(offers)
    assert [candidate for candidate in possible if candidate in listed.candidates] == list(listed.candidates)
    assert listed.candidates[-1] is NOTHING
    refused = {(trail.offer_id, trail.channel) for trail in listed.filtered}
    for candidate in possible[:-1]:
        offer_id, channel = candidate.key
        assert (candidate in listed.candidates) is not bool({(offer_id, None), (offer_id, channel)} & refused)


@given(OFFERS, CIRCUMSTANCES, RULES)
def test_a_further_filter_never_adds(offers: list[Offer], circumstances: Circumstances, rules: PolicyRules) -> None:
    before = shortlist(offers, circumstances, rules)
    for after in (
        shortlist(offers, replace(circumstances, excluded_offers=frozenset("abcde")), rules),
        shortlist(offers, circumstances, replace(rules, caps=(*rules.caps, Cap("any", 1, 5)))),
        shortlist(offers, circumstances, replace(rules, consent_default="refused")),
        shortlist(offers, circumstances, replace(rules, holdout_share=1.0)),
    ):
        assert {candidate.key for candidate in after.candidates} <= {candidate.key for candidate in before.candidates}


# -- decide ------------------------------------------------------------------------------------------------------------

LISTED = Shortlist(
    "policy",
    (Candidate(COUPON, "email"), Candidate(COUPON, "sms"), Candidate(GIFT, "email"), Candidate(LOSS, "sms"), NOTHING),
    (Filtered("late", None, "validity", "over"),),
)
P_ACCEPT = [0.5, 0.25, 0.75, 0.5]  # net values 2, 1, 1.5, -1 and 0 for nothing


def test_golden_decision() -> None:
    rules = replace(GREEDY, epsilon=0.25, contact_costs={"sms": 0.5}, levers=(Lever(1.0, offer_id="gift"),))
    decision = decide(LISTED, P_ACCEPT, rules, decision_rng(7, "d-1"), item_count=2, value_at_stake=40.0)
    assert [(*r.candidate.key, r.factors.net_value, r.rank) for r in decision.ranked] == [
        ("gift", "email", 2.5, 1),
        ("coupon", "email", 2.0, 2),
        ("coupon", "sms", 0.5, 3),
        ("", "", 0.0, 4),
        ("loss", "sms", -1.5, 5),
    ]
    assert [r.selection_probability for r in decision.ranked] == pytest.approx([0.8, 0.05, 0.05, 0.05, 0.05])
    assert decision.chosen == decision.ranked[:2]
    assert (decision.arm, decision.ranked_by, decision.filtered) == ("policy", "acceptance", LISTED.filtered)
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
    assert keys(decide(LISTED, P_ACCEPT, GREEDY, rng(), item_count=item_count)) == expected


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
    even = replace(GREEDY, epsilon=1.0)
    assert keys(decide(LISTED, P_ACCEPT, even, Draws(uniform), item_count=3)) == expected


@pytest.mark.parametrize(
    ("listed", "p_accept"),
    [
        (Shortlist("policy", (NOTHING,), ()), []),  # nobody survived
        (Shortlist("policy", (NOTHING,), ()), None),
        (LISTED, None),  # no model answers
        (LISTED, [0.0, 0.0, 0.0, 0.0]),  # no gain: doing nothing wins ties
    ],
)
def test_nothing_is_the_answer(listed: Shortlist, p_accept: list[float] | None) -> None:
    decision = decide(listed, p_accept, GREEDY, rng())
    assert [(slot.candidate, slot.rank, slot.selection_probability) for slot in decision.chosen] == [(NOTHING, 1, 1.0)]
    assert decision.filtered == listed.filtered


def test_in_the_holdout_nothing_is_certain_however_much_is_explored() -> None:
    held = shortlist([COUPON], Circumstances("c1", NOW), ALL_HELD)
    decision = decide(held, [], replace(ALL_HELD, epsilon=1.0, floor=0.5), rng(), item_count=3)
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
    decision = decide(LISTED, P_ACCEPT, GREEDY, rng(), value_at_stake=10.0, effects=effects)
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
    decision = decide(LISTED, P_ACCEPT, rules, rng(), value_at_stake=at_stake, effects=effects)
    assert (keys(decision), decision.ranked_by) == ([expected], ranked_by)


def test_where_every_effect_is_harmful_nobody_is_disturbed() -> None:
    harmful = Effect(-0.25, -0.5, -0.1, "randomised")
    decision = decide(LISTED, P_ACCEPT, GREEDY, rng(), item_count=3, value_at_stake=100.0, effects=[harmful] * 4)
    assert keys(decision) == [("", "")]
    assert [slot.factors.net_value for slot in decision.ranked] == [0.0, -23.0, -23.5, -24.0, -26.0]


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
        decide(LISTED, p_accept, GREEDY, rng(), item_count=item_count)


def test_an_effect_is_given_for_each_candidate_or_for_none() -> None:
    with pytest.raises(ValueError, match="zip"):
        decide(LISTED, P_ACCEPT, GREEDY, rng(), effects=[UNKNOWN_EFFECT])
    assert keys(decide(LISTED, None, GREEDY, rng(), effects=[UNKNOWN_EFFECT] * 4)) == [("", "")]


def test_numbers_of_numpy_leave_as_plain_floats() -> None:
    decision = decide(LISTED, np.array(P_ACCEPT), GREEDY, rng())
    assert {type(value) for r in decision.ranked for value in (r.factors.p_accept, r.factors.net_value)} == {float}


@given(OFFERS, CIRCUMSTANCES, RULES, st.integers(1, 10), st.integers(0, 2**32))
def test_a_decision_keeps_its_promises(
    offers: list[Offer], circumstances: Circumstances, rules: PolicyRules, item_count: int, seed: int
) -> None:
    listed = shortlist(offers, circumstances, rules)
    p_accept = np.random.default_rng(seed).random(len(listed.to_score))
    decision = decide(listed, p_accept, rules, decision_rng(seed, "d"), item_count=item_count)
    assert decision == decide(listed, p_accept, rules, decision_rng(seed, "d"), item_count=item_count)

    assert sorted(r.candidate.key for r in decision.ranked) == sorted(c.key for c in listed.candidates)
    assert NOTHING in [r.candidate for r in decision.ranked]
    nets = [r.factors.net_value for r in decision.ranked]
    assert nets == sorted(nets, reverse=True)
    assert [r.rank for r in decision.ranked] == list(range(1, len(nets) + 1))
    assert abs(fsum(r.selection_probability for r in decision.ranked) - 1) < 1e-12

    offered = [slot.candidate.offer.offer_id for slot in decision.chosen if slot.candidate.offer]
    assert len(offered) == len(set(offered)) <= item_count
    assert offered or [slot.candidate for slot in decision.chosen] == [NOTHING]
    assert decision.chosen[0].selection_probability > 0
    assert all(slot.factors.net_value >= 0 for slot in decision.chosen[1:])
    held = in_holdout(circumstances.customer_id, rules.holdout_salt, rules.holdout_share)
    assert decision.arm == ("holdout" if held else "policy")
    assert not (held and offered)
