"""A stored decision made again is the stored one, bit for bit, whatever has changed since; what is gone is named."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import delete

from configs.errors import NotFound, StoreUnavailable
from decisioning.arbitration import Effect
from decisioning.arms import Arm
from features.ledger import DOCUMENTS, PRICES
from serving.archive import Archive
from serving.deciding import Decider
from serving.entries import PricesEntry
from serving.explained import response_of
from serving.prices import PriceFollower
from serving.schemas import DecideRequest
from tests.serving.fakes import NOW, FakeEffects, FakeModel, World, arms, offer, rules
from tests.serving.replays import FakeVersions, replayer

GROWS = Effect(0.05, 0.02, 0.08, "randomised", 4.0, 1.0, 7.0)
HARMS = Effect(-0.05, -0.08, -0.02, "randomised", -4.0, -7.0, -1.0)
EXPLORING = {"epsilon": 0.5, "floor": 0.01}
BUDGETS = [
    {"name": "money", "of": "money", "limit": 3.0, "period_days": 7, "counts": "expected"},
    {"name": "texts", "of": "contacts", "limit": 2, "channel": "sms"},
]


def decided(world: World, prices: dict[str, float] | None = None, **asked: Any) -> str:
    """The id of a decision that is in the ledger."""
    runtime = world.runtime()
    if prices is not None:
        archive = Archive(world.ledger.engine)
        under = archive.keep("policy", world.policy.model_dump_json())
        archive.add_prices(PricesEntry("p1", NOW, under, json.dumps(prices)))
        follower = PriceFollower(archive, world.policy)
        follower.poll()
        runtime = replace(runtime, prices=follower)
    made = Decider(runtime).decide(DecideRequest.model_validate({"customer_id": "c1", **asked})).made
    assert made
    return made.decision_id


def same(world: World, versions: FakeVersions, decision_id: str) -> bool:
    entry = world.ledger.find_decision(decision_id)
    return response_of(replayer(world, versions).again(entry)) == entry.response


@pytest.fixture
def versions(world: World) -> FakeVersions:
    kept = FakeVersions()
    kept.keep(world)
    return kept


@pytest.mark.parametrize("explain", ["none", "reasons", "full"])
@pytest.mark.parametrize("arm", ["policy", "random", "acceptance", "no_levers", "holdout"])
def test_every_arm_and_explanation_is_made_again(world: World, arm: Arm, explain: str) -> None:
    shares = {} if arm == "policy" else {arm: 0.999999}
    world.policy = rules(arms=arms(**shares), exploration=EXPLORING, levers=[{"kind": "A", "amount": 0.1}])
    world.effects = FakeEffects({"o1": GROWS, "o2": HARMS})
    versions = FakeVersions()
    versions.keep(world)
    made = [decided(world, explain=explain, item_count=2) for _ in range(5)]
    assert {world.ledger.find_decision(one).arm for one in made} == {arm}
    assert all(same(world, versions, one) for one in made)


def test_budgets_prices_caps_rests_and_exclusions_are_those_of_then(world: World) -> None:
    world.policy = rules(
        budgets=BUDGETS,
        exploration=EXPLORING,
        caps=[{"scope": "offer", "max_contacts": 2, "window_days": 7}],
        rests=[{"scope": "offer", "days": 90}],
    )
    versions = FakeVersions()
    versions.keep(world)
    made = [
        decided(world, {"money": 0.2, "texts": 0.5}, explain="full", excluded_offers=["o3"], context={"page": "cart"})
        for _ in range(8)
    ]
    stages = {
        one.stage for name in made for one in replayer(world, versions).again(_entry(world, name)).decision.filtered
    }
    assert {"budget", "contact_cap"} <= stages
    assert all(same(world, versions, one) for one in made)


def test_prices_that_were_missing_are_missing_again(world: World, versions: FakeVersions) -> None:
    decided(world, {"money": 0.2})
    world.policy = rules(budgets=BUDGETS)
    follower = PriceFollower(Archive(world.ledger.engine), world.policy)
    follower.poll()
    made = Decider(replace(world.runtime(), prices=follower)).decide(DecideRequest(customer_id="c1")).made
    assert made
    assert made.degraded == ("prices",)
    assert same(world, versions, made.decision_id)


def test_a_new_policy_catalogue_champion_and_customer_change_nothing_stored(
    world: World, versions: FakeVersions
) -> None:
    made = decided(world, explain="full")
    world.policy = rules(version="test-2", levers=[{"kind": "B", "amount": -50.0}])
    world.offers = (offer("o9"),)
    world.response = FakeModel("tenure-response", 0.9, version="2")
    world.features.rows = {}
    versions.keep(world)
    later = decided(world, explain="full")
    assert _entry(world, later).response != _entry(world, made).response
    assert same(world, versions, made)
    assert same(world, versions, later)


@pytest.mark.parametrize("away", ["churn", "value", "response", "effects", "features"])
def test_what_was_away_is_away_again(world: World, away: str) -> None:
    world.effects = FakeEffects({"o1": GROWS, "o2": HARMS})
    versions = FakeVersions()
    versions.keep(world)
    getattr(world, away).away = True
    made = decided(world, explain="full")
    getattr(world, away).away = False
    assert same(world, versions, made)


@pytest.mark.parametrize("gone", ["policy", "catalogue"])
def test_a_document_that_is_gone_is_named(world: World, versions: FakeVersions, gone: str) -> None:
    made = decided(world)
    with world.ledger.engine.begin() as connection:
        connection.execute(delete(DOCUMENTS).where(DOCUMENTS.c.kind == gone))
    found = getattr(_entry(world, made), f"{gone}_hash")
    with pytest.raises(NotFound, match=f"the ledger holds no document '{found}'"):
        same(world, versions, made)


def test_prices_that_are_gone_are_named(world: World, versions: FakeVersions) -> None:
    made = decided(world, {"money": 0.2})
    with world.ledger.engine.begin() as connection:
        connection.execute(delete(PRICES))
    with pytest.raises(NotFound, match="the ledger holds no prices 'p1'"):
        same(world, versions, made)


def test_a_model_that_is_gone_is_named(world: World, versions: FakeVersions) -> None:
    made = decided(world)
    del versions.held["tenure-response", "1"]
    with pytest.raises(StoreUnavailable, match="the artefact of tenure-response version 1 cannot be read"):
        same(world, versions, made)


def _entry(world: World, decision_id: str) -> Any:
    return world.ledger.find_decision(decision_id)
