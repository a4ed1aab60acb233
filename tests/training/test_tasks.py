"""From labels and a feature store to a task: which rows, which features, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import ibis
import numpy as np
import pandas as pd
import pytest

from configs.dataset import Dataset
from configs.errors import DataError
from features.tables import Opened
from training import tasks
from training.problem import Problem

DAY = 86_400.0
NOW = datetime(2023, 4, 1, tzinfo=UTC)
INSTANTS = tuple(NOW - timedelta(days=days) for days in (40, 30, 20, 10, 0))
ACTIVE = {"a": (-41, -31, -21, -11, -1), "b": (-41, -33), "c": (-60,)}  # days from now


@dataclass(frozen=True)
class FakeStore:
    """Gives every row the features it is told to have."""

    columns: dict[str, Callable[[pd.DataFrame], object]]

    def names(self, model: str) -> tuple[str, ...]:
        return tuple(self.columns)

    def join(self, spine: pd.DataFrame, model: str) -> pd.DataFrame:
        return spine.assign(**{name: make(spine) for name, make in self.columns.items()})


def dataset(**changes: object) -> Dataset:
    content: dict[str, object] = {
        "name": "tiny",
        "sources": {},
        "tables": {"customers": "SELECT 1", "transactions": "SELECT 1"},
        "churn": {"kind": "lapse", "horizon_days": 10, "active_within_days": 14},
        "value": {"kind": "transactions", "margin_rate": 0.5},
    }
    return Dataset.model_validate({**content, **changes}, strict=False)


def past(made: Dataset, columns: dict[str, Callable[[pd.DataFrame], object]] | None = None) -> tasks.Past:
    backend = ibis.duckdb.connect()
    sales = pd.DataFrame(
        [(name, NOW.timestamp() + day * DAY, 8.0, None) for name, days in ACTIVE.items() for day in days],
        columns=["customer_id", "occurred_at", "amount", "margin"],
    ).astype({"margin": "float64"})
    tables = {"transactions": ibis.memtable(sales)}  # create_table drops a view with sqlglot 30's broken SQL
    store = FakeStore(columns or {"profile__age": lambda rows: np.arange(len(rows), dtype=float)})
    return tasks.Past(made, Opened(backend, tables), store, INSTANTS, NOW)  # type: ignore[arg-type]


def labels(problem: Problem) -> dict[tuple[str, int], float]:
    """(customer, days from now) -> label."""
    return {(row.customer_id, (row.as_of - pd.Timestamp(NOW)).days): row.label for row in problem.rows.itertuples()}


def test_a_lapse_is_silence_after_activity() -> None:
    problem = tasks.churn(past(dataset()))
    assert labels(problem) == {
        ("a", -40): 0.0, ("a", -30): 0.0, ("a", -20): 0.0, ("a", -10): 0.0,
        ("b", -40): 0.0, ("b", -30): 1.0, ("b", -20): 1.0,
    }  # fmt: skip
    assert set(problem.rows.closes_at - problem.rows.as_of) == {
        pd.Timedelta(days=10)
    }  # the window open now is left out
    assert (problem.model, problem.horizon_days, problem.features) == ("churn", 10, ("profile__age",))


def test_a_lead_moves_the_window() -> None:
    made = dataset(churn={"kind": "lapse", "horizon_days": 10, "active_within_days": 14, "lead_days": 5})
    problem = tasks.churn(past(made))
    assert (problem.lead_days, set(problem.rows.closes_at - problem.rows.as_of)) == (5, {pd.Timedelta(days=15)})


def test_value_is_the_margin_of_the_window() -> None:
    problem = tasks.value(past(dataset()))
    assert labels(problem)[("a", -40)] == 4.0  # one purchase of 8 at a margin of one half
    assert labels(problem)[("b", -30)] == 0.0
    assert not problem.binary


@pytest.mark.parametrize(
    ("task", "changes", "message"),
    [
        (tasks.value, {"value": {"kind": "subscription_price"}}, "value: .* there is nothing to learn"),
        (tasks.response, {}, "response: needs the tables offers, outcomes, treatments, which are not mapped"),
    ],
)
def test_what_the_records_cannot_teach_is_said(
    task: Callable[[tasks.Past], Problem], changes: dict[str, object], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        task(past(dataset(**changes)))


def test_labels_that_have_not_matured_are_waited_for() -> None:
    young = replace(past(dataset()), instants=INSTANTS[-1:])
    with pytest.raises(DataError, match="churn: no labelled row has matured by 2023-04-01; wait, or map more history"):
        tasks.churn(young)


def test_excluded_features_are_out_of_churn_only() -> None:
    columns: dict[str, Callable[[pd.DataFrame], object]] = {
        name: lambda rows: np.arange(len(rows), dtype=float) for name in ("contact__offered", "profile__age")
    }
    churn = {"kind": "lapse", "horizon_days": 10, "active_within_days": 14, "exclude": ["contact__*"]}
    known = past(dataset(churn=churn), columns)
    assert tasks.churn(known).features == ("profile__age",)
    assert tasks.value(known).features == ("contact__offered", "profile__age")


@pytest.mark.parametrize(
    ("feature", "make", "is_dated"),
    [
        ("x__clock", lambda rows: rows.as_of.map(datetime.timestamp), True),
        ("x__mostly", lambda rows: rows.as_of.map(datetime.timestamp) / DAY + np.arange(len(rows)) % 7, True),
        ("x__own", lambda rows: np.arange(len(rows)) % 7 * 1.0, False),
        ("x__plan", lambda rows: rows.as_of.astype(str), False),  # text
        ("x__constant", lambda rows: np.ones(len(rows)), False),
        ("offers__valid_days", lambda rows: rows.as_of.map(datetime.timestamp), False),  # a campaign has one date
    ],
)
def test_a_number_that_tells_the_date_is_left_out(
    feature: str, make: Callable[[pd.DataFrame], object], is_dated: bool
) -> None:
    rows = pd.DataFrame({"as_of": pd.to_datetime([instant for instant in INSTANTS for _ in range(30)])})
    frame = rows.assign(**{feature: make(rows)})
    assert tasks.dated(frame, feature) is is_dated
    assert tasks.dated(frame[frame.as_of.isin(INSTANTS[:2])], feature) is False  # two dates prove nothing
