"""Random catalogues, circumstances and rules, for properties of shortlists and decisions."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from decisioning.arbitration import Effect, Lever, Preference
from decisioning.arms import MEASURING, Arms
from decisioning.budgets import Budget
from decisioning.contact_policy import Cap, QuietHours, Rest
from decisioning.eligibility import Circumstances, Contact
from decisioning.exploration import Exploration
from decisioning.offers import Offer
from decisioning.policy import PolicyRules

NOW = datetime(2017, 11, 6, tzinfo=UTC)
DAY = timedelta(days=1)
CHANNELS = ("email", "sms", "phone")
INSTANTS = st.none() | st.integers(-3, 3).map(lambda days: NOW + days * DAY)
CONTACTS = st.lists(
    st.builds(
        Contact,
        offer_id=st.sampled_from(["a", "b", "gone"]),
        kind=st.sampled_from(["gift", "discount"]),
        channel=st.sampled_from(CHANNELS),
        at=st.integers(0, 9).map(lambda days: NOW - days * DAY),
    )
)
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
        capacity=st.none() | st.integers(0, 3),
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
    attributes=st.sampled_from([{}, {"age": None}, {"age": 20.0}, {"age": 40.0, "prefers": "sms"}]),
    consents=st.dictionaries(st.sampled_from(CHANNELS), st.none() | st.booleans()),
    contacts=CONTACTS,
    refusals=CONTACTS,
    excluded_offers=st.frozensets(st.sampled_from(["a", "b", "c"])),
    left=st.dictionaries(st.sampled_from(["money", "capacity of a"]), st.integers(-2, 9).map(float)),
)
SCOPES = st.sampled_from(["any", "offer", "kind", "channel"])
RULES = st.builds(
    PolicyRules,
    arms=st.sampled_from([Arms("s"), Arms("s", dict.fromkeys(MEASURING, 0.2))]),
    exploration=st.builds(
        Exploration,
        method=st.sampled_from(["epsilon", "thompson"]),
        epsilon=st.floats(0, 1),
        floor=st.floats(0, 0.1),
        members=st.just(10),
    ),
    consent_default=st.sampled_from(["granted", "refused"]),
    contact_costs=st.dictionaries(st.sampled_from(CHANNELS), st.integers(0, 3).map(float)),
    caps=st.lists(st.builds(Cap, SCOPES, st.integers(1, 3), st.integers(1, 9))).map(tuple),
    rests=st.lists(st.builds(Rest, SCOPES, st.integers(1, 9)), max_size=2).map(tuple),
    quiet_hours=st.sampled_from([(), (QuietHours(frozenset({"sms"}), time(21), time(8), ZoneInfo("UTC")),)]),
    preference=st.none() | st.builds(Preference, st.just("prefers"), st.just(1.0), st.booleans()),
    effect_on=st.sampled_from(["retention", "margin"]),
    do_not_disturb=st.sampled_from(["off", "likely", "certain"]),
    levers=st.lists(st.builds(Lever, st.integers(-9, 9).map(float), kind=st.just("gift"))).map(tuple),
    budgets=st.sampled_from(
        [(), (Budget("money", "money", 9.0),), (Budget("money", "money", 9.0, counts="expected"),)]
    ),
    fallback=st.none() | st.just(("a", "email")),
)


@st.composite
def effects(draw: st.DrawFn) -> Effect:
    """On retention, on margin, on both or not known, each with an interval around it."""
    uplift, margin = draw(st.none() | st.integers(-9, 9)), draw(st.none() | st.integers(-9, 9))
    ends = (None, None, None) if uplift is None else (uplift / 100, uplift / 100 - 0.03, uplift / 100 + 0.03)
    amounts = (None, None, None) if margin is None else (float(margin), margin - 2.0, margin + 2.0)
    return Effect(*ends, "none" if uplift is margin is None else "randomised", *amounts)
