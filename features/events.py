"""Rows that arrive one at a time: held against the same contract as ingested files, and read together with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import pyarrow as pa
import pyarrow.parquet as pq

from configs.dataset import Dataset
from configs.errors import DataError
from configs.workspace import Workspace, replacing
from features.checks import checked, columns_of, quoted
from features.contract import TABLES, Table
from features.sources import connect

Json = str | int | float | bool | None | Sequence[str]
Row = Mapping[str, Json]
FILE = "events.parquet"


def problems(dataset: Dataset, table: str, row: Row, now: datetime) -> list[str]:
    """What in `row` breaks the contract of `table`, empty if nothing; each begins with the field's name."""
    if table not in TABLES or table == "offers":
        return [f"table: {table!r} takes no events"]
    if table not in dataset.tables:
        return [f"table: {table!r} is not mapped in dataset {dataset.name}"]
    try:
        reasons = _cast(dataset, TABLES[table], [row], now).column("reason")[0].as_py()
    except DataError as error:
        return [detail.removeprefix(f"tables.{table}.") for detail in error.details]
    return reasons.split("; ") if reasons else []


def typed(dataset: Dataset, table: str, rows: Sequence[Row], now: datetime) -> pa.Table:
    """`rows` in the canonical columns and types. Rows that break the contract are left out."""
    cast = _cast(dataset, TABLES[table], rows, now)
    return cast.filter(pa.compute.is_null(cast["reason"])).drop_columns(["reason", "source_row"])


def fold(workspace: Workspace, dataset: Dataset, events: Mapping[str, Sequence[Row]], now: datetime) -> int:
    """Put events beside the ingested records of their tables, replacing those folded before. Returns rows written."""
    written = 0
    for table, rows in events.items():
        cast = typed(dataset, table, rows, now)
        with replacing(workspace.tables / table / FILE) as path:
            pq.write_table(cast, path)
        written += cast.num_rows
    return written


def _cast(dataset: Dataset, table: Table, rows: Sequence[Row], now: datetime) -> pa.Table:
    attributes = dataset.attributes.get(table.name, {})  # type: ignore[call-overload]
    names = list(dict.fromkeys(name for row in rows for name in row))
    lists = {column.name for column in columns_of(table, attributes) if column.kind == "list"}
    given = pa.table(
        {
            name: pa.array([_text(row.get(name), name in lists) for row in rows], _arrow_type(name in lists))
            for name in names
        }
    )
    kinds = {name: "VARCHAR[]" if name in lists else "VARCHAR" for name in names}
    check = checked(table, kinds, relation="given", now=now, timezone=dataset.timezone, attributes=attributes)
    with connect() as connection:
        connection.register("arrived", given)
        columns = ", ".join(quoted(name) for name in names)
        connection.execute(f"CREATE TEMP TABLE given AS SELECT {columns} FROM arrived")
        table_: pa.Table = connection.execute(check.sql).to_arrow_table()
        return table_


def _arrow_type(is_list: bool) -> pa.DataType:
    return pa.list_(pa.string()) if is_list else pa.string()


def _text(value: Json, is_list: bool) -> str | list[str] | None:
    if value is None:
        return None
    if is_list:
        return [value] if isinstance(value, str) else [str(part) for part in value]  # type: ignore[union-attr]
    return str(value).lower() if isinstance(value, bool) else str(value)
