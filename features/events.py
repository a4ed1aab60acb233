"""Rows that arrive one at a time: held against the same contract as ingested files, and read together with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from configs.dataset import Dataset
from configs.errors import DataError
from configs.workspace import Workspace, replacing
from features.casts import columns_of, quoted
from features.checks import checked
from features.contract import TABLES, Table
from features.sources import connect, literal
from features.tables import EVENTS, RECORDS

Json = str | int | float | bool | None | Sequence[str]
Row = Mapping[str, Json]


def problems(dataset: Dataset, table: str, row: Row, now: datetime) -> list[str]:
    """What in `row` breaks the contract of `table`, empty if nothing; each begins with the field's name."""
    if table not in TABLES or table == "offers":
        return [f"table: {table!r} takes no events"]
    if table not in dataset.tables:
        return [f"table: {table!r} is not mapped in dataset {dataset.name}"]
    lists = _lists(dataset, TABLES[table])
    plural = [name for name, value in row.items() if isinstance(value, list | tuple) and name not in lists]
    if plural:
        return [f"{name}: a list, where one value belongs" for name in plural]
    try:
        reasons = _cast(dataset, TABLES[table], [row], now).column("reason")[0].as_py()
    except DataError as error:
        return [detail.removeprefix(f"tables.{table}.") for detail in error.details]
    return reasons.split("; ") if reasons else []


def typed(dataset: Dataset, table: str, rows: Sequence[Row], now: datetime) -> pa.Table:
    """`rows` in the canonical columns and types, each once, and one a key: the last given.

    Rows that break the contract are left out.
    """
    cast = _cast(dataset, TABLES[table], rows, now)
    fit = cast.filter(pc.is_null(cast["reason"])).drop_columns(["reason", "source_row"])
    key = TABLES[table].unique or tuple(fit.column_names)
    last = {repr([row[name] for name in key]): place for place, row in enumerate(fit.to_pylist())}
    return fit.take(pa.array(sorted(last.values()), pa.int64()))


def fold(workspace: Workspace, dataset: Dataset, events: Mapping[str, Sequence[Row]], now: datetime) -> int:
    """Put events beside the ingested records of their tables, replacing those folded before. Returns rows written.

    A row that the records hold already is not written again; events of tables that are not mapped are left out.
    """
    written = 0
    for table in TABLES:
        path = workspace.tables / table / EVENTS
        if not events.get(table) or table not in dataset.tables:
            path.unlink(missing_ok=True)
            continue
        fresh = _not_in(workspace.tables / table / RECORDS, typed(dataset, table, events[table], now))
        with replacing(path) as temporary:
            pq.write_table(fresh, temporary)
        written += fresh.num_rows
    return written


def _not_in(records: Path, rows: pa.Table) -> pa.Table:
    columns = ", ".join(quoted(name) for name in rows.column_names)
    with connect() as connection:
        connection.register("arrived", rows)
        return connection.sql(
            f"SELECT {columns} FROM arrived EXCEPT SELECT {columns} FROM read_parquet({literal(str(records))})"
        ).to_arrow_table()


def _cast(dataset: Dataset, table: Table, rows: Sequence[Row], now: datetime) -> pa.Table:
    """The rows in the contract's columns and types, with `source_row` and `reason` (null where a row fits)."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    lists = _lists(dataset, table)
    given = pa.table(
        {
            name: pa.array([_text(row.get(name), name in lists) for row in rows], _arrow_type(name in lists))
            for name in names
        }
    )
    kinds = {name: "VARCHAR[]" if name in lists else "VARCHAR" for name in names}
    attributes = dataset.attributes_of(table.name)
    check = checked(table, kinds, relation="given", now=now, timezone=dataset.timezone, attributes=attributes)
    with connect() as connection:
        connection.register("arrived", given)
        columns = ", ".join(quoted(name) for name in names)
        connection.execute(f"CREATE TEMP TABLE given AS SELECT {columns} FROM arrived")
        return connection.sql(f"{check.sql} ORDER BY source_row").to_arrow_table()


def _lists(dataset: Dataset, table: Table) -> set[str]:
    return {column.name for column in columns_of(table, dataset.attributes_of(table.name)) if column.kind == "list"}


def _arrow_type(is_list: bool) -> pa.DataType:
    return pa.list_(pa.string()) if is_list else pa.string()


def _text(value: Json, is_list: bool) -> str | list[str] | None:
    if value is None:
        return None
    if is_list:
        return [str(part) for part in value] if isinstance(value, list | tuple) else [str(value)]
    return str(value).lower() if isinstance(value, bool) else str(value)
