"""Stored decisions explained over HTTP, whether made in real time or by a campaign."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from starlette.testclient import TestClient

from serving.app import create_app
from serving.archive import Archive
from serving.campaigns import SCHEMA
from serving.entries import CampaignEntry
from tests.serving.fakes import NOW, FakeModel, World
from tests.serving.replays import FakeVersions, replayer

ROW: dict[str, Any] = {
    "decision_id": "camp-0",
    "customer_id": "c1",
    "decided_at": NOW,
    "arm": "policy",
    "offer_id": "o1",
    "channel": "email",
    "selection_probability": 0.95,
    "propensity": 0.9,
    "net_value": 3.9,
    "p_accept": 0.5,
    "effect_value": None,
    "uplift": None,
    "margin_uplift": None,
    "evidence": "none",
    "value_at_stake": 120.0,
    "p_churn": 0.3,
    "margin": 10.0,
    "cost": 2.0,
    "contact_cost": 0.1,
    "lever": 0.0,
    "preference": 0.0,
    "shadow_cost": 0.0,
    "candidates": 4,
}
ALONE = {**ROW, "decision_id": "camp-1", "offer_id": None, "channel": None, "evidence": None} | dict.fromkeys(
    ("net_value", "p_accept", "margin", "cost", "contact_cost"), 0.0
)


@pytest.fixture
def versions(world: World) -> FakeVersions:
    kept = FakeVersions()
    kept.keep(world)
    return kept


@pytest.fixture
def client(world: World, versions: FakeVersions, tmp_path: Path) -> Iterator[TestClient]:
    runtime = replace(world.runtime(), again=replayer(world, versions).again, campaigns=tmp_path)
    pq.write_table(pa.Table.from_pylist([ROW, ALONE], SCHEMA), tmp_path / "camp.parquet")
    models = json.dumps([{"name": "tenure-response", "version": "3"}])
    entry = CampaignEntry("camp", NOW, "test-1", "h", "c", "prices-camp", models, 2, "camp.parquet")
    Archive(world.ledger.engine).record_campaign(entry, (), ())
    with TestClient(create_app(runtime), raise_server_exceptions=False) as client:
        yield client


def decided(client: TestClient, **asked: object) -> Any:
    return client.post("/v1/decide", json={"customer_id": "c1", **asked}).json()


def test_a_decision_is_explained_later_as_it_would_have_been_at_once(client: TestClient) -> None:
    stored = decided(client, explain="none")
    found = client.get(f"/v1/decisions/{stored['decision_id']}/explanation").json()
    assert (found["made_in"], found["identical"], found["notes"]) == ("real_time", True, [])
    at_once = decided(client, explain="full")
    assert found["decision"]["explanation"] == at_once["explanation"]
    assert found["decision"]["considered"] == at_once["considered"]
    assert {**found["decision"], "explanation": None, "considered": None} == {
        **stored,
        "offers": found["decision"]["offers"],
    }


def test_one_that_asked_for_everything_holds_it(client: TestClient) -> None:
    stored = decided(client, explain="full")
    found = client.get(f"/v1/decisions/{stored['decision_id']}/explanation").json()
    assert (found["identical"], found["decision"]) == (True, stored)


def test_a_model_that_answers_otherwise_is_noticed(client: TestClient, versions: FakeVersions) -> None:
    stored = decided(client)
    versions.held["tenure-response", "1"] = FakeModel("tenure-response", 0.75)
    found = client.get(f"/v1/decisions/{stored['decision_id']}/explanation").json()
    assert found["identical"] is False
    assert found["notes"] == ["decided again, the answer differs from the stored one; what is explained is the new one"]
    assert found["decision"]["offers"][0]["factors"]["p_accept"] == 0.75


def test_what_is_gone_is_named(client: TestClient, versions: FakeVersions) -> None:
    stored = decided(client)
    versions.held.clear()
    response = client.get(f"/v1/decisions/{stored['decision_id']}/explanation")
    assert response.status_code == 503
    assert response.json()["error"]["message"] == "the artefact of tenure-churn version 1 cannot be read"


def test_an_unknown_decision_is_not_found(client: TestClient) -> None:
    for path in ("nosuch/explanation", "nosuch", "camp-2/explanation", "camp-2", "camp-x"):
        response = client.get(f"/v1/decisions/{path}")
        assert (response.status_code, response.json()["error"]["code"]) == (404, "not_found")


def test_a_runtime_that_cannot_says_so(world: World) -> None:
    with TestClient(create_app(world.runtime()), raise_server_exceptions=False) as client:
        stored = decided(client)
        response = client.get(f"/v1/decisions/{stored['decision_id']}/explanation")
    assert (response.status_code, response.json()["error"]["message"]) == (
        503,
        "this service cannot make decision d1 again",
    )


def test_a_campaigns_decision_is_read_like_any_other(client: TestClient) -> None:
    found = client.get("/v1/decisions/camp-0").json()
    assert found["outcomes"] == []
    decision = found["decision"]
    assert (decision["decision_id"], decision["customer_id"], decision["arm"]) == ("camp-0", "c1", "policy")
    assert decision["policy"] == {"version": "test-1", "prices_version": "prices-camp"}
    assert decision["models"] == [{"name": "tenure-response", "version": "3"}]
    assert (decision["ranked_by"], decision["explanation"], decision["considered"]) == ("acceptance", None, None)
    [slot] = decision["offers"]
    assert (slot["offer_id"], slot["channel"], slot["rank"], slot["net_value"]) == ("o1", "email", None, 3.9)
    assert (slot["factors"]["cost"], slot["selection_probability"]) == (2.0, 0.95)


def test_who_was_left_alone_by_a_campaign_is_found_too(client: TestClient) -> None:
    [slot] = client.get("/v1/decisions/camp-1").json()["decision"]["offers"]
    assert (slot["offer_id"], slot["channel"], slot["evidence"]) == (None, None, "none")


def test_outcomes_of_a_campaign_come_home(client: TestClient) -> None:
    outcome = {"outcome_id": "x", "decision_id": "camp-0", "offer_id": "o1", "kind": "accepted"}
    assert client.post("/v1/outcomes", json={**outcome, "occurred_at": "2017-11-07T00:00:00Z"}).is_success
    assert [one["kind"] for one in client.get("/v1/decisions/camp-0").json()["outcomes"]] == ["accepted"]


def test_a_campaigns_decision_is_explained_as_far_as_its_row_tells(client: TestClient) -> None:
    found = client.get("/v1/decisions/camp-0/explanation").json()
    assert (found["made_in"], found["identical"]) == ("campaign", None)
    assert found["notes"][0] == "made in batch, by campaign camp: everybody was decided for at once within budgets"
    explanation = found["decision"]["explanation"]
    assert (explanation["how"], explanation["why"], explanation["flips"]) == ("campaign", None, [])
    assert explanation["no_flips"].startswith("made in batch: other candidates are not kept")
    [over_nothing] = explanation["why_not"]
    assert (over_nothing["offer_id"], over_nothing["loses_by"]) == (None, pytest.approx(3.9))
    assert over_nothing["terms"]["margin"] == pytest.approx(5.0)
    assert sum(over_nothing["terms"].values()) == pytest.approx(3.9)


def test_nothing_needs_no_comparison_with_itself(client: TestClient) -> None:
    explanation = client.get("/v1/decisions/camp-1/explanation").json()["decision"]["explanation"]
    assert (explanation["first_offer_id"], explanation["why_not"]) == (None, [])
