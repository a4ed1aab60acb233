"""What ingestion did to one table, counted from the files it wrote."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from configs.errors import DataError
from features.casts import quoted
from features.contract import Table
from features.sources import literal


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


def summarise(
    connection: duckdb.DuckDBPyConnection, table: Table, *, kept: Path, quarantined: Path, previous: Path
) -> TableSummary:
    """Counts read back from the files just written, so that a row lost on the way shows.

    `previous` holds the records of the last ingestion, if there was one. Raises DataError where rows do not add up.
    """
    written = _parquet(kept)
    first, last = _span(connection, table, written)
    summary = TableSummary(
        table=table.name,
        read=_one(connection, f"SELECT count(*) FROM read_{table.name}"),
        kept=_one(connection, f"SELECT count(*) FROM {written}"),
        quarantined=_one(connection, f"SELECT count(*) FROM {_parquet(quarantined)}"),
        duplicates=_one(
            connection,
            "SELECT coalesce(sum(copies - 1), 0) FROM (SELECT *, count(*) AS copies FROM "
            f"(SELECT * EXCLUDE (source_row, reason) FROM checked_{table.name} WHERE reason IS NULL) GROUP BY ALL)",
        ),
        late=_count_late(connection, table, written, previous),
        first=first,
        last=last,
        reasons=_reasons(connection, table),
        nulls=_nulls(connection, written),
    )
    if summary.read != summary.kept + summary.quarantined + summary.duplicates:
        raise DataError(f"table {table.name}: rows do not add up, nothing was replaced: {summary}")
    return summary


def _count_late(connection: duckdb.DuckDBPyConnection, table: Table, written: str, previous: Path) -> int:
    """Rows new since the last ingestion that happened before that ingestion's last instant."""
    if table.instant is None or not previous.exists():
        return 0
    columns = ", ".join(quoted(name) for name in _columns(connection, written))
    before = _parquet(previous)
    try:
        return _one(
            connection,
            f"SELECT count(*) FROM (SELECT {columns} FROM {written} EXCEPT SELECT {columns} FROM {before}) "
            f"WHERE {table.instant} < (SELECT max({table.instant}) FROM {before})",
        )
    except duckdb.BinderException:  # the mapping has gained a column since: every row is new, none can be called late
        return 0


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


def _nulls(connection: duckdb.DuckDBPyConnection, written: str) -> dict[str, float]:
    names = _columns(connection, written)
    shares = ", ".join(f"coalesce(avg(({quoted(name)} IS NULL)::INT), 0)" for name in names)
    values = connection.execute(f"SELECT {shares} FROM {written}").fetchone()
    return {name: round(share, 4) for name, share in zip(names, values or (), strict=True) if share > 0}


def _columns(connection: duckdb.DuckDBPyConnection, relation: str) -> list[str]:
    return [row[0] for row in connection.execute(f"DESCRIBE FROM {relation}").fetchall()]


def _parquet(path: Path) -> str:
    return f"read_parquet({literal(str(path))})"


def _one(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = connection.execute(sql).fetchone()
    return int(row[0]) if row else 0
