"""Which snapshots there are to be, which is the latest, and what arrived since ingestion."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from configs.dataset import Clock
from configs.errors import WorkspaceError
from features.catalogue import views
from features.compute import file_name, folder
from features.tables import open_tables
from pipelines.features import instants, latecomers, latest, received, regular
from pipelines.session import Session
from serving.ledger import EventEntry, Ledger, ledger_url, open_ledger

NOW = datetime(2024, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def at(session: Session, now: datetime, kind: str = "data") -> Session:
    clock = Clock(kind=kind)  # type: ignore[arg-type]
    return replace(session, dataset=session.dataset.model_copy(update={"clock": clock}), clock=lambda: now)


def computed(session: Session, *snapshots: datetime, without: str = "") -> None:
    for view in views(session.dataset):
        for instant in snapshots if view.name != without else snapshots[:-1]:
            path = folder(session.workspace, view) / file_name(instant)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()


def test_historical_records_count_back_from_the_clock(ingested: Session) -> None:
    found = regular(ingested, open_tables(ingested.workspace), NOW)
    assert found[-1] == NOW
    assert {later - earlier for earlier, later in pairwise(found)} == {28 * DAY}
    assert found[0] >= datetime(2023, 3, 1, tzinfo=UTC)


def test_campaigns_have_snapshots_of_their_own(ingested: Session) -> None:
    found = instants(ingested, NOW)
    assert len(found) == len(regular(ingested, open_tables(ingested.workspace), NOW)) + 4
    assert datetime(2023, 5, 1, tzinfo=UTC) in found
    assert list(found) == sorted(set(found))


@pytest.mark.parametrize("later", [timedelta(seconds=1), timedelta(hours=5), 3 * DAY, 27 * DAY])
def test_on_the_wall_clock_a_later_run_finds_the_snapshots_of_an_earlier_one(
    ingested: Session, later: timedelta
) -> None:
    live, opened = at(ingested, NOW, "wall"), open_tables(ingested.workspace)
    before, after = regular(live, opened, NOW), regular(live, opened, NOW + later)
    assert set(before) <= set(after)
    assert len(after) - len(before) <= 1
    assert instants(live, NOW + later)[-1] == NOW + later  # what is served is as fresh as can be


def test_the_latest_is_the_last_that_every_view_has(session: Session) -> None:
    with pytest.raises(WorkspaceError, match="no features computed yet; run `tenure features`"):
        latest(session)
    computed(session, NOW - 7 * DAY, NOW)
    assert latest(session) == NOW
    assert latest(at(session, NOW + DAY)) == NOW  # a wall clock has moved on since
    assert latest(at(session, NOW - DAY)) == NOW - 7 * DAY


def test_a_snapshot_that_a_killed_run_left_unfinished_is_not_the_latest(session: Session) -> None:
    computed(session, NOW - 7 * DAY, NOW, without="purchases")
    assert latest(session) == NOW - 7 * DAY


@pytest.fixture
def event() -> Callable[[str, int], EventEntry]:
    def make(event_id: str, second: int) -> EventEntry:
        received_at = NOW + timedelta(seconds=second)
        row = json.dumps({"customer_id": "c1", "amount": second})
        return EventEntry(event_id, "hash", "transactions", "c1", row, NOW - second * DAY, received_at)

    return make


def test_events_come_by_table_in_the_order_received(session: Session, event: Callable[[str, int], EventEntry]) -> None:
    assert received(session) == {}
    assert not session.workspace.ledger.exists()  # looking makes none
    ledger = Ledger(open_ledger(ledger_url(session.workspace)))
    for number, name in ((2, "a"), (1, "b"), (3, "c")):
        ledger.record_event(event(name, number))
    assert [row["amount"] for row in received(session)["transactions"]] == [1, 2, 3]
    assert received(session) == ledger.events_of("c1")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({}, {}, []),
        ({}, {"transactions": [{"customer_id": "a"}]}, ["a"]),
        ({"transactions": [{"customer_id": "a"}]}, {"transactions": [{"customer_id": "a"}]}, []),
        (
            {"transactions": [{"customer_id": "a"}]},
            {"transactions": [{"customer_id": "a"}, {"customer_id": "c"}], "feedback": [{"customer_id": "b"}]},
            ["b", "c"],
        ),
    ],
)
def test_customers_whose_events_came_during_the_run_are_refreshed_after_it(
    before: dict[str, list[dict[str, str]]], after: dict[str, list[dict[str, str]]], expected: list[str]
) -> None:
    assert latecomers(before, after) == expected
