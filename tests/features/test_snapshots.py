from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from configs.dataset import Churn
from features.snapshots import MOST_CAMPAIGNS, cadence, campaign_instants, closes_at, first_snapshot, matured
from tests.features.companies import LAPSE, NOW, at, company, customer, offer, sale

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("first_days", "every_days", "back"),
    [(21, 7, [21, 14, 7, 0]), (20, 7, [14, 7, 0]), (6, 7, [0]), (0, 7, [0]), (-5, 7, [0]), (2, 1, [2, 1, 0])],
)
def test_the_cadence_counts_back_from_now(tmp_path: Path, first_days: int, every_days: int, back: list[int]) -> None:
    dataset = company(tmp_path, {"customers": [], "transactions": []}, every_days=every_days).dataset
    assert cadence(dataset, first=NOW - first_days * DAY, now=NOW) == tuple(NOW - days * DAY for days in back)


def test_given_labels_have_one_snapshot(tmp_path: Path) -> None:
    given = Churn(kind="label", labels="SELECT * FROM labels")
    dataset = company(tmp_path, {"customers": [], "transactions": [], "labels": []}, churn=given).dataset
    assert cadence(dataset, first=NOW - 99 * DAY, now=NOW) == (NOW,)


def test_a_snapshot_matures_when_its_window_closes(tmp_path: Path) -> None:
    lead = LAPSE.model_copy(update={"lead_days": 2})
    dataset = company(tmp_path, {"customers": [], "transactions": []}, churn=lead).dataset
    instants = tuple(NOW - days * DAY for days in (31, 30, 29))
    assert closes_at(NOW, dataset) == NOW + 30 * DAY
    assert matured(instants, dataset, NOW) == instants[:2]


@pytest.mark.parametrize(
    ("churn", "first"), [(LAPSE, 90 - 28), (Churn(kind="subscription_end", horizon_days=28), 400 - 28)]
)
def test_the_first_snapshot_has_a_horizon_of_history(tmp_path: Path, churn: Churn, first: int) -> None:
    made = company(
        tmp_path, {"customers": [customer("a", 400)], "transactions": [sale("a", 90), sale("a", 9)]}, churn=churn
    )
    made.ingest()
    assert first_snapshot(made.open(), made.dataset) == NOW - first * DAY


@pytest.mark.parametrize(("sent", "found"), [((50, 20, 20, 3), (50, 20)), (range(10, 10 + MOST_CAMPAIGNS + 1), ())])
def test_campaigns_are_snapshots_unless_they_are_a_stream(
    tmp_path: Path, sent: tuple[int, ...], found: tuple[int, ...]
) -> None:
    treatments = [{"customer_id": "a", "occurred_at": at(days), "offer_id": "o1"} for days in sent]
    records = {
        "customers": [customer("a")],
        "transactions": [sale("a", 9)],
        "offers": [offer("o1")],
        "treatments": treatments,
    }
    made = company(tmp_path, records)
    made.ingest()
    assert campaign_instants(made.open(), until=NOW - 10 * DAY) == tuple(NOW - days * DAY for days in found)


def test_no_treatments_no_campaigns(tmp_path: Path) -> None:
    made = company(tmp_path, {"customers": [customer("a")], "transactions": [sale("a", 9)]})
    made.ingest()
    assert campaign_instants(made.open(), until=NOW) == ()
