"""Outcomes come home, whether a decision was made in real time or by a campaign."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from configs.errors import NotFound
from serving.app import create_app
from serving.archive import Archive
from serving.decided import Made, answered, find
from serving.deciding import Decider
from serving.runtime import Runtime
from serving.schemas import DecideRequest
from tests.serving import campaign_rows
from tests.serving.fakes import NOW, World, arms, rules


@pytest.fixture
def runtime(world: World, tmp_path: Path) -> Runtime:
    campaign_rows.keep(Archive(world.ledger.engine), tmp_path)
    return replace(world.runtime(), campaigns=tmp_path)


@pytest.fixture
def client(runtime: Runtime) -> Iterator[TestClient]:
    with TestClient(create_app(runtime), raise_server_exceptions=False) as client:
        yield client


def report(client: TestClient, decision_id: str, **changes: Any) -> tuple[int, Any]:
    body = {"outcome_id": "x1", "decision_id": decision_id, "kind": "accepted", "occurred_at": "2017-11-07T00:00:00Z"}
    response = client.post("/v1/outcomes", json={**body, **changes})
    return response.status_code, response.json()


@pytest.mark.parametrize(
    ("decision_id", "expected"),
    [
        ("autumn-1-0", Made("c0", NOW, ("o1",))),
        ("autumn-1-1", Made("c1", NOW, ())),
        ("autumn-1-2", Made("c2", NOW, ("o2",))),
        ("d1", Made("c1", NOW, ("o2", "o1"))),
        ("d2", Made("c1", NOW, ())),
    ],
)
def test_every_decision_is_found(runtime: Runtime, decision_id: str, expected: Made) -> None:
    Decider(runtime).decide(DecideRequest(customer_id="c1", item_count=2))
    held = replace(runtime, policy=rules(arms=arms(holdout=1.0)))
    Decider(held).decide(DecideRequest(customer_id="c1"))
    found = find(runtime, decision_id)
    assert replace(found, offers=tuple(sorted(found.offers))) == replace(
        expected, offers=tuple(sorted(expected.offers))
    )


def test_an_offer_made_is_found_without_the_campaigns_file(runtime: Runtime, tmp_path: Path) -> None:
    (tmp_path / "a.parquet").unlink()
    assert find(runtime, "autumn-1-2") == Made("c2", NOW, ("o2",))


@pytest.mark.parametrize("decision_id", ["autumn-1-3", "autumn-1-00", "autumn-2-0", "d9"])
def test_what_nobody_decided_is_not_found(runtime: Runtime, decision_id: str) -> None:
    for ask in (find, answered):
        with pytest.raises(NotFound, match=f"no decision '{decision_id}'"):
            ask(runtime, decision_id)


def test_an_outcome_joins_its_campaigns_decision(client: TestClient) -> None:
    reported = [report(client, "autumn-1-2", offer_id="o2", value=3.0)[1]["status"] for _ in range(2)]
    assert reported == ["recorded", "repeated"]
    found = client.get("/v1/decisions/autumn-1-2").json()
    assert [(one["outcome_id"], one["offer_id"], one["value"]) for one in found["outcomes"]] == [("x1", "o2", 3.0)]
    decision = found["decision"]
    assert (decision["customer_id"], decision["policy"], decision["models"]) == (
        "c2",
        {"version": "test-1", "prices_version": "v1"},
        [{"name": "m", "version": "2"}],
    )
    assert [(slot["offer_id"], slot["rank"], slot["selection_probability"]) for slot in decision["offers"]] == [
        ("o2", None, 0.9)
    ]


def test_who_was_left_alone_by_a_campaign_has_outcomes_of_no_offer(client: TestClient) -> None:
    assert report(client, "autumn-1-1", kind="renewed")[1]["status"] == "recorded"
    status, answer = report(client, "autumn-1-1", outcome_id="x2", offer_id="o1")
    assert (status, answer["error"]["message"]) == (422, "offer_id 'o1' was not in the decision; it made: none")


@pytest.mark.parametrize(
    ("decision_id", "occurred_at", "reason"),
    [
        ("autumn-1-3", NOW, "there is no decision 'autumn-1-3'"),
        ("autumn-1-02", NOW, "there is no decision 'autumn-1-02'"),
        ("autumn-1-0", NOW.replace(year=2016), "occurred at 2016-11-06T00:00:00+00:00, before its decision at "
                                               "2017-11-06T00:00:00+00:00"),
    ],
)  # fmt: skip
def test_what_a_campaign_cannot_explain_is_kept_aside(
    client: TestClient, decision_id: str, occurred_at: Any, reason: str
) -> None:
    status, answer = report(client, decision_id, occurred_at=occurred_at.isoformat())
    assert (status, answer["status"], answer["reason"]) == (200, "kept_aside", reason)


def test_a_contact_made_by_a_campaign_counts_towards_caps(runtime: Runtime) -> None:
    capped = replace(runtime, policy=rules(caps=[{"scope": "any", "max_contacts": 1, "window_days": 7.0}]))
    decider = Decider(capped)
    made = [decider.rehearse(DecideRequest(customer_id=customer)) for customer in ("c0", "c1")]
    assert [answer.offers[0].offer_id for answer in made] == [None, "o2"]
