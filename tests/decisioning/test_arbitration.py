import pytest
from hypothesis import given
from hypothesis import strategies as st

from decisioning.arbitration import NO_FACTORS, UNKNOWN_EFFECT, Effect, EffectOn, Factors, Lever, ranking, weigh
from decisioning.candidates import NOTHING, Candidate, candidates
from decisioning.offers import Offer

COUPON = Offer("coupon", "Coupon", "discount", cost=1.0, value=5.0, channels=("email", "sms"))
GIFT = Offer("gift", "Gift", "gift", cost=4.0, value=3.0, channels=("email",))
BY_EMAIL = Candidate(COUPON, "email")
KNOWN = Effect(0.125, 0.0625, 0.25, "randomised")
COSTS = {"email": 0.25}


@pytest.mark.parametrize(
    ("candidate", "p_accept", "levers", "at_stake", "effect", "expected"),
    [
        (BY_EMAIL, 0.5, (), None, UNKNOWN_EFFECT, 1.75),  # .5 x (5 - 1) - .25
        (BY_EMAIL, 0.5, (), 100.0, UNKNOWN_EFFECT, 1.75),  # no evidence, no retention term
        (BY_EMAIL, 0.5, (), None, KNOWN, 1.75),  # no value at stake, none either
        (BY_EMAIL, 0.5, (), 100.0, KNOWN, 14.25),  # + .125 x 100
        (Candidate(COUPON, "sms"), 0.5, (), None, UNKNOWN_EFFECT, 2.0),  # a channel that costs nothing
        (Candidate(GIFT, "email"), 0.5, (), None, UNKNOWN_EFFECT, -0.75),  # .5 x (3 - 4) - .25
        (BY_EMAIL, 0.5, (Lever(2.0, kind="discount"),), None, UNKNOWN_EFFECT, 3.75),
        (BY_EMAIL, 0.0, (Lever(2.0, kind="gift"),), None, UNKNOWN_EFFECT, -0.25),
        (BY_EMAIL, 0.5, (Lever(2.0, kind="discount"), Lever(-0.5, channel="email")), None, UNKNOWN_EFFECT, 3.25),
        (NOTHING, 0.0, (Lever(2.0, kind="discount"),), 100.0, KNOWN, 0.0),
    ],
)
def test_net_value(
    candidate: Candidate,
    p_accept: float,
    levers: tuple[Lever, ...],
    at_stake: float | None,
    effect: Effect,
    expected: float,
) -> None:
    assert weigh(candidate, p_accept, COSTS, levers, at_stake, effect).net_value == expected


BOTH = Effect(0.125, 0.0625, 0.25, "randomised", 3.0, 2.0, 4.0)
ONLY_MARGIN = Effect(None, None, None, "randomised", 3.0, 2.0, 4.0)
HARMFUL = Effect(-0.25, -0.5, 0.0, "randomised", -2.0, -3.0, -1.0)


@pytest.mark.parametrize(
    ("effect_on", "effect", "at_stake", "net_value", "effect_value"),
    [
        ("retention", BOTH, 100.0, 14.25, 12.5),  # .125 x 100 + .5 x (5 - 1) - .25
        ("margin", BOTH, 100.0, 2.25, 3.0),  # 3 - .5 x 1 - .25: the margin of an acceptance is in the uplift
        ("margin", BOTH, None, 2.25, 3.0),  # what is at stake plays no part
        ("retention", BOTH, None, 1.75, None),
        ("retention", ONLY_MARGIN, 100.0, 1.75, None),  # the effect asked for is not known
        ("margin", KNOWN, 100.0, 1.75, None),
        ("margin", UNKNOWN_EFFECT, 100.0, 1.75, None),  # no evidence: who accepts is what ranks
        ("retention", HARMFUL, 100.0, -23.25, -25.0),
        ("margin", HARMFUL, 100.0, -2.75, -2.0),
        ("margin", Effect(0.0, 0.0, 0.0, "randomised", 0.0, 0.0, 0.0), None, -0.75, 0.0),  # no effect is an effect
    ],
)
def test_the_effect_that_counts(
    effect_on: EffectOn, effect: Effect, at_stake: float | None, net_value: float, effect_value: float | None
) -> None:
    terms = weigh(BY_EMAIL, 0.5, COSTS, (), at_stake, effect, effect_on)
    assert (terms.net_value, terms.effect_value) == (net_value, effect_value)
    assert (terms.uplift, terms.margin_uplift, terms.margin_uplift_high) == (
        effect.uplift,
        effect.margin,
        effect.margin_high,
    )


def test_every_term_is_kept() -> None:
    assert weigh(BY_EMAIL, 0.5, COSTS, (Lever(2.0, "coupon"),), 100.0, KNOWN) == Factors(
        p_accept=0.5,
        uplift=0.125,
        uplift_low=0.0625,
        uplift_high=0.25,
        evidence="randomised",
        value_at_stake=100.0,
        margin=5.0,
        cost=1.0,
        contact_cost=0.25,
        lever=2.0,
        net_value=16.25,
        effect_value=12.5,
    )


def test_nothing_weighs_zero_in_every_term() -> None:
    assert weigh(NOTHING, 0.0, COSTS, ()) is NO_FACTORS
    assert [term for term in NO_FACTORS if term not in (None, "none")] == [0.0] * 7


@pytest.mark.parametrize(
    ("lever", "expected"),
    [
        (Lever(1.0), True),
        (Lever(1.0, offer_id="coupon"), True),
        (Lever(1.0, offer_id="gift"), False),
        (Lever(1.0, kind="discount"), True),
        (Lever(1.0, kind="gift"), False),
        (Lever(1.0, channel="email"), True),
        (Lever(1.0, channel="sms"), False),
        (Lever(1.0, "coupon", "discount", "email"), True),
        (Lever(1.0, "coupon", "discount", "sms"), False),  # all that is given must match
    ],
)
def test_lever_matches(lever: Lever, expected: bool) -> None:
    assert lever.matches(COUPON, "email") is expected


@pytest.mark.parametrize(
    ("net_values", "expected"),
    [
        ([1.0, 2.0, 3.0, 0.0], [2, 1, 0, 3]),
        ([0.0, 0.0, 0.0, 0.0], [3, 1, 2, 0]),  # nothing, coupon by email, coupon by sms, gift
        ([2.0, 1.0, 1.0, 0.0], [0, 1, 2, 3]),
        ([-1.0, -2.0, -2.0, 0.0], [3, 0, 1, 2]),
    ],
)
def test_ranking_is_by_net_value_then_offer_then_channel(net_values: list[float], expected: list[int]) -> None:
    assert ranking(candidates([GIFT, COUPON]), net_values) == expected


# Quarters add up exactly, so that no rounding can reorder what a lever moves together.
QUARTERS = st.integers(-400, 400).map(lambda n: n / 4)
OFFERS = [Offer(f"o{i}", f"O{i}", f"k{i % 2}", 1.0, 2.0, ("email", "sms")) for i in range(4)]
NETS = st.lists(QUARTERS, min_size=8, max_size=8)
LEVERS = st.sampled_from([{"offer_id": "o2"}, {"kind": "k1"}, {"channel": "sms"}, {"kind": "k0", "channel": "email"}])


@given(NETS, QUARTERS, QUARTERS, LEVERS)
def test_a_bigger_lever_never_lowers_a_rank(nets: list[float], one: float, two: float, names: dict[str, str]) -> None:
    options = candidates(OFFERS)

    def ranks(amount: float) -> dict[tuple[str, str], int]:
        lever = Lever(amount, **names)
        values = [net + weigh(c, 0.0, {}, (lever,)).net_value for c, net in zip(options, [*nets, 0.0], strict=True)]
        return {options[at].key: rank for rank, at in enumerate(ranking(options, values))}

    before, after = ranks(min(one, two)), ranks(max(one, two))
    pulled = [c.key for c in options[:-1] if Lever(0.0, **names).matches(c.offer, c.channel)]
    assert pulled
    assert all(after[key] <= before[key] for key in pulled)


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_likelier_acceptance_is_worth_more_exactly_where_the_margin_exceeds_the_cost(one: float, two: float) -> None:
    low, high = sorted((one, two))
    gains = [
        weigh(Candidate(o, "sms"), high, {}, ()).net_value - weigh(Candidate(o, "sms"), low, {}, ()).net_value
        for o in (COUPON, GIFT)
    ]
    assert gains[0] >= 0 >= gains[1]
