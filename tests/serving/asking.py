"""Asking for decisions, and what of them is looked at most."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import select

from features.ledger import DECISIONS
from serving.answers import DecideAnswer
from serving.deciding import Decider
from serving.schemas import DecideRequest
from tests.serving.fakes import World

ADAPTER = TypeAdapter(DecideAnswer)


def decide(world: World, customer_id: str = "c1", **asked: Any) -> DecideAnswer:
    request = DecideRequest.model_validate({"customer_id": customer_id, **asked})
    return ADAPTER.validate_json(Decider(world.runtime()).decide(request).response)


def chosen(answer: DecideAnswer) -> list[tuple[str | None, str | None]]:
    return [(slot.offer_id, slot.channel) for slot in answer.offers]


def logged(world: World) -> list[dict[str, Any]]:
    with world.ledger.engine.connect() as connection:
        return [dict(row) for row in connection.execute(select(DECISIONS)).mappings()]
