"""Decisions: what the answer rests on, what it does without, and what the ledger keeps of it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter
from sqlalchemy import select

from configs.errors import Conflict
from decisioning.arbitration import Effect
from features.ledger import DECISIONS
from serving.answers import DecideAnswer
from serving.catalogue import compiled
from serving.deciding import Decider
from serving.schemas import DecideRequest
from tests.serving import effect_artefacts
from tests.serving.fakes import FakeEffects, FakeModel, World, arms, offer, rules

ADAPTER = TypeAdapter(DecideAnswer)


def decide(world: World, customer_id: str = "c1", **asked: Any) -> DecideAnswer:
    request = DecideRequest.model_validate({"customer_id": customer_id, **asked})
    return ADAPTER.validate_json(Decider(world.runtime()).decide(request).response)


def chosen(answer: DecideAnswer) -> list[tuple[str | None, str | None]]:
    return [(slot.offer_id, slot.channel) for slot in answer.offers]


def logged(world: World) -> list[dict[str, Any]]:
    with world.ledger.engine.connect() as connection:
        return [dict(row) for row in connection.execute(select(DECISIONS)).mappings()]


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


def test_the_ledger_keeps_the_answer_and_what_it_rests_on(world: World) -> None:
    response = (
        Decider(world.runtime()).decide(DecideRequest(customer_id="c1", context={"page": "cart"}), "key").response
    )
    [row] = logged(world)
    assert row["response"].encode() == response
    assert json.loads(row["features"])["values"]["recency__purchase_days"] == 40.0
    assert json.loads(row["features"])["by_kind"] == {kind: {"affinity__accepted": 2.0} for kind in ("A", "B")}
    assert json.loads(row["request"])["context"] == {"page": "cart"}
    assert json.loads(row["models"])[0] == {"name": "tenure-churn", "version": "1"}
    kept = {name: row[name] for name in ("idempotency_key", "arm", "p_churn", "value_at_stake", "offer_id", "channel")}
    assert kept == {
        "idempotency_key": "key",
        "arm": "policy",
        "p_churn": 0.3,
        "value_at_stake": 120.0,
        "offer_id": "o2",
        "channel": "email",
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


KEEPS = Effect(0.1, 0.05, 0.15, "randomised", 3.0, 2.0, 4.0)
HARMS = Effect(-0.02, -0.03, -0.01, "randomised", -3.0, -4.0, -2.0)


def test_the_whole_effect_is_in_the_answer(world: World) -> None:
    world.effects = FakeEffects({"o1": KEEPS})
    answer = decide(world, explain="full")
    assert (chosen(answer), answer.ranked_by, answer.degraded) == ([("o1", "email")], "uplift", ())
    assert [model.name for model in answer.models][-1] == "tenure-effects"
    [slot] = answer.offers
    factors = slot.factors
    assert (factors.uplift, factors.uplift_low, factors.uplift_high) == (0.1, 0.05, 0.15)
    assert (factors.margin_uplift, factors.margin_uplift_low, factors.margin_uplift_high) == (3.0, 2.0, 4.0)
    assert (slot.evidence, factors.effect_value) == ("randomised", pytest.approx(12.0))  # .1 x 120 at stake
    assert slot.net_value == pytest.approx(12.0 + 0.5 * (10 - 2) - 0.1)
    assert answer.considered is not None
    unknown = answer.considered[2]
    assert (unknown.offer_id, unknown.evidence, unknown.factors.uplift) == ("o2", "none", None)


@pytest.mark.parametrize(
    ("effect_on", "best", "net_value"),
    [("retention", "o2", 12.0 + 0.5 * 18 - 0.1), ("margin", "o1", 9.0 - 0.5 * 2 - 0.1)],
)
def test_the_policy_says_which_effect_counts(world: World, effect_on: str, best: str, net_value: float) -> None:
    world.policy = rules(effect_on=effect_on)
    world.effects = FakeEffects(
        {"o1": Effect(0.0, 0.0, 0.0, "randomised", 9.0, 8.0, 10.0), "o2": KEEPS}  # o2 adds 3 at most
    )
    [slot] = decide(world).offers
    assert (slot.offer_id, slot.net_value) == (best, pytest.approx(net_value))


def test_where_offers_only_drive_away_nobody_is_disturbed(world: World) -> None:
    world.effects = FakeEffects({"o1": HARMS, "o2": HARMS._replace(uplift=-0.08, low=-0.1)})
    world.response = FakeModel("tenure-response", 0.01)
    [slot] = decide(world, explain="reasons").offers
    assert (slot.offer_id, slot.reasons) == (
        None,
        ("Better left alone: even o1 by email loses an estimated 2 in 100 more customers like this one (90%: 1 to 3)",),
    )


def test_the_effects_see_what_the_response_model_sees(world: World) -> None:
    world.effects = FakeEffects({"o1": KEEPS})
    decide(world)
    assert world.response is not None
    assert world.effects.rows == world.response.rows
    assert world.effects.rows[1]["channel"] == "sms"


@pytest.mark.parametrize(("failing", "without"), [(True, False), (False, True)])
def test_effects_away_are_marked_and_acceptance_ranks(world: World, failing: bool, without: bool) -> None:
    world.effects = FakeEffects({"o1": KEEPS}, away=True) if failing else None
    world.effects_away = without
    answer = decide(world, explain="reasons")
    assert (answer.degraded, answer.ranked_by, chosen(answer)) == (("effects_model",), "acceptance", [("o2", "email")])
    assert answer.offers[0].reasons == ("Bought 40 days ago", "Age: not known")


def test_in_the_holdout_nobody_misses_the_effects(world: World) -> None:
    world.policy, world.effects_away = rules(arms=arms(holdout=1.0)), True
    assert decide(world).degraded == ()


def test_the_ledger_keeps_every_action_that_could_have_been_chosen(world: World) -> None:
    world.policy = rules(exploration={"epsilon": 0.4, "floor": 0.0})
    world.effects = FakeEffects({"o1": KEEPS})
    decide(world)
    assert json.loads(logged(world)[0]["features"])["actions"] == {
        "offer_id": ["o1", "o1", "o2", None],
        "channel": ["email", "sms", "email", None],
        "selection_probability": pytest.approx([0.7, 0.1, 0.1, 0.1]),
        "p_accept": [0.5, 0.5, 0.5, 0.0],
        "margin": [10.0, 10.0, 20.0, 0.0],
        "cost": [2.0, 2.0, 2.0, 0.0],
        "contact_cost": [0.1, 0.2, 0.1, 0.0],
        "lever": [0.0, 0.0, 0.0, 0.0],
        "preference": [0.0, 0.0, 0.0, 0.0],
        "shadow_cost": [0.0, 0.0, 0.0, 0.0],
        "net_value": pytest.approx([15.9, 15.8, 8.9, 0.0]),
        "effect_value": [12.0, 12.0, None, None],
        "evidence": ["randomised", "randomised", "none", "none"],
        "uplift": [0.1, 0.1, None, None],
        "margin_uplift": [3.0, 3.0, None, None],
    }


def test_a_real_artefact_decides(world: World, tmp_path: Path) -> None:
    world.features.rows["c1"] = {"profile__plan": "gold", "recency__purchase_days": 30.0}
    world.offers = (offer("o1_A", "A", ("email", "sms")), offer("o2_B", "B"), offer("new_A", "A"))
    world.effects = effect_artefacts.model(tmp_path, effect_artefacts.artefact())
    answer = decide(world, item_count=3, explain="reasons")
    assert chosen(answer) == [("o1_A", "sms"), ("new_A", "email"), ("o2_B", "email")]
    known, unseen, other = answer.offers
    assert known.factors.uplift == pytest.approx(0.03 + 0.04 + 0.01 + 0.01)
    assert [slot.reasons[0] for slot in answer.offers] == [
        "Keeps an estimated 9 in 100 more customers like this one (90%: 7 to 11)",
        "Keeps an estimated 8 in 100 more customers like this one (90%: 5 to 11; read off its attributes, as it was "
        "never made)",
        "Keeps as many customers like this one as no offer does (90%: -16 to 16 in 1,000; from past records, not from "
        "a test)",
    ]
    assert (unseen.evidence, other.evidence) == ("randomised", "observational")
    assert known.reasons[1:] == ("Bought 30 days ago", "Age: not known")


@pytest.mark.parametrize(
    ("away", "degraded", "slots"),
    [
        ("churn", ("churn_model",), [("o2", "email")]),
        ("value", ("value_model",), [("o2", "email")]),
        ("response", ("response_model",), [(None, None)]),
    ],
)
@pytest.mark.parametrize("failing", [True, False])
def test_a_model_away_is_marked(
    world: World, away: str, degraded: tuple[str, ...], slots: list[tuple[str | None, str | None]], failing: bool
) -> None:
    setattr(world, away, FakeModel("m", 0.5, away=True) if failing else None)
    answer = decide(world, explain="full")
    assert (answer.degraded, chosen(answer)) == (degraded, slots)
    assert json.loads(logged(world)[0]["degraded"]) == list(degraded)


def test_without_features_nothing_is_done_since_nobody_knows_who_refuses(world: World) -> None:
    world.features.away = True
    answer = decide(world)
    assert (answer.degraded, answer.cold_start, chosen(answer)) == (("features",), False, [(None, None)])
    assert {f.stage for f in answer.filtered} == {"consent"}


def test_a_stale_consent_is_no_consent(world: World) -> None:
    world.features.stale = ("consent",)
    assert chosen(decide(world)) == [(None, None)]
    world.features.stale = ("purchases",)
    answer = decide(world)
    assert (chosen(answer), answer.features.stale) == ([("o2", "email")], ("purchases",))


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


def test_a_key_gets_its_answer_even_after_a_model_swap(world: World) -> None:
    runtime = world.runtime()
    decider = Decider(runtime)
    request = DecideRequest(customer_id="c1")
    first = decider.decide(request, "key")
    runtime.models.current = replace(runtime.models.current, response=FakeModel("tenure-response", 0.0, "2"))
    again = decider.decide(request, "key")
    assert again.response == first.response
    assert (first.made is None, again.made) == (False, None)
    assert decider.decide(request).response != first.response
    with pytest.raises(Conflict, match="another body"):
        decider.decide(DecideRequest(customer_id="c2"), "key")
    assert len(logged(world)) == 2


def test_the_order_of_fields_makes_no_other_body(world: World) -> None:
    decider = Decider(world.runtime())
    one, other = (
        DecideRequest.model_validate_json(f'{{"customer_id": "c1", "context": {context}}}')
        for context in ('{"a": 1, "b": 2}', '{"b":2,"a":1}')
    )
    assert decider.decide(one, "key").response == decider.decide(other, "key").response


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


def test_a_rehearsal_leaves_no_trace(world: World, tmp_path: Path) -> None:
    Decider(world.runtime()).rehearse(DecideRequest(customer_id="c1"))
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as reader:
        assert reader.execute("SELECT count(*) FROM decisions").fetchone() == (0,)
