"""Random inputs of decisions, and small ones by hand, to ask questions about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import strategies as st

from decisioning.arbitration import Effect, Lever, Preference
from decisioning.arms import MEASURING, Arm, Arms
from decisioning.budgets import NO_PRICES, Budget, Prices
from decisioning.changes import Inputs
from decisioning.exploration import Exploration
from decisioning.menu import Menu
from decisioning.offers import Offer
from decisioning.policy import PolicyRules
from decisioning.shortlist import Shortlist

RULELESS = PolicyRules()
CHANNELS = ("email", "sms", "phone")
COUPON = Offer("coupon", "Coupon", "discount", cost=1.0, value=5.0, channels=("email",))
KEY = ("coupon", "email")
GIFT = Offer("gift", "Gift", "gift", cost=2.0, value=9.0, channels=("sms",))


def inputs(
    offers: Sequence[Offer] = (COUPON, GIFT),
    p_accept: Sequence[float] | None = (0.5, 0.25),
    *,
    rules: PolicyRules = RULELESS,
    prices: Prices = NO_PRICES,
    arm: Arm = "policy",
    effects: Sequence[Effect] | None = None,
    left: dict[str, float] | None = None,
    fallback: bool = False,
) -> Inputs:
    menu = Menu.of(offers, replace(rules, fallback=KEY) if fallback else rules, prices)
    listed = Shortlist(menu, arm, tuple(range(len(menu.actions))), (), left or {}, "sms")
    return Inputs(listed, p_accept, effects, 100.0)


# Numbers of few digits, so that ties and budgets that just suffice come up.
PENCE = st.integers(0, 500).map(lambda pence: pence / 100)
SIGNED = st.integers(-300, 300).map(lambda pence: pence / 100)
CHANCE = st.integers(0, 20).map(lambda twentieth: twentieth / 20) | st.floats(0.001, 1).map(lambda p: round(p, 6))


@st.composite
def effects(draw: st.DrawFn) -> Effect:
    uplift = draw(st.none() | st.integers(-50, 50).map(lambda points: points / 1000))
    margin = draw(st.none() | SIGNED)
    ends = (None, None) if uplift is None else (uplift - 0.02, uplift + 0.02)
    margins = (None, None) if margin is None else (margin - 1, margin + 1)
    return Effect(uplift, *ends, "none" if uplift is margin is None else "randomised", margin, *margins)


OFFERS = st.lists(
    st.builds(
        Offer,
        offer_id=st.sampled_from(["a", "b", "c", "d"]),
        name=st.just("An offer"),
        kind=st.sampled_from(["gift", "discount"]),
        cost=PENCE,
        value=PENCE,
        channels=st.lists(st.sampled_from(CHANNELS), unique=True, min_size=1).map(tuple),
        capacity=st.none() | st.integers(0, 3),
    ),
    unique_by=lambda offer: offer.offer_id,
    max_size=4,
)
BUDGETS = st.lists(
    st.builds(
        Budget,
        name=st.sampled_from(["money", "calls"]),
        of=st.sampled_from(["money", "contacts", "units"]),
        limit=PENCE,
        channel=st.none() | st.sampled_from(CHANNELS),
        kind=st.none() | st.just("gift"),
        counts=st.sampled_from(["full", "expected"]),
    ),
    unique_by=lambda budget: budget.name,
    max_size=2,
)
RULES = st.builds(
    PolicyRules,
    arms=st.just(Arms("s")),
    exploration=st.builds(
        Exploration,
        method=st.sampled_from(["epsilon", "thompson"]),
        epsilon=st.sampled_from([0.0, 0.3]),
        floor=st.sampled_from([0.0, 0.01]),
        members=st.just(10),
    ),
    contact_costs=st.dictionaries(st.sampled_from(CHANNELS), PENCE),
    levers=st.lists(st.builds(Lever, SIGNED, kind=st.just("gift")), max_size=1).map(tuple),
    preference=st.none() | st.just(Preference("channel", 0.25)),
    effect_on=st.sampled_from(["retention", "margin"]),
    do_not_disturb=st.sampled_from(["off", "likely", "certain"]),
    budgets=BUDGETS.map(tuple),
)


@st.composite
def asked(draw: st.DrawFn, arms: Sequence[Arm] = ("policy", *MEASURING)) -> Inputs:
    """What decisions are made from: any arm, effects known or not, budgets that have enough or do not."""
    offers = draw(OFFERS)
    made = [(offer.offer_id, channel) for offer in offers for channel in offer.channels]
    rules = replace(draw(RULES), fallback=draw(st.sampled_from([None, *made])))
    menu = Menu.of(offers, rules, Prices("1", draw(st.dictionaries(st.sampled_from(["money", "calls"]), PENCE))))
    arm = draw(st.sampled_from(arms))
    count = len(menu.actions)
    places = draw(st.sets(st.integers(0, count - 1))) if count and arm != "holdout" else set()
    left = {budget.name: draw(SIGNED) for budget in menu.budgets if draw(st.booleans())}
    listed = Shortlist(menu, arm, tuple(sorted(places)), (), left, draw(st.none() | st.just("sms")))
    size = len(places)
    p_accept = draw(st.none() | st.lists(CHANCE, min_size=size, max_size=size))
    known = draw(st.none() | st.lists(effects(), min_size=size, max_size=size))
    return Inputs(listed, p_accept, known, draw(st.none() | st.integers(0, 500).map(float)), draw(st.integers(1, 3)))
