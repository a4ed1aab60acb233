"""Decisions of every arm, under shadow prices, and of offers that the policy itself holds."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from configs.errors import ConfigError
from configs.loading import parse
from configs.policy import Policy
from decisioning.budgets import Prices
from serving.answers import DecideAnswer
from serving.archive import Archive
from serving.catalogue import catalogue_of
from serving.catalogue_document import of_document
from serving.deciding import Decider
from serving.entries import PricesEntry
from serving.prices import InForce, PriceFollower
from serving.schemas import DecideRequest
from tests.serving.asking import chosen, decide
from tests.serving.fakes import NOW, RULES, FakeModel, World, arms, offer, rules

LIKED = replace(offer("liked", "A", ("email", "sms"), value=4.0), attributes={"share": 0.9})
WORTHY = replace(offer("worthy", "B", value=30.0), attributes={"share": 0.3})
PUSHED = replace(offer("pushed", "C", value=3.0), attributes={"share": 0.1})
LEVERS = [{"offer_id": "pushed", "amount": 50.0}]


def in_arm(world: World, arm: str, customer_id: str = "c1", **asked: Any) -> DecideAnswer:
    shares = {} if arm == "policy" else {arm: 1.0}
    world.offers = (LIKED, WORTHY, PUSHED)
    world.response = FakeModel("tenure-response", 0.0, reads="offers__share")
    world.policy = rules(arms=arms(**shares), levers=LEVERS)
    return decide(world, customer_id, **asked)


@pytest.mark.parametrize(
    ("arm", "first", "ranked_first"),
    [
        ("policy", "pushed", "pushed"),
        ("no_levers", "worthy", "worthy"),
        ("acceptance", "liked", "liked"),
        ("holdout", None, None),
    ],
)
def test_every_arm_answers_by_its_rule_and_says_so(
    world: World, arm: str, first: str | None, ranked_first: str | None
) -> None:
    answer = in_arm(world, arm, explain="full")
    assert (answer.arm, answer.offers[0].offer_id, answer.offers[0].selection_probability) == (arm, first, 1.0)
    assert answer.considered is not None
    assert answer.considered[0].offer_id == ranked_first
    entry = world.ledger.find_decision(answer.decision_id)
    assert (entry.arm, entry.offer_id, entry.selection_probability) == (arm, first, 1.0)


def test_the_random_arm_draws_evenly_among_all_that_may_be_done(world: World) -> None:
    answers = [in_arm(world, "random", f"c{number}") for number in range(200)]
    assert {(answer.arm, answer.offers[0].selection_probability) for answer in answers} == {("random", 0.2)}
    drawn = Counter(chosen(answer)[0] for answer in answers)
    # 5 actions, 200 draws: 40 each, and 5 standard deviations of a binomial are 29.
    assert len(drawn) == 5
    assert all(abs(count - 40) < 29 for count in drawn.values())


def test_the_random_arm_says_that_nothing_was_drawn(world: World) -> None:
    answers = (in_arm(world, "random", f"c{number}", explain="reasons") for number in range(200))
    nothing = next(answer for answer in answers if answer.offers[0].offer_id is None)
    assert nothing.offers[0].reasons == (
        "Drawn at random: a share of customers gets any offer or none, to measure what choosing is worth",
    )


BUDGETS = [{"name": "money", "of": "money", "limit": 1000.0}]


def priced(world: World, prices: Prices, **asked: Any) -> DecideAnswer:
    world.policy = rules(budgets=BUDGETS)
    made = (
        Decider(replace(world.runtime(), prices=lambda: InForce(prices)))
        .decide(DecideRequest(customer_id="c1", **asked))
        .made
    )
    assert made is not None
    return made


@pytest.mark.parametrize(
    ("price", "shadow_cost", "best"),
    [(0.0, 0.0, ("o2", "email")), (0.5, 1.05, ("o2", "email")), (4.0, 8.4, ("o2", "email")), (5.0, 0.0, (None, None))],
)
def test_prices_in_force_are_in_the_net_value_and_named(
    world: World, price: float, shadow_cost: float, best: tuple[str | None, str | None]
) -> None:
    answer = priced(world, Prices("v7", {"money": price, "of another policy": 99.0}))
    [slot] = answer.offers
    assert (chosen(answer), answer.policy.prices_version) == ([best], "v7")
    assert slot.factors.shadow_cost == pytest.approx(shadow_cost)
    assert slot.net_value == pytest.approx(9.0 - 0.1 - shadow_cost if slot.offer_id else 0.0)
    assert world.ledger.find_decision(answer.decision_id).prices_version == "v7"


def test_prices_that_a_follower_finds_steer_the_next_decision(world: World) -> None:
    archive = Archive(world.ledger.engine)
    world.policy = rules(budgets=BUDGETS)
    under = archive.keep("policy", world.policy.model_dump_json())
    follower = PriceFollower(archive, world.policy)
    decider = Decider(replace(world.runtime(), prices=follower))
    seen = []
    for version, price in ((None, None), ("v1", 0.5), ("v2", 5.0)):
        if version:
            archive.add_prices(
                PricesEntry(version, NOW.replace(minute=int(version[1])), under, f'{{"money": {price}}}')
            )
        follower.poll()
        made = decider.decide(DecideRequest(customer_id="c1")).made
        assert made is not None
        seen.append((made.policy.prices_version, round(made.offers[0].net_value, 6)))
    assert seen == [(None, 8.9), ("v1", 7.85), ("v2", 0.0)]


def test_a_decision_that_no_price_of_its_budgets_steers_says_so(world: World) -> None:
    archive = Archive(world.ledger.engine)
    other = rules(budgets=[{**BUDGETS[0], "limit": 9.0}])
    archive.add_prices(PricesEntry("v1", NOW, archive.keep("policy", other.model_dump_json()), '{"money": 5.0}'))
    world.policy = rules(budgets=BUDGETS)
    follower = PriceFollower(archive, world.policy)
    follower.poll()
    made = Decider(replace(world.runtime(), prices=follower)).decide(DecideRequest(customer_id="c1")).made
    assert made is not None
    assert (made.degraded, made.policy.prices_version) == (("prices",), None)
    assert (made.offers[0].offer_id, made.offers[0].factors.shadow_cost) == ("o2", 0.0)


OWN = {"offer_id": "own", "kind": "B", "cost": 1.0, "value": 30.0, "channels": ["sms"], "capacity": 2}
CAPS = [{"scope": "kind", "name": "A", "max_contacts": 1, "window_days": 30.0}]


@pytest.fixture
def records(tmp_path: Path) -> Path:
    path = tmp_path / "records.parquet"
    row = {
        "offer_id": "recorded", "name": None, "kind": "A", "cost": 2.0, "value": 10.0, "channels": ["email"],
        "valid_from": None, "valid_to": None, "capacity": None, "categories": None, "eligibility": None,
    }  # fmt: skip
    pq.write_table(pa.Table.from_pylist([row, {**row, "offer_id": "own", "kind": "Z"}]), path)
    return path


def under(world: World, records: Path, **changes: Any) -> Decider:
    policy = rules(**changes)
    return Decider(replace(world.runtime(), policy=policy, catalogue=catalogue_of(policy, records)))


def test_the_offers_of_a_policy_take_the_place_of_the_recorded(world: World, records: Path) -> None:
    request = DecideRequest(customer_id="c1", explain="full")
    recorded = under(world, records).rehearse(request)
    assert {slot.offer_id for slot in recorded.considered or ()} == {"recorded", "own", None}
    decider = under(world, records, offers=[OWN])
    made = [decider.decide(request).made for _ in range(3)]
    assert [chosen(one) for one in made if one] == [[("own", "sms")], [("own", "sms")], [(None, None)]]
    assert made[2] is not None
    assert {one.reason for one in made[2].filtered} == {"capacity of own: 0.00 left of 2.00, 1.00 needed"}


def test_the_kind_of_a_recorded_offer_still_counts_towards_caps(world: World, records: Path) -> None:
    under(world, records).decide(DecideRequest(customer_id="c1"))
    offers = [{**OWN, "kind": "A"}, {**OWN, "offer_id": "second", "value": 20.0}]
    answer = under(world, records, offers=offers, caps=CAPS).rehearse(DecideRequest(customer_id="c1"))
    assert chosen(answer) == [("second", "sms")]
    assert [(one.offer_id, one.stage) for one in answer.filtered] == [("own", "contact_cap")]


def test_the_ledger_keeps_policy_and_catalogue_of_a_decision(world: World, records: Path) -> None:
    made = under(world, records, offers=[OWN]).decide(DecideRequest(customer_id="c1")).made
    assert made is not None
    entry, archive = world.ledger.find_decision(made.decision_id), Archive(world.ledger.engine)
    kept = of_document(archive.document(entry.catalogue_hash))
    assert ([one.offer_id for one in kept.offers], kept.retired) == (["own"], {"recorded": "A"})
    assert '"version":"test-1"' in archive.document(entry.policy_hash)


def test_every_offer_of_a_policy_that_does_not_compile_is_named() -> None:
    broken = [{**OWN, "eligibility": "customer.plan =="}, {**OWN, "offer_id": "b", "eligibility": "client.age > 1"}]
    with pytest.raises(ConfigError, match=r"policy\.yaml: 2 problems") as raised:
        parse({**RULES, "offers": broken}, Policy, "policy.yaml")
    assert [line.partition(": ")[0] for line in raised.value.details] == [
        "offers.0.eligibility",
        "offers.1.eligibility",
    ]
