"""Records small enough to check by eye, and the simulated market's, whose truth is known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import ibis
import pandas as pd
import pytest

from configs.dataset import Dataset
from features.contract import TABLES
from features.segmentation.boxes import SCHEMA, SEGMENTATION
from features.sources import connect
from features.tables import Opened
from monitoring.retention.records import Records

NOW = datetime(2024, 12, 31, tzinfo=UTC)
Rows = Sequence[Sequence[object]]
Make = Callable[..., Records]
TYPES = {
    "text": "string", "number": "float64", "integer": "int64", "instant": "float64", "flag": "boolean",
    "list": "array<string>",
}  # fmt: skip


def instant(day: str) -> float:
    return datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()


def dataset(kind: str = "lapse", horizon_days: int = 30) -> Dataset:
    mapped = {"customers": "SELECT * FROM x", "transactions": "SELECT * FROM y", "subscriptions": "SELECT * FROM z"}
    churn = {"kind": kind, "horizon_days": horizon_days, "active_within_days": 30}
    if kind == "label":
        churn["labels"] = "SELECT * FROM l"
    value = {"kind": "transactions", "margin_rate": 0.5}
    return Dataset.model_validate({"name": "shop", "sources": {}, "tables": mapped, "churn": churn, "value": value})


@pytest.fixture
def records() -> Make:
    """`records(transactions=(columns, rows), kind=..., few=...)`; days as text."""

    def make(kind: str = "lapse", few: int = 2, horizon_days: int = 30, **tables: tuple[str, Rows]) -> Records:
        backend = ibis.duckdb.from_connection(connect())
        found: dict[str, ibis.Table] = {
            name: _whole(name, ibis.memtable(_frame(name, columns, rows), schema=_schema(name, columns)))
            for name, (columns, rows) in tables.items()
        }
        found[SEGMENTATION] = ibis.memtable(SCHEMA.empty_table())
        return Records(Opened(backend, found), dataset(kind, horizon_days), NOW, few)

    return make


def _whole(name: str, table: ibis.Table) -> ibis.Table:
    """`table` with the columns of the contract that it lacks, null, as ingestion writes them."""
    lacking = {column: kind for column, kind in _kinds(name).items() if column not in table.columns}
    return table.mutate(**{column: ibis.null(TYPES[kind]) for column, kind in lacking.items()})


def _kinds(name: str) -> dict[str, str]:
    return {column.name: column.kind for column in TABLES[name].columns} if name in TABLES else {"churned": "flag"}


def _frame(name: str, columns: str, rows: Rows) -> pd.DataFrame:
    kinds, names = _kinds(name), columns.split()
    frame = pd.DataFrame([list(row) for row in rows], columns=names)
    days = [column for column in names if kinds.get(column) == "instant"]
    return frame.assign(**{column: [instant(day) if day else None for day in frame[column]] for column in days})


def _schema(name: str, columns: str) -> ibis.Schema:
    kinds = _kinds(name)
    return ibis.schema({column: TYPES[kinds.get(column, "text")] for column in columns.split()})
