from __future__ import annotations

from typing import get_args

import pytest

from configs.dataset import TableName
from features.contract import LABELS, TABLES


def test_the_ten_tables_are_those_a_mapping_may_name() -> None:
    assert tuple(TABLES) == get_args(TableName)
    assert LABELS.name not in TABLES


@pytest.mark.parametrize(
    ("table", "required"),
    [
        ("customers", {"customer_id", "signed_up_at"}),
        ("transactions", {"customer_id", "occurred_at", "amount"}),
        ("interactions", {"customer_id", "occurred_at", "channel", "kind"}),
        ("feedback", {"customer_id", "occurred_at", "kind"}),
        ("subscriptions", {"customer_id", "started_at"}),
        ("loyalty", {"customer_id", "occurred_at"}),
        ("offers", {"offer_id", "kind", "channels"}),
        ("treatments", {"customer_id", "occurred_at", "offer_id"}),
        ("outcomes", {"customer_id", "occurred_at", "kind"}),
        ("consents", {"customer_id", "channel", "granted", "changed_at"}),
    ],
)
def test_what_every_row_must_have(table: str, required: set[str]) -> None:
    assert {column.name for column in TABLES[table].columns if column.required} == required


def test_the_instant_of_a_table_is_one_of_its_required_instants() -> None:
    for table in TABLES.values():
        kinds = {column.name: (column.kind, column.required) for column in table.columns}
        assert table.instant is None or kinds[table.instant] == ("instant", True)
        assert set(table.unique) <= set(table.names)
