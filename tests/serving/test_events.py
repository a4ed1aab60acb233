"""Events: checked, kept, and brought into the features of their customer."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from features.contract import TABLES
from features.ledger import EVENTS
from serving.schemas import EventTable
from tests.serving.fakes import World

ROW = {"customer_id": "c1", "occurred_at": "2017-11-05T23:30:00-05:00", "amount": 12.5, "categories": ["a", "b"]}


def report(client: TestClient, **changes: Any) -> tuple[int, dict[str, Any]]:
    response = client.post("/v1/events", json={"event_id": "e1", "table": "transactions", "row": ROW, **changes})
    return response.status_code, response.json()


def kept(world: World) -> list[dict[str, Any]]:
    with world.ledger.engine.connect() as connection:
        return [dict(row) for row in connection.execute(select(EVENTS)).mappings()]


def test_an_event_is_kept_and_brought_in(world: World, client: TestClient) -> None:
    assert report(client) == (200, {"id": "e1", "status": "recorded", "degraded": [], "reason": None})
    assert world.refreshed == ["c1"]
    [row] = kept(world)
    assert (row["table"], row["customer_id"]) == ("transactions", "c1")
    assert row["occurred_at"] == "2017-11-06T04:30:00.000000+00:00"
    assert row["received_at"] == "2026-01-02T03:04:05.000000+00:00"
    assert json.loads(row["row"]) == ROW


def test_a_repeated_event_is_kept_once_and_brought_in_again(world: World, client: TestClient) -> None:
    assert [report(client)[1]["status"] for _ in range(2)] == ["recorded", "repeated"]
    assert (len(kept(world)), world.refreshed) == (1, ["c1", "c1"])


def test_without_the_store_an_event_is_kept_and_comes_in_later(world: World, client: TestClient) -> None:
    world.features.away = True
    assert report(client) == (200, {"id": "e1", "status": "recorded", "degraded": ["features"], "reason": None})
    world.features.away = False
    assert report(client)[1] == {"id": "e1", "status": "repeated", "degraded": [], "reason": None}
    assert world.refreshed == ["c1"]


def test_every_breach_of_the_contract_is_named_and_nothing_kept(world: World, client: TestClient) -> None:
    world.problems = ["amount: is negative"]
    status, answer = report(client, row={"customer_id": "c1"})
    assert (status, answer["error"]["message"]) == (422, "the row breaks the contract of transactions")
    assert answer["error"]["details"] == [
        "row.occurred_at: is required",
        "row.amount: is negative",
        "row.occurred_at: must be an instant such as 2017-11-06T05:00:00Z",
    ]
    assert (kept(world), world.refreshed) == ([], [])


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        ({"customer_id": 7}, "row.customer_id: must be text"),
        ({"customer_id": None}, "row.customer_id: must be text"),
        ({"occurred_at": "2017-11-05T23:30:00"}, "row.occurred_at: must be an instant such as 2017-11-06T05:00:00Z"),
        (
            {"occurred_at": "2017-11-05 23:30:00 UTC"},
            "row.occurred_at: must be an instant such as 2017-11-06T05:00:00Z",
        ),
        ({"occurred_at": 1509926400}, "row.occurred_at: must be an instant such as 2017-11-06T05:00:00Z"),
    ],
)
def test_whose_row_it_is_and_when_leave_no_doubt(client: TestClient, change: dict[str, Any], detail: str) -> None:
    status, answer = report(client, row={**ROW, **change})
    assert (status, answer["error"]["details"]) == (422, [detail])


def test_events_read_back_by_table_as_they_came(world: World, client: TestClient) -> None:
    nps = {"customer_id": "c1", "occurred_at": "2017-11-05T00:00:00Z", "kind": "nps", "score": 9}
    report(client)
    report(client, event_id="e2", table="feedback", row=nps)
    report(client, event_id="e3", row={**ROW, "customer_id": "c2"})
    assert world.ledger.events_of("c1") == {"transactions": [ROW], "feedback": [nps]}
    assert world.ledger.events_of("nobody") == {}


@pytest.mark.parametrize("table", ["offers", "sales", ""])
def test_only_tables_of_customers_take_events(client: TestClient, table: str) -> None:
    assert report(client, table=table)[0] == 422


def test_every_table_of_customers_takes_events() -> None:
    assert set(get_args(EventTable)) == {name for name, table in TABLES.items() if "customer_id" in table.names}


def test_the_same_id_with_another_body_conflicts(client: TestClient) -> None:
    report(client)
    assert report(client, row={**ROW, "amount": 13.0})[0] == 409
