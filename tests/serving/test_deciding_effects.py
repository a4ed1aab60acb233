"""Decisions by effects: what of them is in the answer, and what is done without them."""

from __future__ import annotations

from pathlib import Path

import pytest

from decisioning.arbitration import Effect
from tests.serving import effect_artefacts
from tests.serving.asking import chosen, decide
from tests.serving.fakes import FakeEffects, FakeModel, World, arms, offer, rules

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
