"""Scores: numbers, bands and reasons, and what stands where a part is away."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from configs.errors import RequestError
from decisioning.arbitration import Effect
from serving.answers import Score, ScoreAnswer
from serving.schemas import ScoreRequest
from serving.scoring import score
from tests.serving import effect_artefacts
from tests.serving.effect_artefacts import ON_MARGIN, artefact, evidence
from tests.serving.fakes import NOW, FakeEffects, FakeModel, World, offer, rules


def ask(world: World, **asked: Any) -> ScoreAnswer:
    return score(world.runtime(), ScoreRequest.model_validate(asked))


def one(world: World, customer_id: str = "c1", **asked: Any) -> Score:
    [found] = ask(world, customer_ids=[customer_id], **asked).scores
    return found


def test_scores_come_in_the_order_asked_for_with_the_instant(world: World) -> None:
    answer = ask(world, customer_ids=["b", "c1", "b"])
    assert (answer.as_of, answer.degraded) == (NOW, ())
    assert [found.customer_id for found in answer.scores] == ["b", "c1", "b"]


def test_a_known_customer(world: World) -> None:
    found = one(world)
    assert (found.p_churn, found.risk_band, found.value_at_stake) == (0.3, "medium", 120.0)
    assert (found.known, found.cold_start, found.evidence, found.uplift) == (True, False, "none", None)
    assert (found.reasons, found.features.stale) == ((), ())
    assert found.model is not None
    assert (found.model.name, found.model.version) == ("tenure-churn", "1")


def test_an_unknown_customer_is_a_cold_start(world: World) -> None:
    found = one(world, "nobody")
    assert (found.known, found.cold_start, found.p_churn) == (False, True, 0.3)


@pytest.mark.parametrize(
    ("p_churn", "band"),
    [(0.0, "low"), (0.1999, "low"), (0.2, "medium"), (0.4999, "medium"), (0.5, "high"), (1.0, "high")],
)
def test_a_band_begins_at_its_threshold(world: World, p_churn: float, band: str) -> None:
    world.churn = FakeModel("tenure-churn", p_churn)
    assert one(world).risk_band == band


def test_reasons_come_only_when_asked_for(world: World) -> None:
    assert one(world, explain=True).reasons == ("Has not bought for 40 days", "Age: not known")


def test_the_hash_changes_with_a_value(world: World) -> None:
    before = one(world).features.hash
    world.features.rows["c1"] = {"recency__purchase_days": 41.0}
    assert one(world).features.hash != before


@pytest.mark.parametrize("failing", [True, False])
def test_models_away_leave_nulls(world: World, failing: bool) -> None:
    world.churn = world.value = FakeModel("m", 0.5, away=True) if failing else None
    answer = ask(world, customer_ids=["c1", "c2"], explain=True)
    assert answer.degraded == ("churn_model", "value_model")
    assert {(s.p_churn, s.risk_band, s.value_at_stake, s.reasons) for s in answer.scores} == {(None, None, None, ())}


def test_without_the_store_scores_are_marked_and_nobody_is_called_new(world: World) -> None:
    world.features.away = True
    answer = ask(world, customer_ids=["c1"])
    assert answer.degraded == ("features",)
    assert (answer.scores[0].known, answer.scores[0].cold_start, answer.scores[0].p_churn) == (False, False, 0.3)


@pytest.mark.parametrize(
    ("attributes", "seen"),
    [
        ({"plan": "gold"}, {"profile__plan": "gold", "profile__age": None}),
        ({"age": 33, "plan": None}, {"profile__plan": None, "profile__age": 33.0}),
        ({"consent__email": True}, {"consent__email": 1.0, "profile__plan": None}),
    ],
)
def test_a_person_is_scored_by_attributes(world: World, attributes: dict[str, Any], seen: dict[str, Any]) -> None:
    answer = ask(world, attributes=attributes)
    assert world.churn is not None
    [row] = world.churn.rows
    assert {name: row[name] for name in seen} == seen
    assert (answer.scores[0].customer_id, answer.scores[0].cold_start) == (None, True)


def test_an_attribute_that_no_feature_holds_is_refused(world: World) -> None:
    with pytest.raises(RequestError, match="2 attributes are unknown; allowed: age, consent__email") as raised:
        ask(world, attributes={"plann": "gold", "plan": "gold", "aeg": 3})
    assert raised.value.details == (
        "attributes.aeg: no feature of this name",
        "attributes.plann: no feature of this name",
    )


@pytest.fixture
def effective(world: World, tmp_path: Path) -> World:
    """Two kinds of offers with evidence of their effects, and one without."""
    world.offers = (offer("o1_A", "A", ("email", "sms")), offer("o2_B", "B"), offer("x_C", "C"))
    world.effects = effect_artefacts.model(tmp_path, artefact())
    return world


def test_a_score_names_what_moves_the_customer_most(effective: World) -> None:
    effective.features.rows["c2"] = {"recency__purchase_days": 10.0}
    one, two = ask(effective, customer_ids=["c1", "c2"]).scores
    assert (one.uplift_offer_id, one.uplift_channel, one.evidence) == ("o1_A", "sms", "randomised")
    assert one.uplift == pytest.approx(0.03 + 0.06 + 0.01 + 0.01)  # bought 40 days ago, gold, by sms
    assert two.uplift == pytest.approx(0.03 + 0.01)
    assert one.uplift_low == pytest.approx(one.uplift - 0.0164, abs=1e-4)
    assert one.uplift_high == pytest.approx(one.uplift + 0.0164, abs=1e-4)
    assert one.margin_uplift == pytest.approx(1.0 + 2 * 2.0)  # the kind was accepted twice
    assert one.reasons == ()


def test_it_is_said_in_words_after_the_risk(effective: World) -> None:
    found = one(effective, explain=True)
    assert found.reasons[:2] == ("Has not bought for 40 days", "Age: not known")
    assert found.reasons[2] == ("o1_A by sms: keeps an estimated 11 in 100 more customers like this one (90%: 9 to 13)")


def test_the_policys_effect_decides_which_offer_moves_most(effective: World, tmp_path: Path) -> None:
    effective.policy = rules(effect_on="margin")
    effective.offers = effective.offers[::-1]
    found = one(effective)
    assert (found.uplift_offer_id, found.uplift_channel) == ("o1_A", "email")  # a tie by email: the first
    effective.effects = effect_artefacts.model(tmp_path / "margin", artefact(ON_MARGIN))
    alone = one(effective, explain=True)
    assert (alone.uplift, alone.margin_uplift, alone.evidence) == (None, found.margin_uplift, "randomised")
    assert alone.reasons[2].startswith("o1_A by email: adds an estimated 5.00 to the margin of a customer like this")


def test_without_a_valid_offer_that_has_evidence_there_is_no_effect(effective: World, tmp_path: Path) -> None:
    effective.offers = (
        replace(offer("o1_A", "A"), valid_to=NOW),
        replace(offer("o2_B", "B"), valid_from=NOW + timedelta(days=1)),
        offer("x_C", "C"),
    )
    found = one(effective, explain=True)
    assert (found.uplift, found.evidence, found.uplift_offer_id, found.uplift_channel) == (None, "none", None, None)
    effective.offers = (offer("o1_A", "A"),)
    effective.effects = effect_artefacts.model(tmp_path / "refused", artefact(tried=evidence(o1_A="none")))
    assert one(effective).evidence == "none"


def test_a_described_person_is_moved_too(effective: World) -> None:
    [found] = ask(effective, attributes={"plan": "gold"}).scores
    assert found.uplift == pytest.approx(0.03 + 0.01 + 0.01)
    assert found.margin_uplift == pytest.approx(1.0)  # nobody knows what such a person accepted


@pytest.mark.parametrize("failing", [True, False])
def test_effects_away_are_marked(world: World, failing: bool) -> None:
    known = {"o1": Effect(0.1, 0.0, 0.2, "randomised")}
    world.effects, world.effects_away = (FakeEffects(known, away=True), False) if failing else (None, True)
    answer = ask(world, customer_ids=["c1", "c2"], explain=True)
    assert answer.degraded == ("effects_model",)
    assert {(found.uplift, found.evidence) for found in answer.scores} == {(None, "none")}
    assert answer.scores[0].p_churn == 0.3


def test_where_there_are_no_effects_nothing_is_missing_and_no_affinity_is_read(world: World) -> None:
    assert ask(world, customer_ids=["c1"]).degraded == ()
    assert world.features.asked == [()]
