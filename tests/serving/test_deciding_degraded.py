"""Decisions without a model, or without features."""

from __future__ import annotations

import json

import pytest

from tests.serving.asking import chosen, decide, logged
from tests.serving.fakes import FakeModel, World


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
