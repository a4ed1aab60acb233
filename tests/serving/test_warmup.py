"""Warming up touches every part and decides nothing."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from configs.errors import StoreUnavailable
from serving.warmup import warm_up
from tests.serving.fakes import World


def test_every_part_is_called_and_the_ledger_stays_empty(world: World) -> None:
    warm_up(world.runtime())
    assert ("A", "B") in world.features.asked
    models = (world.churn, world.value, world.response)
    assert all(model and model.rows for model in models)
    with world.ledger.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM decisions")).scalar() == 0


def test_a_service_without_models_and_store_still_warms_up(world: World) -> None:
    world.features.away = True
    world.churn = world.value = world.response = None
    warm_up(world.runtime())
    assert world.features.asked == []


def test_a_service_without_a_ledger_does_not(world: World) -> None:
    with world.ledger.engine.begin() as connection:
        connection.execute(text("DROP TABLE decisions"))
    with pytest.raises(StoreUnavailable, match="no such table"):
        warm_up(world.runtime())
