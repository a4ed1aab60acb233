"""Labels and batch scores as the monitoring report asks for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from configs.clock import fixed
from configs.errors import WorkspaceError
from configs.loading import dump
from configs.monitoring import Monitoring
from features import labels
from features.tables import open_tables
from monitoring.draw import drawn
from pipelines import lift, monitor
from pipelines.session import Session
from serving import campaigns
from serving.archive import Archive
from serving.batch import SCHEMA
from serving.entries import CampaignEntry
from tests.pipelines.evaluation.decided import CUSTOMERS, DAYS, POLICY, Served

NOW = datetime(2024, 1, 1, tzinfo=UTC)
LATER = DAYS[0] + timedelta(days=57)


def spine(*days_ago: int) -> pd.DataFrame:
    return pd.DataFrame(
        {"customer_id": ["c000"] * len(days_ago), "as_of": [NOW - timedelta(days=days) for days in days_ago]}
    )


def test_labels_are_known_once_their_window_has_closed(ingested: Session) -> None:
    found = monitor.label(ingested, open_tables(ingested.workspace), spine(200, 28, 27, 0))
    assert found.label.notna().tolist()[2:] == [False, False]
    assert (found.matures_at - found.as_of).unique().tolist() == [pd.Timedelta(days=28)]
    assert found.index.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("days_ago", [(), (0,), (27, 3)])
def test_where_nothing_has_matured_there_is_nothing_to_look_up(ingested: Session, days_ago: tuple[int, ...]) -> None:
    asked = spine(*days_ago).astype({"as_of": "datetime64[us, UTC]"})
    found = monitor.label(ingested, open_tables(ingested.workspace), asked)
    assert list(found) == ["customer_id", "as_of", "label", "matures_at", "at_risk"]
    assert found.label.isna().all()


def test_who_is_at_risk_is_known_before_the_label_is(ingested: Session) -> None:
    opened = open_tables(ingested.workspace)
    days_ago = (200, 60, 28, 10, 3, 0)
    everybody = labels.at_risk(opened, ingested.dataset, NOW).customer_id
    asked = pd.concat(
        [spine(*days_ago), spine(0).assign(customer_id="nobody"), spine(0).assign(customer_id=everybody[0])]
    )
    asked = asked.drop_duplicates(ignore_index=True)
    found = monitor.label(ingested, opened, asked)
    for row in found.itertuples():
        there = set(labels.at_risk(opened, ingested.dataset, row.as_of).customer_id)
        assert row.at_risk == (row.customer_id in there)
    closed = found.matures_at <= NOW
    assert (found.at_risk[closed] == found.label[closed].notna()).all()
    assert set(found.at_risk) == {True, False}


def test_batch_scores_of_all_runs_are_one_frame(session: Session) -> None:
    assert monitor.batch_scores(session, 10) == (None, 0)
    for day in (1, 2):
        row = {"customer_id": "c1", "as_of": NOW + timedelta(days=day), "p_churn": 0.5, "risk_band": "low"}
        session.workspace.scores.mkdir(exist_ok=True)
        pq.write_table(pa.Table.from_pylist([row], SCHEMA), session.workspace.scores / f"{day}.parquet")
    found, every = monitor.batch_scores(session, 10)
    assert found is not None
    assert (every, len(found), list(found), str(found.as_of.dtype)) == (
        2,
        2,
        ["customer_id", "as_of", "p_churn"],
        "datetime64[ns, UTC]",
    )


def test_of_many_batch_scores_whole_customers_are_drawn_as_everywhere(session: Session) -> None:
    days = [NOW - timedelta(days=day) for day in (1, 2)]
    frame = pd.DataFrame(
        [{"customer_id": f"c{n}", "as_of": day, "p_churn": n / 100} for n in range(50) for day in days]
    )
    session.workspace.scores.mkdir(exist_ok=True)
    for day, rows in frame.groupby("as_of"):
        table = pa.Table.from_pylist(
            [{**dict.fromkeys(SCHEMA.names), **row} for row in rows.to_dict("records")], SCHEMA
        )
        pq.write_table(table, session.workspace.scores / f"{day:%d}.parquet")
    found, every = monitor.batch_scores(session, 31)
    assert found is not None
    assert (every, len(found)) == (100, 30)
    assert set(found.customer_id) == set(drawn(frame, 31).customer_id)


def at(served: Served, now: datetime) -> Session:
    dump(POLICY, served.session.workspace.policy)
    return replace(served.session, clock=fixed(now))


def test_arms_and_what_they_brought_are_those_of_tenure_lift(served: Served) -> None:
    session, since = at(served, LATER), LATER - timedelta(days=365)
    told, found = lift.run(session, outcome="profit", since=since, level=0.95), monitor.experiment(session, since)
    assert found.assigned.customers == {"random": 0, "acceptance": 0, "no_levers": 0} | {
        one.arm: one.observed for one in told.ratio.arms
    }
    assert (sum(found.assigned.customers.values()), found.assigned.shares["holdout"]) == (CUSTOMERS, 0.1)
    retention, profit = found.lifts
    assert (profit.found, profit.open, profit.detectable) == (told.found, told.open, told.detectable)
    assert (profit.returns, retention.returns) == (told.returns, ())
    assert (retention.outcome, retention.found.level) == ("retention", 0.95)
    assert str(retention.refused).startswith("holdout has 15 customers whose outcome is known; at least 30 are needed")


def test_before_a_horizon_has_passed_arms_are_counted_and_the_reason_is_told(served: Served) -> None:
    found = monitor.experiment(at(served, DAYS[0] + timedelta(days=10)), LATER - timedelta(days=365))
    assert sum(found.assigned.customers.values()) == CUSTOMERS
    assert [one.found for one in found.lifts] == [None, None]
    assert all("no customer's horizon has passed yet" in str(one.refused) for one in found.lifts)


def test_customers_of_a_campaign_are_counted_by_their_first_decision(opened: Callable[[str], Served]) -> None:
    made = opened("campaign")
    made.decide("c001", DAYS[0])
    rows = [
        {"decision_id": f"camp-{number}", "customer_id": who, "decided_at": DAYS[1], "arm": "holdout"}
        for number, who in enumerate(("c001", "new-1", "new-2"))
    ]
    made.session.workspace.campaigns.mkdir()
    pq.write_table(pa.Table.from_pylist(rows, campaigns.SCHEMA), made.session.workspace.campaigns / "camp.parquet")
    entry = CampaignEntry("camp", DAYS[1], "1", "p", "k", "", "[]", len(rows), "camp.parquet")
    Archive(made.ledger.engine).record_campaign(entry, (), ())
    found = monitor.experiment(at(made, LATER), LATER - timedelta(days=365)).assigned
    assert (found.customers["policy"], found.customers["holdout"]) == (1, 2)


def test_without_decisions_nobody_is_in_an_arm(opened: Callable[[str], Served]) -> None:
    found = monitor.experiment(at(opened("undecided"), LATER), LATER - timedelta(days=365))
    assert set(found.assigned.customers.values()) == {0}
    assert all("the ledger holds no decision" in str(one.refused) for one in found.lifts)


def test_without_a_champion_there_is_no_reference(session: Session) -> None:
    with pytest.raises(WorkspaceError, match="churn: no champion yet"):
        monitor.run(session, Monitoring())
