"""Rows at or after `as_of` change nothing that is known at `as_of`, in any feature view."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from features.catalogue import views
from features.compute import INSTANTS, query
from features.contract import TABLES
from tests.features.companies import NOW, Cell, Company, company, customer
from tests.features.histories import HISTORIES, Rows

NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)  # an example takes a second
AS_OF = NOW - timedelta(days=30)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Company:
    return company(tmp_path_factory.mktemp("shop"), dict.fromkeys(TABLES, ()))


@settings(max_examples=4, phases=NO_SHRINKING)
@given(history=HISTORIES)
def test_the_future_changes_nothing(shop: Company, history: dict[str, Rows]) -> None:
    later = customer("later", 29)
    with_future = _known(shop, history | {"customers": [*history["customers"], later]})
    past = {
        table: [row for row in rows if _happened(table, row) < AS_OF] or rows[:0] for table, rows in history.items()
    }
    past |= {"customers": history["customers"], "offers": history["offers"]}  # others speak of them
    without = _known(shop, {table: rows or [_elsewhere(table)] for table, rows in past.items()})
    assert with_future == without
    assert set(with_future) == {view.name for view in views(shop.dataset)}


@settings(max_examples=3, phases=NO_SHRINKING)
@given(history=HISTORIES, seconds=st.sampled_from((0, 1, 86_400)))
def test_what_happens_at_as_of_is_not_yet_known(shop: Company, history: dict[str, Rows], seconds: int) -> None:
    moment = (AS_OF + timedelta(seconds=seconds)).isoformat()
    before = _known(shop, history)
    late = {table: [*rows, rows[0] | {INSTANT[table]: moment}] for table, rows in history.items() if table in INSTANT}
    assert _known(shop, history | late) == before


QUERIES: dict[str, str] = {}
INSTANT = {table.name: table.instant for table in TABLES.values() if table.instant and not table.unique}


def _known(shop: Company, history: Mapping[str, Rows]) -> dict[str, list[tuple[object, ...]]]:
    """Every view at AS_OF, in an order of its own."""
    shop.write(history)
    shop.ingest()
    opened = shop.open()
    connection = opened.backend.con
    connection.execute(f"CREATE TEMP TABLE {INSTANTS} AS SELECT {AS_OF.timestamp()}::DOUBLE AS as_of")
    for view in views(shop.dataset):
        if view.name not in QUERIES:  # translating takes a hundred times longer than running
            QUERIES[view.name] = query(view, opened.tables)
    return {name: _sorted(connection.sql(sql).to_arrow_table()) for name, sql in QUERIES.items()}


def _sorted(table: pa.Table) -> list[tuple[object, ...]]:
    rows = [tuple(round(v, 9) if isinstance(v, float) else v for v in row.values()) for row in table.to_pylist()]
    return sorted(rows, key=repr)


def _happened(table: str, row: Mapping[str, Cell]) -> datetime:
    return datetime.fromisoformat(str(row[TABLES[table].instant or "valid_from"])) if table != "offers" else AS_OF


def _elsewhere(table: str) -> dict[str, Cell]:
    """A row of the future: a table may not be empty."""
    now = NOW.isoformat()
    common: dict[str, Cell] = {"customer_id": "a", TABLES[table].instant or "": now}
    more: dict[str, dict[str, Cell]] = {
        "transactions": {"amount": 1, "margin": 1, "discount": 0, "categories": ["bread"]},
        "interactions": {"channel": "web", "kind": "visit"},
        "feedback": {"kind": "nps", "score": 1},
        "outcomes": {"kind": "accepted", "offer_id": "o1"},
        "treatments": {"offer_id": "o1"},
        "consents": {"channel": "email", "granted": True},
    }
    return common | more.get(table, {})
