"""Why an offer, and why nothing: what is said where effects are known, unknown, small or harmful."""

from __future__ import annotations

import pytest

from decisioning.arbitration import Effect
from serving.answers import OfferAnswer
from serving.deciding import Decider
from serving.schemas import DecideRequest
from tests.serving.fakes import FakeEffects, FakeModel, World, rules

SMALL = Effect(0.001, -0.001, 0.003, "randomised")
KEEPS = Effect(0.1, 0.05, 0.15, "observational")
HARMS = Effect(-0.02, -0.03, -0.01, "randomised", -3.0, -4.0, -2.0)
HARMS_MORE = Effect(-0.08, -0.1, -0.06, "randomised", -0.5, -1.0, 0.0)
ACCEPTS = ("Bought 40 days ago", "Age: not known")
COSTLY = FakeModel("tenure-response", 0.0)


def first(world: World) -> OfferAnswer:
    made = Decider(world.runtime()).rehearse(DecideRequest(customer_id="c1", explain="reasons"))
    return made.offers[0]


@pytest.mark.parametrize(
    ("known", "untried", "said"),
    [
        (
            {"o1": KEEPS},
            (),
            "Keeps an estimated 10 in 100 more customers like this one (90%: 5 to 15; from past records, not from a "
            "test)",
        ),
        (
            {"o1": KEEPS._replace(evidence="randomised")},
            ("o1",),
            "Keeps an estimated 10 in 100 more customers like this one (90%: 5 to 15; read off its attributes, as it "
            "was never made)",
        ),
        ({"o1": HARMS}, (), "Its effect is not known: why of o2"),  # o2 wins by acceptance alone
        ({}, (), "Its effect is not known: why of o2"),
    ],
)
def test_an_offer_says_what_it_does_and_then_who_accepts_it(
    world: World, known: dict[str, Effect], untried: tuple[str, ...], said: str
) -> None:
    world.effects = FakeEffects(known, untried=untried)
    assert first(world).reasons == (said, *ACCEPTS)


def test_without_effects_in_use_nothing_is_said_of_them(world: World) -> None:
    assert first(world).reasons == ACCEPTS


@pytest.mark.parametrize(
    ("known", "effect_on", "reason"),
    [
        (
            {"o1": HARMS, "o2": HARMS_MORE},
            "retention",
            "Better left alone: even o1 by email loses an estimated 2 in 100 more customers like this one (90%: 1 to "
            "3)",
        ),
        (
            {"o1": HARMS, "o2": HARMS_MORE},
            "margin",
            "Better left alone: even o2 by email takes an estimated 0.50 from the margin of a customer like this one "
            "(90%: 0.00 to 1.00)",
        ),
        ({"o2": HARMS_MORE}, "retention", "No offer is worth its cost: the best, o1 by email, -0.10 net"),
        ({"o1": HARMS, "o2": SMALL._replace(uplift=0.0)}, "retention", "No offer is worth its cost: the best, "),
        ({}, "retention", "No offer is worth its cost: the best, o1 by email, -0.10 net"),
    ],
)
def test_nothing_says_whether_offers_harm_or_only_cost(
    world: World, known: dict[str, Effect], effect_on: str, reason: str
) -> None:
    world.policy, world.response = rules(effect_on=effect_on), COSTLY
    world.effects = FakeEffects(known)
    slot = first(world)
    assert (slot.offer_id, len(slot.reasons)) == (None, 1)
    assert slot.reasons[0].startswith(reason)


def test_a_harmful_offer_that_exploration_put_first_says_what_it_does(world: World) -> None:
    world.policy = rules(exploration={"epsilon": 1.0, "floor": 0.0}, seed=3)
    world.effects = FakeEffects({"o1": HARMS_MORE, "o2": HARMS_MORE})
    said = {first(world).reasons[0].split()[0] for _ in range(20)}
    assert said == {"Loses", "Better"}
