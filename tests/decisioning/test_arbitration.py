import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decisioning.arbitration import (
    UNKNOWN_EFFECT,
    WIDTH,
    Effect,
    EffectOn,
    Lever,
    Terms,
    effect_values,
    standard_errors,
    weigh,
)
from decisioning.budgets import Budget, Prices
from decisioning.menu import Menu
from decisioning.offers import Offer
from decisioning.policy import PolicyRules

COUPON = Offer("coupon", "Coupon", "discount", cost=1.0, value=5.0, channels=("email", "sms"))
GIFT = Offer("gift", "Gift", "gift", cost=4.0, value=3.0, channels=("email",))
KNOWN = Effect(0.125, 0.0625, 0.25, "randomised")
BOTH = Effect(0.125, 0.0625, 0.25, "randomised", 3.0, 2.0, 4.0)
ONLY_MARGIN = Effect(None, None, None, "randomised", 3.0, 2.0, 4.0)
HARMFUL = Effect(-0.25, -0.5, 0.0, "randomised", -2.0, -3.0, -1.0)
ZERO = Effect(0.0, 0.0, 0.0, "randomised", 0.0, 0.0, 0.0)


def terms(
    p_accept: float = 0.5,
    effect: Effect = UNKNOWN_EFFECT,
    at_stake: float | None = None,
    effect_on: EffectOn = "retention",
    *,
    levers: tuple[Lever, ...] = (),
    budgets: tuple[Budget, ...] = (),
    prices: dict[str, float] | None = None,
    preference: float = 0.0,
) -> Terms:
    """Coupon by email, coupon by sms, gift by email, all alike."""
    rules = PolicyRules(contact_costs={"email": 0.25}, levers=levers, budgets=budgets)
    menu = Menu.of([COUPON, GIFT], rules, Prices("1", prices or {}))
    worth = effect_values([effect] * 3, at_stake, effect_on)
    return weigh(menu, np.full(3, p_accept), worth, effect_on, preference)


@pytest.mark.parametrize(
    ("p_accept", "levers", "at_stake", "effect", "expected"),
    [
        (0.5, (), None, UNKNOWN_EFFECT, [1.75, 2.0, -0.75]),  # .5 x (5 - 1) - .25, no cost of sms, .5 x (3 - 4) - .25
        (0.5, (), 100.0, UNKNOWN_EFFECT, [1.75, 2.0, -0.75]),  # no evidence, no retention term
        (0.5, (), None, KNOWN, [1.75, 2.0, -0.75]),  # no value at stake, none either
        (0.5, (), 100.0, KNOWN, [14.25, 14.5, 11.75]),  # + .125 x 100
        (0.5, (Lever(2.0, kind="discount"),), None, UNKNOWN_EFFECT, [3.75, 4.0, -0.75]),
        (0.0, (Lever(2.0, kind="gift"),), None, UNKNOWN_EFFECT, [-0.25, 0.0, 1.75]),
        (0.5, (Lever(2.0, "coupon"), Lever(-0.5, channel="email")), None, UNKNOWN_EFFECT, [3.25, 4.0, -1.25]),
    ],
)
def test_net_value(
    p_accept: float, levers: tuple[Lever, ...], at_stake: float | None, effect: Effect, expected: list[float]
) -> None:
    assert terms(p_accept, effect, at_stake, levers=levers).net_value.tolist() == expected


@pytest.mark.parametrize(
    ("effect_on", "effect", "at_stake", "net_value", "effect_value"),
    [
        ("retention", BOTH, 100.0, 14.25, 12.5),  # .125 x 100 + .5 x (5 - 1) - .25
        ("margin", BOTH, 100.0, 2.25, 3.0),  # 3 - .5 x 1 - .25: the margin of an acceptance is in the uplift
        ("margin", BOTH, None, 2.25, 3.0),  # what is at stake plays no part
        ("retention", BOTH, None, 1.75, np.nan),
        ("retention", ONLY_MARGIN, 100.0, 1.75, np.nan),  # the effect asked for is not known
        ("margin", KNOWN, 100.0, 1.75, np.nan),
        ("margin", UNKNOWN_EFFECT, 100.0, 1.75, np.nan),  # no evidence: who accepts is what ranks
        ("retention", HARMFUL, 100.0, -23.25, -25.0),
        ("margin", HARMFUL, 100.0, -2.75, -2.0),
        ("margin", ZERO, None, -0.75, 0.0),  # no effect is an effect
    ],
)
def test_the_effect_that_counts(
    effect_on: EffectOn, effect: Effect, at_stake: float | None, net_value: float, effect_value: float
) -> None:
    found = terms(0.5, effect, at_stake, effect_on)
    assert found.net_value[0] == net_value
    np.testing.assert_equal(found.effect_value[0], effect_value)


def test_every_term_is_kept_and_adds_up() -> None:
    money = Budget("money", "money", 10.0, counts="expected")
    mails = Budget("mails", "contacts", 5.0, channel="email")
    prices = {"money": 0.5, "mails": 2.0}
    found = terms(
        0.5, KNOWN, 100.0, levers=(Lever(2.0, "coupon"),), budgets=(money, mails), prices=prices, preference=0.75
    )
    first = {name: float(np.broadcast_to(getattr(found, name), 3)[0]) for name in Terms.__slots__}
    assert first == {
        "p_accept": 0.5,
        "effect_value": 12.5,
        "margin": 5.0,
        "cost": 1.0,
        "contact_cost": 0.25,
        "lever": 2.0,
        "preference": 0.75,
        "shadow_cost": 2.375,  # .5 x (.25 + 1 x .5) + 2
        "net_value": 14.625,
    }


def test_one_customer_and_many_are_weighed_alike() -> None:
    rng = np.random.default_rng(0)
    menu = Menu.of([COUPON, GIFT], PolicyRules(contact_costs={"email": 0.25}, levers=(Lever(1.0, kind="gift"),)))
    p_accept, effect = rng.random((50, 3)), np.where(rng.random((50, 3)) < 0.3, np.nan, rng.normal(size=(50, 3)))
    together = weigh(menu, p_accept, effect, "margin").net_value
    alone = [weigh(menu, p, worth, "margin").net_value for p, worth in zip(p_accept, effect, strict=True)]
    assert (together == np.array(alone)).all()


@pytest.mark.parametrize(
    ("effect_on", "at_stake", "expected"),
    [
        ("retention", 100.0, [0.1875 * 100 / 2 / WIDTH, 0.0]),
        ("retention", None, [0.0, 0.0]),
        ("margin", 100.0, [1 / WIDTH, 0.0]),
    ],
)
def test_standard_errors_are_half_the_interval(
    effect_on: EffectOn, at_stake: float | None, expected: list[float]
) -> None:
    assert standard_errors([BOTH, UNKNOWN_EFFECT], at_stake, effect_on) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("effect", "value", "error"),
    [
        (Effect(float("nan"), float("nan"), float("nan"), "randomised"), np.nan, 0.0),
        (Effect(0.1, None, None, "observational"), 10.0, 0.0),  # an estimate without its interval
    ],
)
def test_what_is_not_known_of_an_effect_does_not_count(effect: Effect, value: float, error: float) -> None:
    np.testing.assert_equal(effect_values([effect], 100.0, "retention"), [value])
    assert standard_errors([effect], 100.0, "retention").tolist() == [error]


@pytest.mark.parametrize("effect_on", ["retention", "margin"])
def test_of_no_candidates_there_are_no_effects(effect_on: EffectOn) -> None:
    assert effect_values([], 100.0, effect_on).tolist() == standard_errors([], 100.0, effect_on).tolist() == []


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


STAKES = st.floats(0, 1e6)


@given(STAKES, STAKES, st.floats(0, 1), st.floats(0, 1))
def test_net_value_is_monotone_in_the_value_at_stake_where_the_offer_keeps(
    one: float, two: float, p_accept: float, uplift: float
) -> None:
    low, high = sorted((one, two))
    effect = Effect(uplift, uplift, uplift, "randomised")
    assert (terms(p_accept, effect, high).net_value >= terms(p_accept, effect, low).net_value).all()


@given(st.floats(0, 1e3), st.floats(0, 1e3), st.floats(0, 1), st.floats(0, 10), st.sampled_from(["full", "expected"]))
def test_net_value_is_antitone_in_cost(one: float, two: float, p_accept: float, price: float, counts: str) -> None:
    nets = []
    for cost in sorted((one, two)):
        offer = Offer("o", "O", "k", cost=cost, value=5.0, channels=("email",))
        rules = PolicyRules(budgets=(Budget("money", "money", 10.0, counts=counts),))
        menu = Menu.of([offer], rules, Prices("1", {"money": price}))
        nets.append(weigh(menu, np.array([p_accept]), np.array([np.nan]), "retention").net_value[0])
    assert nets[1] <= nets[0]


@given(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3), st.sampled_from(["retention", "margin"]))
def test_net_value_is_monotone_in_the_effect(one: float, two: float, effect_on: EffectOn) -> None:
    low, high = sorted((one, two))
    nets = [terms(0.5, Effect(each, each, each, "randomised", each), 7.0, effect_on).net_value for each in (low, high)]
    assert (nets[1] >= nets[0]).all()


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_likelier_acceptance_is_worth_more_exactly_where_the_margin_exceeds_the_cost(one: float, two: float) -> None:
    low, high = sorted((one, two))
    gains = terms(high).net_value - terms(low).net_value
    assert gains[0] >= 0 >= gains[2]
