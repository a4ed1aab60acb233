# ruff: noqa: E501 the rows of a table stay on one line
from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from features.contract import TABLES
from features.events import Json, fold, problems, typed
from features.tables import EVENTS
from tests.features.companies import NOW, Company, at, company, customer, offer, sale

SALE = {"customer_id": "a", "occurred_at": at(1), "amount": 5}


@pytest.fixture
def shop(tmp_path: Path) -> Company:
    made = company(
        tmp_path, {"customers": [customer("a"), customer("b")], "transactions": [sale("a", 9)], "offers": [offer("o1")]}
    )
    made.ingest()
    return made


@pytest.mark.parametrize(
    ("table", "row", "found"),
    [
        ("transactions", SALE, []),
        ("transactions", SALE | {"categories": ["x", "y"], "channel": "web"}, []),
        ("transactions", SALE | {"categories": "x"}, []),
        ("transactions", SALE | {"categories": 7}, []),
        ("customers", customer("zoe"), []),
        ("offers", offer("o2"), ["table: 'offers' takes no events"]),
        ("nonsense", SALE, ["table: 'nonsense' takes no events"]),
        ("loyalty", SALE, ["table: 'loyalty' is not mapped in dataset company"]),
        ("transactions", SALE | {"amount": "ten"}, ["amount: not a number: ten"]),
        ("transactions", SALE | {"amount": True}, ["amount: not a number: true"]),
        ("transactions", SALE | {"amount": [1]}, ["amount: a list, where one value belongs"]),
        ("transactions", SALE | {"colour": "red"}, ["colour: neither a column of the contract nor a declared attribute"]),
        ("transactions", {"customer_id": "a"}, ["occurred_at: required column is missing", "amount: required column is missing"]),
        ("transactions", SALE | {"occurred_at": "2020-05-01T00:00:00"}, ["occurred_at: time without a zone (set `timezone` in the mapping): 2020-05-01T00:00:00"]),
        ("transactions", SALE | {"occurred_at": at(-1), "channel": "fax"}, [f"occurred_at: in the future: {at(-1)}", "channel: not one of email, sms, push, app, web, phone, chat, social, store, mail: fax"]),
        ("transactions", SALE | {"occurred_at": "infinity"}, ["occurred_at: time without a zone (set `timezone` in the mapping): infinity"]),
    ],
)  # fmt: skip
def test_a_row_is_held_against_the_contract(shop: Company, table: str, row: dict[str, Json], found: list[str]) -> None:
    assert problems(shop.dataset, table, row, NOW) == found


def test_rows_become_the_contracts_types_each_once(shop: Company) -> None:
    found = typed(shop.dataset, "transactions", [SALE, SALE, SALE | {"amount": "x"}, SALE | {"amount": 6}], NOW)
    assert tuple(found.column_names) == TABLES["transactions"].names
    assert [(row["amount"], row["occurred_at"]) for row in found.to_pylist()] == [
        (5.0, NOW - timedelta(days=1)),
        (6.0, NOW - timedelta(days=1)),
    ]


def test_folded_events_are_read_with_the_records_and_replace_those_before(shop: Company) -> None:
    again = {"customer_id": "a", "occurred_at": at(9), "amount": 10.0}  # in the records already
    assert fold(shop.workspace, shop.dataset, {"transactions": [SALE, again]}, NOW) == 1
    assert _amounts(shop) == [5.0, 10.0]
    assert (
        fold(shop.workspace, shop.dataset, {"transactions": [SALE, SALE | {"amount": 7}], "loyalty": [SALE]}, NOW) == 2
    )
    assert _amounts(shop) == [5.0, 7.0, 10.0]
    assert fold(shop.workspace, shop.dataset, {}, NOW) == 0
    assert _amounts(shop) == [10.0]
    assert list(shop.workspace.tables.rglob(EVENTS)) == []


def test_an_event_of_a_customer_replaces_the_record(shop: Company) -> None:
    news = [customer("a", age=31), customer("a", age=32), customer("zoe", age=50)]
    assert fold(shop.workspace, shop.dataset, {"customers": news}, NOW) == 2
    rows = shop.open().tables["customers"].order_by("customer_id").to_pandas()
    assert list(zip(rows.customer_id, rows.age, strict=True)) == [("a", 32.0), ("b", 30.0), ("zoe", 50.0)]
    assert pq.read_table(shop.workspace.tables / "customers" / EVENTS).num_rows == 2


def _amounts(shop: Company) -> list[float]:
    return sorted(shop.open().tables["transactions"].amount.to_pandas())
