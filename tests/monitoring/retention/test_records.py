from __future__ import annotations

from datetime import UTC, datetime

import ibis
import pytest

from monitoring.retention.records import Records
from tests.monitoring.retention.conftest import NOW, Make


def _bought(records: Records) -> ibis.Table:
    sales = records.table("transactions")
    return sales.group_by("customer_id").aggregate(purchases=sales.count())


def _said(records: Records) -> ibis.Table | None:
    return records.table("feedback") if records.has("feedback") else None


SALES = ("customer_id occurred_at", [("a", "2024-12-01"), ("a", "2024-12-02"), ("b", "2024-12-03")])


def test_what_is_asked_of_more_than_once_is_found_once(records: Make) -> None:
    made = records(transactions=SALES)
    first, again = made.once(_bought), made.once(_bought)
    assert first is again
    assert sorted((row["customer_id"], row["purchases"]) for row in made.rows(first)) == [("a", 2), ("b", 1)]
    assert made.once(_said) is None


def test_another_report_asks_anew(records: Make) -> None:
    made, other = records(transactions=SALES), records(transactions=(SALES[0], SALES[1][:1]))
    assert len(made.rows(made.once(_bought))) == 2
    assert len(other.rows(other.once(_bought))) == 1


@pytest.mark.parametrize(("kind", "expected"), [("lapse", datetime(2024, 12, 1, tzinfo=UTC)), ("label", NOW)])
def test_judged_from_is_one_horizon_ago(records: Make, kind: str, expected: datetime) -> None:
    assert records(kind=kind, transactions=SALES).judged_from == expected


def test_what_is_released_is_found_anew(records: Make) -> None:
    made = records(transactions=SALES)
    before = made.once(_bought)
    made.release()
    held = made.opened.backend.con.sql("SELECT table_name FROM duckdb_tables()").fetchall()
    assert (before.get_name(),) not in held
    assert len(made.rows(made.once(_bought))) == 2
