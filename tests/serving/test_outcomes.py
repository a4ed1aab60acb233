"""Outcomes: early or late, once or often, and only of what was decided."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from features.ledger import OUTCOMES, UNMATCHED
from serving.app import create_app
from tests.serving.fakes import World, arms, rules

LATE = "2024-05-01T12:30:00+02:00"


def report(client: TestClient, **changes: Any) -> tuple[int, dict[str, Any]]:
    body = {
        "outcome_id": "x1",
        "decision_id": "d1",
        "offer_id": "o2",
        "kind": "accepted",
        "value": 9.5,
        "occurred_at": LATE,
    }
    response = client.post("/v1/outcomes", json={**body, **changes})
    return response.status_code, response.json()


@pytest.fixture(autouse=True)
def decided(client: TestClient) -> dict[str, Any]:
    answer: dict[str, Any] = client.post("/v1/decide", json={"customer_id": "c1"}).json()
    return answer


def test_a_late_outcome_joins_its_decision(client: TestClient, decided: dict[str, Any]) -> None:
    assert report(client) == (200, {"id": "x1", "status": "recorded", "degraded": [], "reason": None})
    assert client.get("/v1/decisions/d1").json() == {
        "decision": decided,
        "outcomes": [
            {
                "outcome_id": "x1",
                "offer_id": "o2",
                "kind": "accepted",
                "value": 9.5,
                "occurred_at": "2024-05-01T10:30:00Z",
                "received_at": "2026-01-02T03:04:05Z",
            }
        ],
    }


def test_a_repeated_outcome_is_counted_once(client: TestClient) -> None:
    assert [report(client)[1]["status"] for _ in range(3)] == ["recorded", "repeated", "repeated"]
    assert len(client.get("/v1/decisions/d1").json()["outcomes"]) == 1


@pytest.mark.parametrize(
    ("changes", "status", "message"),
    [
        ({"offer_id": "o1"}, 422, "offer_id 'o1' was not in the decision; it made: o2"),
        ({"occurred_at": "2026-01-03T03:04:06Z"}, 422, "occurred_at 2026-01-03T03:04:06+00:00 is in the future"),
        ({"occurred_at": "+058000-01-01T00:00:00Z"}, 422, "the request has 1 problem"),
        ({"kind": "bought"}, 422, "the request has 1 problem"),
    ],
)
def test_an_outcome_that_cannot_be_is_refused(
    client: TestClient, changes: dict[str, Any], status: int, message: str
) -> None:
    found, answer = report(client, **changes)
    assert (found, answer["error"]["message"]) == (status, message)
    assert client.get("/v1/decisions/d1").json()["outcomes"] == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"decision_id": "d9"}, "there is no decision 'd9'"),
        ({"decision_id": "none-7"}, "there is no decision 'none-7'"),
        (
            {"occurred_at": "2017-11-04T23:59:59Z"},
            "occurred at 2017-11-04T23:59:59+00:00, before its decision at 2017-11-06T00:00:00+00:00",
        ),
    ],
)
def test_an_outcome_that_no_decision_explains_is_kept_aside_once(
    world: World, client: TestClient, changes: dict[str, Any], reason: str
) -> None:
    kept = {"id": "x1", "status": "kept_aside", "degraded": [], "reason": reason}
    assert [report(client, **changes), report(client, **changes)] == [(200, kept), (200, kept)]
    assert client.get("/v1/decisions/d1").json()["outcomes"] == []
    with world.ledger.engine.connect() as connection:
        assert connection.execute(select(UNMATCHED.c.reason)).scalars().all() == [reason]


def test_an_outcome_a_year_late_is_recorded(client: TestClient) -> None:
    assert report(client, occurred_at="2018-11-06T00:00:00Z")[1]["status"] == "recorded"


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_value_that_is_no_number_is_refused_and_nothing_kept(world: World, client: TestClient, number: str) -> None:
    body = f'{{"outcome_id": "x", "decision_id": "d1", "kind": "accepted", "value": {number}, "occurred_at": "{LATE}"}}'
    answer = client.post("/v1/outcomes", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid_request")
    assert answer.json()["error"]["details"] == ["value: Input should be a finite number"]
    with world.ledger.engine.connect() as connection:
        assert [connection.execute(select(table)).all() for table in (OUTCOMES, UNMATCHED)] == [[], []]


def test_an_outcome_kept_aside_counts_once_its_decision_is_known(world: World, client: TestClient) -> None:
    early = {"decision_id": "d2", "offer_id": "o2", "occurred_at": LATE}
    assert report(client, **early)[1]["status"] == "kept_aside"
    client.post("/v1/decide", json={"customer_id": "c1"})
    assert [report(client, **early)[1]["status"] for _ in range(2)] == ["recorded", "repeated"]
    assert [one["outcome_id"] for one in client.get("/v1/decisions/d2").json()["outcomes"]] == ["x1"]


def test_kept_aside_or_not_an_id_has_one_body(client: TestClient) -> None:
    report(client, decision_id="d9")
    status, answer = report(client, decision_id="d9", value=10.0)
    assert (status, answer["error"]["message"]) == (409, "outcome_id 'x1' was used with another body")


def asked_again(world: World, client: TestClient, **declined: Any) -> list[Any]:
    """What is offered before and after a refusal that is reported as declined."""
    with TestClient(create_app(world.runtime())) as resting:
        first = resting.post("/v1/decide", json={"customer_id": "c1"}).json()
        assert report(client, decision_id=first["decision_id"], kind="declined", **declined)[1]["status"] == "recorded"
        after = resting.post("/v1/decide", json={"customer_id": "c1"}).json()
        other = resting.post("/v1/decide", json={"customer_id": "c2"}).json()
    assert other["offers"][0]["offer_id"] == "o2"  # who declined nothing
    return [first["offers"][0]["offer_id"], after["offers"][0]["offer_id"], after["filtered"]]


AT_ONCE = "2017-11-06T00:00:00Z"


@pytest.mark.parametrize(
    ("scope", "days", "occurred_at", "after", "filtered"),
    [
        ("offer", 30.0, AT_ONCE, "o1", [("o2", "email", "rest")]),
        ("kind", 30.0, AT_ONCE, "o1", [("o2", "email", "rest")]),
        ("channel", 30.0, AT_ONCE, "o1", [("o1", "email", "rest"), ("o2", "email", "rest")]),
        ("any", 30.0, AT_ONCE, None, [("o1", "email", "rest"), ("o1", "sms", "rest"), ("o2", "email", "rest")]),
        ("any", 0.5, "2017-11-05T12:00:00Z", "o2", []),  # exactly that old
    ],
)
def test_who_declines_is_left_alone(
    world: World,
    client: TestClient,
    scope: str,
    days: float,
    occurred_at: str,
    after: str | None,
    filtered: list[tuple[str, str, str]],
) -> None:
    world.policy = rules(rests=[{"scope": scope, "days": days}])
    found = asked_again(world, client, occurred_at=occurred_at)
    trail = [(one["offer_id"], one["channel"], one["stage"]) for one in found[2]]
    assert (found[0], found[1], trail) == ("o2", after, filtered)


def test_a_refusal_of_no_single_offer_is_of_all_that_was_made(world: World, client: TestClient) -> None:
    world.policy = rules(rests=[{"scope": "offer", "days": 30.0}])
    _, after, [filtered] = asked_again(world, client, occurred_at=AT_ONCE, offer_id=None)
    assert (after, filtered["offer_id"]) == ("o1", "o2")
    assert filtered["reason"] == "declined on 2017-11-06 (offer o2); left alone for 30 days"


def test_an_application_clock_may_be_a_little_ahead(client: TestClient) -> None:
    assert report(client, occurred_at="2026-01-02T03:09:00Z")[0] == 200


def test_the_same_id_with_another_body_conflicts(client: TestClient) -> None:
    report(client)
    status, answer = report(client, value=10.0)
    assert (status, answer["error"]["code"]) == (409, "conflict")


def test_an_outcome_may_be_of_no_offer(client: TestClient) -> None:
    assert report(client, offer_id=None, kind="churned", value=None)[0] == 200


def test_the_holdout_has_outcomes_too(world: World, client: TestClient) -> None:
    world.policy = rules(arms=arms(holdout=1.0))
    with TestClient(create_app(world.runtime())) as held:
        decision = held.post("/v1/decide", json={"customer_id": "c1"}).json()["decision_id"]
        assert report(held, decision_id=decision, offer_id=None, kind="renewed")[0] == 200
        message = report(held, decision_id=decision, outcome_id="x2")[1]["error"]["message"]
    assert message == "offer_id 'o2' was not in the decision; it made: none"


def test_an_unknown_decision_is_404(client: TestClient) -> None:
    response = client.get("/v1/decisions/none")
    assert (response.status_code, response.json()["error"]["code"]) == (404, "not_found")


def test_a_decision_reads_back_verbatim(client: TestClient) -> None:
    sent = client.post("/v1/decide", json={"customer_id": "c1"})
    read = client.get(f"/v1/decisions/{sent.json()['decision_id']}")
    assert sent.content in read.content
    assert json.loads(read.content)["decision"] == sent.json()
