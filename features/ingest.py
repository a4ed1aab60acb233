"""Ingestion: a company's records become the canonical tables; no row is dropped in silence."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from configs.dataset import Dataset
from configs.errors import DataError
from configs.loading import dump
from configs.workspace import Workspace, replacing
from features.checks import checked, quoted
from features.contract import CONTROL, LABELS, TABLES, Table
from features.sources import connect, literal, open_sources

RECORDS = "records.parquet"
SUMMARY = "ingest.json"


@dataclass(frozen=True)
class TableSummary:
    """Row counts of one table: read = kept + quarantined + duplicates; `late` rows are among the kept."""

    table: str
    read: int
    kept: int
    quarantined: int
    duplicates: int
    late: int
    first: str | None
    last: str | None
    reasons: dict[str, int]  # rule -> rows, most frequent first
    nulls: dict[str, float]  # column -> share of kept rows without a value


def ingest(
    dataset: Dataset,
    workspace: Workspace,
    *,
    now: datetime,
    progress: Callable[[str], None] = lambda _: None,
) -> list[TableSummary]:
    """Read, check and write every mapped table; all tables are checked before any is replaced.

    Rows that break the contract go to `quarantine/<table>.parquet` as they were read, with a reason each. Raises DataError for a missing
    source, a SELECT that fails, a missing or unknown column, and an empty table, all at once.
    """
    with connect() as connection:
        open_sources(connection, dataset)
        _check_all(connection, dataset, now, progress)
        workspace.create(dataset.name)
        summaries = [_write(connection, workspace, table, progress) for table, _ in _selects(dataset)]
    with replacing(workspace.dataset) as path:
        dump(dataset, path)
    with replacing(workspace.reports / SUMMARY) as path:
        path.write_text(json.dumps({"tables": {summary.table: asdict(summary) for summary in summaries}}, indent=1))
    return summaries


def _selects(dataset: Dataset) -> list[tuple[Table, str]]:
    """(table, SELECT) in an order that puts customers and offers before what refers to them."""
    mapped: dict[str, str] = {str(name): select for name, select in dataset.tables.items()}
    labels = [(LABELS, dataset.churn.labels)] if dataset.churn.labels else []
    order = sorted(mapped, key=lambda name: (name not in ("customers", "offers"), list(TABLES).index(name)))
    return [*((TABLES[name], mapped[name]) for name in order), *labels]


def _check_all(
    connection: duckdb.DuckDBPyConnection, dataset: Dataset, now: datetime, progress: Callable[[str], None]
) -> None:
    problems: list[str] = []
    for table, select in _selects(dataset):
        progress(f"checking {table.name}")
        try:
            _check(connection, dataset, table, select, now)
        except duckdb.Error as error:
            problems.append(f"tables.{table.name}: the SELECT fails: {' '.join(str(error).split())[:300]}")
        except DataError as error:
            problems += error.details or (error.message,)
    if problems:
        raise DataError(f"dataset {dataset.name}: {len(problems)} problem(s)", details=problems)


def _check(connection: duckdb.DuckDBPyConnection, dataset: Dataset, table: Table, select: str, now: datetime) -> None:
    connection.execute(f"CREATE TEMP TABLE read_{table.name} AS {select}")
    given = {row[0]: row[1] for row in connection.execute(f"DESCRIBE read_{table.name}").fetchall()}
    attributes = dataset.attributes.get(table.name, {})  # type: ignore[call-overload]
    check = checked(
        table, given, relation=f"read_{table.name}", now=now, timezone=dataset.timezone, attributes=attributes
    )
    if not connection.execute(f"SELECT count(*) FROM read_{table.name}").fetchone()[0]:  # type: ignore[index]
        raise DataError(f"tables.{table.name}: the SELECT returned no rows; leave the table out if there are none")
    connection.execute(f"CREATE TEMP TABLE checked_{table.name} AS {check.sql}")
    for rule, condition in _relations(table, set(dataset.tables)):
        connection.execute(
            f"UPDATE checked_{table.name} SET reason = concat_ws('; ', reason, {rule}) WHERE {condition}"
        )
    columns = ", ".join(quoted(name) for name in check.columns)
    connection.execute(
        f"CREATE TEMP TABLE kept_{table.name} AS SELECT DISTINCT {columns} FROM checked_{table.name} "
        "WHERE reason IS NULL"
    )
    if table.unique:
        _quarantine_contradictions(connection, table)


def _relations(table: Table, mapped: set[str]) -> Iterator[tuple[str, str]]:
    """(reason, condition) of rows that speak of a customer or an offer that does not exist."""
    names = set(table.names)
    if "customer_id" in names and table.name != "customers":
        yield (
            "'customer_id: orphan, not in customers: ' || customer_id",
            "customer_id NOT IN (SELECT customer_id FROM kept_customers)",
        )
    if "offer_id" in names and table.name != "offers" and "offers" in mapped:
        yield (
            "'offer_id: orphan, not in offers: ' || offer_id",
            f"offer_id <> {literal(CONTROL)} AND offer_id NOT IN (SELECT offer_id FROM kept_offers)",
        )
    if table.name == "outcomes":
        yield "'offer_id: missing, and so is decision_id'", "offer_id IS NULL AND decision_id IS NULL"


def _quarantine_contradictions(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Rows that share a key but differ: none can be trusted over the others, so all are quarantined."""
    key = ", ".join(table.unique)
    connection.execute(
        f"CREATE TEMP TABLE torn AS SELECT {key} FROM kept_{table.name} GROUP BY {key} HAVING count(*) > 1"
    )
    shared = f"({key}) IN (SELECT {key} FROM torn)"
    reason = literal(f"{key}: duplicate key with different values: ")
    connection.execute(
        f"UPDATE checked_{table.name} SET reason = {reason} || {table.unique[0]} WHERE reason IS NULL AND {shared}"
    )
    connection.execute(f"DELETE FROM kept_{table.name} WHERE {shared}")
    connection.execute("DROP TABLE torn")


def _write(
    connection: duckdb.DuckDBPyConnection, workspace: Workspace, table: Table, progress: Callable[[str], None]
) -> TableSummary:
    progress(f"writing {table.name}")
    path = workspace.tables / table.name / RECORDS
    late = _count_late(connection, table, path)
    order = ", ".join(name for name in ("customer_id", table.instant) if name in table.names) or "ALL"
    with (
        replacing(path) as kept,
        replacing(workspace.quarantine / f"{table.name}.parquet") as quarantined,
    ):
        _copy(connection, f"SELECT * FROM kept_{table.name} ORDER BY {order}", kept)
        _copy(
            connection,
            f"SELECT read.*, source_row, reason FROM read_{table.name} AS read JOIN checked_{table.name} AS checked "
            "ON read.rowid = source_row WHERE reason IS NOT NULL ORDER BY source_row",
            quarantined,
        )
        return _summarise(connection, table, kept=kept, quarantined=quarantined, late=late)


def _copy(connection: duckdb.DuckDBPyConnection, select: str, path: Path) -> None:
    connection.execute(f"COPY ({select}) TO {literal(str(path))} (FORMAT parquet)")


def _count_late(connection: duckdb.DuckDBPyConnection, table: Table, previous: Path) -> int:
    """Rows new since the last ingestion that happened before that ingestion's last instant."""
    if table.instant is None or not previous.exists():
        return 0
    columns = ", ".join(quoted(row[0]) for row in connection.execute(f"DESCRIBE kept_{table.name}").fetchall())
    before = f"read_parquet({literal(str(previous))})"
    try:
        return _one(
            connection,
            f"SELECT count(*) FROM (SELECT {columns} FROM kept_{table.name} EXCEPT SELECT {columns} FROM {before}) "
            f"WHERE {table.instant} < (SELECT max({table.instant}) FROM {before})",
        )
    except duckdb.BinderException:  # the mapping has gained a column since: every row is new, none can be called late
        return 0


def _summarise(
    connection: duckdb.DuckDBPyConnection, table: Table, *, kept: Path, quarantined: Path, late: int
) -> TableSummary:
    """Counts read back from the files just written, so that a row lost on the way shows. Raises DataError if one is."""
    written = f"read_parquet({literal(str(kept))})"
    first, last = _span(connection, table, written)
    summary = TableSummary(
        table=table.name,
        read=_one(connection, f"SELECT count(*) FROM read_{table.name}"),
        kept=_one(connection, f"SELECT count(*) FROM {written}"),
        quarantined=_one(connection, f"SELECT count(*) FROM read_parquet({literal(str(quarantined))})"),
        duplicates=_one(
            connection,
            "SELECT coalesce(sum(copies - 1), 0) FROM (SELECT *, count(*) AS copies FROM "
            f"(SELECT * EXCLUDE (source_row, reason) FROM checked_{table.name} WHERE reason IS NULL) GROUP BY ALL)",
        ),
        late=late,
        first=first,
        last=last,
        reasons=_reasons(connection, table),
        nulls=_nulls(connection, written),
    )
    if summary.read != summary.kept + summary.quarantined + summary.duplicates:
        raise DataError(f"table {table.name}: rows do not add up, nothing was replaced: {summary}")
    return summary


def _span(connection: duckdb.DuckDBPyConnection, table: Table, written: str) -> tuple[str | None, str | None]:
    if table.instant is None:
        return None, None
    ends = (f"strftime({end}({table.instant}), '%Y-%m-%dT%H:%M:%SZ')" for end in ("min", "max"))
    row = connection.execute(f"SELECT {', '.join(ends)} FROM {written}").fetchone()
    return (row[0], row[1]) if row else (None, None)


def _reasons(connection: duckdb.DuckDBPyConnection, table: Table) -> dict[str, int]:
    rows = connection.execute(
        "SELECT regexp_extract(part, '^[^:]*: [^:]*') AS rule, count(*) FROM "
        f"(SELECT unnest(string_split(reason, '; ')) AS part FROM checked_{table.name} WHERE reason IS NOT NULL) "
        "GROUP BY rule ORDER BY 2 DESC, 1"
    ).fetchall()
    return dict(rows)


def _nulls(connection: duckdb.DuckDBPyConnection, kept: str) -> dict[str, float]:
    names = [row[0] for row in connection.execute(f"DESCRIBE FROM {kept}").fetchall()]
    shares = ", ".join(f"coalesce(avg(({quoted(name)} IS NULL)::INT), 0)" for name in names)
    values = connection.execute(f"SELECT {shares} FROM {kept}").fetchone()
    return {name: round(share, 4) for name, share in zip(names, values or (), strict=True) if share > 0}


def _one(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = connection.execute(sql).fetchone()
    return int(row[0]) if row else 0
