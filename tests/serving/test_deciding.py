"""Decisions: what the answer says and what it rests on."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from serving.catalogue import compiled
from serving.deciding import Decider
from serving.schemas import DecideRequest
from tests.serving.asking import ADAPTER, chosen, decide, logged
from tests.serving.fakes import FakeModel, World, arms, offer, rules


def test_the_whole_answer(world: World) -> None:
    request = DecideRequest(customer_id="c1", explain="reasons", excluded_offers=["o1"])
    assert json.loads(Decider(world.runtime()).decide(request).response) == {
        "decision_id": "d1",
        "customer_id": "c1",
        "decided_at": "2017-11-06T00:00:00Z",
        "arm": "policy",
        "policy": {"version": "test-1", "prices_version": None},
        "models": [{"name": f"tenure-{name}", "version": "1"} for name in ("churn", "value", "response")],
        "ranked_by": "acceptance",
        "cold_start": False,
        "fallback": False,
        "offers": [
            {
                "offer_id": "o2",
                "channel": "email",
                "rank": 1,
                "net_value": pytest.approx(0.5 * (20 - 2) - 0.1),
                "factors": {
                    "p_accept": 0.5,
                    "uplift": None,
                    "uplift_low": None,
                    "uplift_high": None,
                    "value_at_stake": 120.0,
                    "margin": 20.0,
                    "cost": 2.0,
                    "contact_cost": 0.1,
                    "lever": 0.0,
                    "preference": 0.0,
                    "shadow_cost": 0.0,
                    "effect_value": None,
                    "margin_uplift": None,
                    "margin_uplift_low": None,
                    "margin_uplift_high": None,
                },
                "evidence": "none",
                "selection_probability": 1.0,
                "reasons": ["Bought 40 days ago", "Age: not known"],
            }
        ],
        "considered": None,
        "filtered": [{"offer_id": "o1", "channel": None, "stage": "excluded", "reason": "excluded by the request"}],
        "features": {"hash": "943d62ef59340d29", "stale": []},
        "degraded": [],
        "explanation": None,
    }


def test_the_response_model_sees_customer_affinity_offer_and_channel(world: World) -> None:
    decide(world)
    assert world.response is not None
    first = world.response.rows[0]
    expected = {
        "recency__purchase_days": 40.0,
        "affinity__accepted": 2.0,
        "offers__kind": "A",
        "offers__value": 10.0,
        "channel": "email",
    }
    assert {name: first[name] for name in expected} == expected
    assert [row["channel"] for row in world.response.rows] == ["email", "sms", "email"]


def test_only_what_may_be_offered_is_scored(world: World) -> None:
    world.features.rows["c1"] = {"consent__email": 0.0, "consent__sms": 1.0}
    answer = decide(world)
    assert world.response is not None
    assert len(world.response.rows) == 1
    assert chosen(answer) == [("o1", "sms")]
    assert {(f.offer_id, f.channel, f.stage) for f in answer.filtered} == {
        ("o1", "email", "consent"),
        ("o2", "email", "consent"),
    }


@pytest.mark.parametrize(
    ("text", "context", "expected"),
    [
        ('customer.plan == "gold"', {}, "o1"),
        ('customer.plan == "silver"', {}, None),
        ("customer.recency__purchase_days > 30.0", {}, "o1"),
        ('context.page == "cart" && offer.value > 5.0', {"page": "cart"}, "o1"),
        ('context.page == "cart"', {}, None),
        ("customer.age > 18.0", {}, None),
        ("customer.unheard_of", {}, None),
    ],
)
def test_eligibility_sees_customer_offer_and_context(
    world: World, text: str, context: dict[str, str], expected: str | None
) -> None:
    world.offers = (replace(offer("o1"), eligibility=text, eligible=compiled(text)),)
    answer = decide(world, context=context)
    assert answer.offers[0].offer_id == expected
    assert [f.stage for f in answer.filtered] == ([] if expected else ["eligibility"])


def test_an_unknown_customer_gets_the_cold_start_decision(world: World) -> None:
    answer = decide(world, "nobody")
    assert (answer.cold_start, answer.degraded, chosen(answer)) == (True, (), [("o2", "email")])


def test_the_holdout_is_never_treated(world: World) -> None:
    world.policy = rules(arms=arms(holdout=1.0))
    answer = decide(world)
    assert (answer.arm, chosen(answer), answer.offers[0].selection_probability) == ("holdout", [(None, None)], 1.0)
    assert answer.degraded == ()
    assert logged(world)[0]["arm"] == "holdout"


def test_a_cap_counts_the_decisions_before(world: World) -> None:
    world.policy = rules(caps=[{"scope": "kind", "max_contacts": 1, "window_days": 7.0}])
    decider = Decider(world.runtime())
    request = DecideRequest(customer_id="c1")
    answers = [ADAPTER.validate_json(decider.decide(request).response) for _ in range(3)]
    assert [chosen(answer)[0][0] for answer in answers] == ["o2", "o1", None]
    assert chosen(decide(world, "c2"))[0][0] == "o2"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"policy": rules(arms=arms(holdout=1.0))},
            "Held out: a share of customers is never treated, to measure what treatment is worth",
        ),
        ({"response": None}, "Nobody can say who accepts what: the response model is away"),
        (
            {"response": FakeModel("tenure-response", 0.0)},
            "No offer is worth its cost: the best, o1 by email, -0.10 net",
        ),
        ({"policy": rules(consent_default="refused")}, "No offer may be made: filtered by consent (3)"),
    ],
)
def test_doing_nothing_has_its_reason_too(world: World, changes: dict[str, Any], reason: str) -> None:
    for name, value in changes.items():
        setattr(world, name, value)
    [slot] = decide(world, "nobody", explain="reasons").offers
    assert (slot.offer_id, slot.reasons) == (None, (reason,))


def test_several_slots_hold_no_offer_twice(world: World) -> None:
    assert chosen(decide(world, item_count=3)) == [("o2", "email"), ("o1", "email")]


def test_full_explanation_lists_every_candidate(world: World) -> None:
    answer = decide(world, explain="full")
    assert answer.considered is not None
    assert [(slot.offer_id, slot.channel) for slot in answer.considered] == [
        ("o2", "email"),
        ("o1", "email"),
        ("o1", "sms"),
        (None, None),
    ]


def test_exploration_is_drawn_from_seed_and_decision_id(world: World) -> None:
    world.policy = rules(exploration={"epsilon": 0.9, "floor": 0.01})
    decider = Decider(world.runtime())
    request = DecideRequest(customer_id="c1")
    draws = [ADAPTER.validate_json(decider.decide(request).response) for _ in range(40)]
    world.ids = count(1)
    again = Decider(world.runtime())
    assert [again.rehearse(request).offers for _ in range(40)] == [answer.offers for answer in draws]
    assert len({chosen(answer)[0] for answer in draws}) == 4
    assert min(answer.offers[0].selection_probability for answer in draws) == pytest.approx(0.9 / 4)
