"""Scores: numbers, bands and reasons, and what stands where a part is away."""

from __future__ import annotations

from typing import Any

import pytest

from configs.errors import RequestError
from serving.answers import Score, ScoreAnswer
from serving.schemas import ScoreRequest
from serving.scoring import score
from tests.serving.fakes import NOW, FakeModel, World


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
