"""A feed that stops, empties or changes its unit is told within a week, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import ibis
import numpy as np
import pandas as pd
import pytest

from configs.dataset import Dataset
from features.sources import connect
from features.tables import Opened
from monitoring.data.feeds import BEFORE, WEEK, Fault, Feeds, faults
from monitoring.data.findings import findings, told
from monitoring.data.quality import Quality

NOW = datetime(2024, 12, 30, tzinfo=UTC)
EACH = 40  # rows a week
MAPPED = dict.fromkeys(("customers", "transactions", "interactions", "feedback"), "SELECT 1")
DATASET = Dataset.model_validate(
    {
        "name": "shop", "sources": {}, "tables": MAPPED, "churn": {"kind": "lapse", "horizon_days": 30},
        "value": {"kind": "transactions", "margin_rate": 0.5},
    }
)  # fmt: skip
Change = Callable[[pd.DataFrame], pd.DataFrame]


def weeks(**columns: object) -> pd.DataFrame:
    """EACH rows in every one of twelve weeks, the last instants of which are just before now."""
    week = np.repeat(np.arange(12), EACH)
    return pd.DataFrame({"week": week, "occurred_at": NOW.timestamp() - 1 - week * WEEK, **columns})


def last(frame: pd.DataFrame) -> pd.Series:
    return frame.week == 0


def found(table: str, rows: pd.DataFrame) -> tuple[Fault, ...]:
    backend = ibis.duckdb.from_connection(connect())
    return Feeds(Opened(backend, {table: ibis.memtable(rows.drop(columns="week"))}), DATASET, NOW)()


VISITS = weeks(channel=["app", "web"] * (6 * EACH), kind="visit").loc[lambda f: f.index.repeat(2)]
SALES = weeks(amount=20.0, channel="store", margin=np.nan)
ANSWERS = weeks(kind="nps", score=np.tile(np.arange(1.0, 9.0), 12 * EACH // 8), sentiment=0.5)


@pytest.mark.parametrize(
    ("table", "rows", "change", "said"),
    [
        ("interactions", VISITS, lambda f: f, []),
        ("interactions", VISITS, lambda f: f[~last(f)], ["interactions: all but stopped"]),
        (
            "interactions", VISITS, lambda f: f[~(last(f) & (f.channel == "app"))],
            ["interactions, channel app: all but stopped"],
        ),
        ("interactions", VISITS, lambda f: f[~(last(f) & (f.index % 8 > 1))], []),  # a quarter of the rows is left
        ("transactions", SALES, lambda f: f, []),
        ("transactions", SALES, lambda f: f[~f.week.between(2, 3)], []),  # it was not steady before
        ("transactions", SALES, lambda f: f[~last(f) & (f.index % EACH < 20)], []),  # twenty a week prove nothing
        ("transactions", SALES, lambda f: f.assign(amount=f.amount.where(~last(f), 26.0)), []),  # prices rose by 30%
        (
            "transactions", SALES, lambda f: f.assign(amount=f.amount.where(~last(f), 2000.0)),
            ["amount of transactions: 100 times as large as ever"],
        ),
        (
            "transactions", SALES, lambda f: f.assign(amount=f.amount.where(~last(f))),
            ["amount of transactions: empty"],
        ),
        (
            "feedback", ANSWERS, lambda f: f.assign(score=f.score / np.where(last(f), 10, 1)),
            ["score of feedback, kind nps: 10 times as small as ever"],
        ),
    ],
)  # fmt: skip
def test_what_is_not_as_it_was_is_told(table: str, rows: pd.DataFrame, change: Change, said: list[str]) -> None:
    assert [told(fault) for fault in found(table, change(rows))] == said


def test_rows_after_now_are_not_looked_at() -> None:
    later = SALES.assign(occurred_at=SALES.occurred_at + 12 * WEEK, amount=1e6)
    assert found("transactions", pd.concat([SALES, later])) == ()


def test_a_table_that_is_not_events_is_no_feed() -> None:
    assert found("customers", SALES[~last(SALES)]) == ()


@pytest.mark.parametrize(
    ("feature", "rests"),
    [
        ("purchases__spend_56d", True),
        ("recency__purchase_days", True),
        ("engagement__count_7d", False),
        ("recency__interaction_days", False),
        ("p_churn", False),
    ],
)
def test_inputs_that_rest_on_a_table_are_known(feature: str, *, rests: bool) -> None:
    (fault,) = found("transactions", SALES[~last(SALES)])
    assert fault.feeds(feature) is rests


def test_a_feed_needs_a_person(settings) -> None:
    steady = np.full(BEFORE + 1, 50.0)
    stopped = faults("transactions", "", "", {"silent": np.where(np.arange(BEFORE + 1) == 0, 0.0, steady)}, ("a",))
    (finding,) = findings(Quality((), 0, 0, (), stopped), settings)
    assert (finding.level, finding.page) == ("act", "data#feeds")
    assert finding.what == "A source does not bring what it brought: transactions: all but stopped."
