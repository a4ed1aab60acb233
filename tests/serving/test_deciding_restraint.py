"""Decisions that leave alone: quiet hours, preferences, who would be driven away, and what is made in place."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from decisioning.arbitration import Effect
from decisioning.offers import Offer
from serving.catalogue import compiled
from tests.serving.asking import chosen, decide
from tests.serving.fakes import NOW, FakeEffects, World, arms, offer, rules
from tests.serving.test_deciding_limits import ALL, MONEY, trail


def barred(one: Offer) -> Offer:
    text = 'customer.plan == "silver"'
    return replace(one, eligibility=text, eligible=compiled(text))


def ineligible(world: World) -> None:
    world.offers = tuple(barred(one) for one in world.offers)


HARMS = Effect(-0.02, -0.03, -0.01, "randomised")
FALLBACK = {"offer_id": "tips", "channel": "sms"}
TIPS = replace(offer("tips", "C", ("sms",), value=0.0), cost=0.0)
POOR = [{"name": "money", "of": "money", "limit": 0.5}]  # enough for the tips' .20 and no offer's 2.00


@pytest.mark.parametrize(
    ("changes", "stages"),
    [
        ({}, "eligibility (2)"),
        ({"budgets": POOR}, "budget (3)"),
        ({"do_not_disturb": "certain"}, "do_not_disturb (3)"),
        ({"do_not_disturb": "certain", "budgets": POOR}, "do_not_disturb (2), budget (1)"),
    ],
)
def test_where_every_other_offer_is_filtered_the_fallback_is_made(
    world: World, changes: dict[str, Any], stages: str
) -> None:
    if not changes:
        ineligible(world)
    world.offers = (*world.offers, TIPS)
    world.policy = rules(fallback=FALLBACK, exploration={"epsilon": 0.5, "floor": 0.1}, **changes)
    harmful = ("o1",) if "budgets" in changes else ("o1", "o2")
    world.effects = FakeEffects(dict.fromkeys(harmful, HARMS))
    answer = decide(world, explain="full")
    [slot] = answer.offers
    assert (answer.fallback, chosen(answer), slot.selection_probability) == (True, [("tips", "sms")], 1.0)
    assert slot.net_value < 0  # it is made whatever it is worth
    assert slot.reasons[0] == f"The fallback: every other offer is filtered by {stages}"
    assert answer.explanation is not None
    assert answer.explanation.how == "fallback"


def test_a_fallback_that_is_all_there_is_says_so(world: World) -> None:
    world.offers, world.policy = (TIPS,), rules(fallback=FALLBACK)
    answer = decide(world, explain="reasons")
    assert (answer.fallback, answer.filtered) == (True, ())
    assert answer.offers[0].reasons[0] == "The fallback: there is no other offer"


def test_a_fallback_is_not_made_in_place_of_an_offer(world: World) -> None:
    world.policy = rules(fallback=FALLBACK)
    world.offers = (*world.offers, TIPS)
    answer = decide(world)
    assert (answer.fallback, chosen(answer)) == (False, [("o2", "email")])


@pytest.mark.parametrize(
    ("changes", "asked", "reason"),
    [
        ({}, {}, "No offer may be made: filtered by eligibility (2)"),
        ({"fallback": FALLBACK}, {"excluded_offers": ["tips"]},
         "No offer may be made: filtered by eligibility (2), excluded (1)"),
        ({"fallback": {**FALLBACK, "offer_id": "o1"}}, {}, "No offer may be made: filtered by eligibility (2)"),
        ({"fallback": FALLBACK, "budgets": [{**MONEY, "limit": 0.1}]}, {},
         "No offer may be made: filtered by eligibility (2), budget (1)"),
    ],
)  # fmt: skip
def test_where_no_fallback_may_be_made_nothing_is_and_the_stages_are_named(
    world: World, changes: dict[str, Any], asked: dict[str, Any], reason: str
) -> None:
    world.policy = rules(**changes)
    ineligible(world)
    if changes.get("fallback") == FALLBACK:
        world.offers = (*world.offers, TIPS)
    answer = decide(world, explain="reasons", **asked)
    [slot] = answer.offers
    assert (answer.fallback, slot.offer_id, slot.selection_probability) == (False, None, 1.0)
    assert slot.reasons == (reason,)


def test_without_a_response_model_no_fallback_is_claimed(world: World) -> None:
    world.policy, world.response = rules(fallback=FALLBACK), None
    world.offers = (TIPS,)
    answer = decide(world)
    assert (answer.fallback, chosen(answer), answer.degraded) == (False, [(None, None)], ("response_model",))


NIGHT = {"channels": ["email"], "begin": "22:00", "end": "08:00"}


@pytest.mark.parametrize(
    ("quiet", "zone", "expected"),
    [
        (NIGHT, "UTC", [("o1", "sms")]),
        (NIGHT, "Asia/Tokyo", [("o2", "email")]),  # where it is 9 in the morning
        ({**NIGHT, "channels": ["email", "sms"]}, "UTC", [(None, None)]),
        ({**NIGHT, "begin": "00:00"}, "UTC", [("o1", "sms")]),
        ({**NIGHT, "end": "00:00"}, "UTC", [("o2", "email")]),
    ],
)
def test_quiet_hours_rest_by_the_policys_clock(
    world: World, quiet: dict[str, Any], zone: str, expected: list[tuple[str | None, str | None]]
) -> None:
    world.policy = rules(quiet_hours=[quiet], timezone=zone)
    answer = decide(world)
    assert chosen(answer) == expected
    assert {stage for _, _, stage in trail(answer)} <= {"quiet_hours"}


@pytest.mark.parametrize(
    ("plan", "preference", "expected", "stages"),
    [
        ("sms", {"only": True}, ("o1", "sms"), {"preference"}),
        ("phone", {"only": True}, (None, None), {"preference"}),
        (None, {"only": True}, ("o2", "email"), set()),
        ("sms", {"amount": 5.2}, ("o1", "sms"), set()),
        ("sms", {"amount": 5.0}, ("o2", "email"), set()),  # 9 - .1 against 4 - .2 + 5
    ],
)
def test_the_preferred_channel_is_worth_more_or_alone(
    world: World,
    plan: str | None,
    preference: dict[str, Any],
    expected: tuple[str | None, str | None],
    stages: set[str],
) -> None:
    world.features.rows["c1"] = {"profile__plan": plan}
    world.policy = rules(channel_preference={"attribute": "plan", **preference})
    answer = decide(world)
    assert chosen(answer) == [expected]
    assert {stage for _, _, stage in trail(answer)} == stages
    assert answer.offers[0].factors.preference == (preference.get("amount", 0.0) if expected[1] == plan else 0.0)


DOUBTFUL = Effect(-0.02, -0.05, 0.01, "randomised")
HELPS = Effect(0.02, 0.01, 0.03, "randomised")


@pytest.mark.parametrize(
    ("careful", "effects", "arm", "left_alone"),
    [
        ("certain", {"o1": HARMS, "o2": HELPS}, "policy", ["o1", "o1"]),
        ("certain", {"o1": HARMS, "o2": DOUBTFUL}, "policy", ["o1", "o1"]),
        ("likely", {"o1": HARMS, "o2": DOUBTFUL}, "policy", ["o1", "o1", "o2"]),
        ("likely", {"o1": HARMS, "o2": DOUBTFUL}, "no_levers", ["o1", "o1", "o2"]),
        ("off", {"o1": HARMS, "o2": HARMS}, "policy", []),
        ("certain", {"o1": HARMS, "o2": HARMS}, "random", []),
        ("certain", {}, "policy", []),
    ],
)
def test_who_would_be_driven_away_is_not_disturbed(
    world: World, careful: str, effects: dict[str, Effect], arm: str, left_alone: list[str]
) -> None:
    shares = {} if arm == "policy" else {arm: 1.0}
    world.policy, world.effects = rules(do_not_disturb=careful, arms=arms(**shares)), FakeEffects(effects)
    answer = decide(world, explain="reasons")
    assert trail(answer) == [(one.offer_id, one.channel, "do_not_disturb") for one in answer.filtered]
    assert [one.offer_id for one in answer.filtered] == left_alone
    if len(left_alone) == len(ALL):
        assert answer.offers[0].reasons == ("Better left alone: every offer would drive this customer away",)


@pytest.mark.parametrize(
    "asked", [{"excluded_offers": ["old", "never"]}, {"context": {"offer_id": "old"}}, {"excluded_offers": ["old"] * 2}]
)
def test_an_expired_offer_that_a_request_names_does_no_harm(world: World, asked: dict[str, Any]) -> None:
    world.offers = (*world.offers, replace(offer("old", value=99.0), valid_to=NOW))
    answer = decide(world, **asked)
    assert chosen(answer) == [("o2", "email")]
    assert [(one.offer_id, one.channel, one.stage, one.reason) for one in answer.filtered] == [
        ("old", None, "validity", "valid from any time to 2017-11-06 00:00:00+00:00")
    ]
