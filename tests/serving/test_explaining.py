"""`explain: full` answers why this, why not that and what would flip it; the rest of the answer is unchanged."""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event
from typing import Any

import pytest
from starlette.testclient import TestClient

from features.vectors import Value
from serving.answers import to_json
from serving.app import create_app
from serving.deciding import Begun, Decided, Decider
from serving.rendering import answer
from serving.schemas import DecideRequest
from tests.serving.fakes import FakeModel, World, arms, rules


def asked(world: World, explain: str, **request: Any) -> Any:
    made = Decider(world.runtime()).decide(DecideRequest(customer_id="c1", explain=explain, **request))  # type: ignore[arg-type]
    return json.loads(made.response)


# o1 by email: .5 x (10 - 2) - .1 = 3.9, by sms 3.8; o2 by email: .5 x (20 - 2) - .1 = 8.9
def test_the_whole_explanation(world: World) -> None:
    found = asked(world, "full")["explanation"]
    flips = found.pop("flips")
    none = {"effect": 0.0, "lever": 0.0, "preference": 0.0, "shadow_cost": 0.0, "cost": 0.0, "contact_cost": 0.0}
    why_not = [
        {
            "offer_id": "o1",
            "channel": "email",
            "loses_by": pytest.approx(5.0),
            "mostly": "margin",
            "terms": pytest.approx({**none, "margin": 5.0}),
        },
        {
            "offer_id": "o1",
            "channel": "sms",
            "loses_by": pytest.approx(5.1),
            "mostly": "margin",
            "terms": pytest.approx({**none, "margin": 5.0, "contact_cost": 0.1}),
        },
        {
            "offer_id": None,
            "channel": None,
            "loses_by": pytest.approx(8.9),
            "mostly": "margin",
            "terms": pytest.approx({**none, "margin": 10.0, "cost": -1.0, "contact_cost": -0.1}),
        },
    ]
    assert found == {
        "first_offer_id": "o2",
        "first_channel": "email",
        "how": "rule",
        "why": why_not[0],
        "why_not": why_not,
        "no_flips": None,
        "resolution": {"lever": 0.01, "cost": 0.01, "p_accept": 0.0001},
    }
    assert [(flip["offer_id"], flip["channel"], flip["of"]) for flip in flips[:4]] == [
        ("o2", "email", "lever"),
        ("o2", "email", "cost"),
        ("o2", "email", "p_accept"),
        ("o1", "email", "lever"),
    ]
    assert flips[1] == {
        "offer_id": "o2",
        "channel": "email",
        "makes": "lose",
        "of": "cost",
        "change": pytest.approx(10.0, abs=0.011),
        "to": pytest.approx(12.0, abs=0.011),
        "then_offer_id": "o1",
        "then_channel": "email",
        "infeasible": None,
        "verified": True,
    }
    assert flips[4]["infeasible"].startswith("would need a negative cost: -8.0")


@pytest.mark.parametrize("explain", ["none", "reasons"])
def test_who_does_not_ask_gets_none(world: World, explain: str) -> None:
    assert asked(world, explain)["explanation"] is None


def test_explaining_changes_nothing_else(world: World) -> None:
    plain, full = asked(world, "reasons"), asked(world, "full")
    for one in (plain, full):
        for name in ("decision_id", "explanation", "considered"):
            del one[name]
    assert plain == full


@pytest.mark.parametrize("arm", ["random", "holdout"])
def test_an_arm_in_which_no_number_decides_says_so(world: World, arm: str) -> None:
    world.policy = rules(arms=arms(**{arm: 0.999999}))
    found = asked(world, "full")["explanation"]
    assert (found["how"], found["flips"], found["why_not"]) == (arm, [], [])
    assert found["no_flips"].endswith("no number decides")


def test_without_a_response_model_nothing_else_may_be_done(world: World) -> None:
    world.response = None
    found = asked(world, "full")["explanation"]
    assert (found["first_offer_id"], found["why"], found["why_not"]) == (None, None, [])
    assert [flip["infeasible"] for flip in found["flips"]] == [
        "nothing else may be done",
        "nothing costs nothing",
        "nothing is not accepted",
    ]


def test_flips_of_what_exploration_drew_are_those_of_what_comes_first(world: World) -> None:
    world.policy = rules(exploration={"epsilon": 1.0, "floor": 0.0})
    answers = [asked(world, "full") for _ in range(12)]
    assert {answer["explanation"]["how"] for answer in answers} == {"rule", "exploration"}
    assert {answer["explanation"]["first_offer_id"] for answer in answers} == {"o2"}


CAPPED = rules(caps=[{"scope": "any", "max_contacts": 1, "window_days": 7}])


def test_what_is_answered_in_between_is_what_is_decided_at_once(world: World) -> None:
    request = DecideRequest(customer_id="c1", explain="full")
    decider = Decider(replace(world.runtime(), new_id=lambda: "d1"))
    at_once = decider.rehearse(request)
    begun = decider.begin(request)
    assert isinstance(begun, Begun)
    assert world.ledger.contacts_of("d1") == []
    made = answer(begun.basis)
    assert decider.finish(begun, made) == Decided(to_json(at_once), made)
    assert world.ledger.find_decision("d1").response.encode() == to_json(at_once)


def test_a_customer_who_was_contacted_meanwhile_is_decided_for_anew(world: World) -> None:
    world.policy = CAPPED
    decider = Decider(world.runtime())
    begun = decider.begin(DecideRequest(customer_id="c1", explain="full"))
    assert isinstance(begun, Begun)
    offered = answer(begun.basis)
    for customer_id in ("c1", "c2"):
        decider.decide(DecideRequest(customer_id=customer_id))
    found = decider.finish(begun, offered).made
    assert found is not None
    assert (offered.offers[0].offer_id, found.offers[0].offer_id) == ("o2", None)
    assert (found.decision_id, {one.stage for one in found.filtered}) == (offered.decision_id, {"contact_cap"})
    assert found.explanation is not None


class Slow(FakeModel):
    """A model that explains only when it is told to go on."""

    def __init__(self) -> None:
        super().__init__("tenure-response", 0.5)
        self.explaining, self.go_on = Event(), Event()

    def contributions(self, row: Mapping[str, Value]) -> list[tuple[str, float]]:
        self.explaining.set()
        assert self.go_on.wait(10)
        return super().contributions(row)


def test_others_are_decided_for_while_one_is_explained(world: World) -> None:
    world.policy, world.response = CAPPED, (slow := Slow())
    with TestClient(create_app(world.runtime())) as client, ThreadPoolExecutor(1) as thread:
        full = thread.submit(
            lambda: client.post(
                "/v1/decide", json={"customer_id": "c1", "explain": "full"}, headers={"Idempotency-Key": "k"}
            )
        )
        assert slow.explaining.wait(10)
        others = [client.post("/v1/decide", json={"customer_id": name}) for name in ("c2", "c1")]
        slow.go_on.set()
        one = full.result(10)
        again = client.post(
            "/v1/decide", json={"customer_id": "c1", "explain": "full"}, headers={"Idempotency-Key": "k"}
        )
    assert [other.json()["offers"][0]["offer_id"] for other in others] == ["o2", "o2"]
    assert one.json()["offers"][0]["offer_id"] is None  # the cap counts the decision that came in between
    assert (again.content, again.headers["idempotent-replayed"]) == (one.content, "true")
