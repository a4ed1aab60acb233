"""Which rows of a mapped table are let in: the contract row by row, then what rows owe to one another."""

from __future__ import annotations

from collections.abc import Iterator, Set
from datetime import datetime

import duckdb

from configs.dataset import Dataset
from configs.errors import DataError
from features.casts import quoted
from features.checks import Checked, checked
from features.contract import CONTROL, Table
from features.sources import literal


def admit(
    connection: duckdb.DuckDBPyConnection,
    dataset: Dataset,
    table: Table,
    select: str,
    *,
    admitted: Set[str],
    now: datetime,
) -> None:
    """Run `select` and leave its rows in temporary tables, where `admitted` tables are already.

    `read_<table>` holds the rows as read, `checked_<table>` the typed ones with `source_row` and `reason`,
    `kept_<table>` those without a reason, each once. Raises DataError for wrong columns and for no rows, and
    duckdb.Error where the SELECT fails.
    """
    given = _read(connection, table, select)
    check = checked(
        table,
        given,
        relation=f"read_{table.name}",
        now=now,
        timezone=dataset.timezone,
        attributes=dataset.attributes_of(table.name),
    )
    if connection.execute(f"SELECT 1 FROM read_{table.name} LIMIT 1").fetchone() is None:
        raise DataError(f"tables.{table.name}: the SELECT returned no rows; leave the table out if there are none")
    connection.execute(f"CREATE TEMP TABLE checked_{table.name} AS {check.sql}")
    for reason, condition in _relations(table, admitted):
        _quarantine(connection, table, reason, condition)
    _keep(connection, table, check)


def _read(connection: duckdb.DuckDBPyConnection, table: Table, select: str) -> dict[str, str]:
    """Fill `read_<table>`; the SQL type of each of its columns."""
    read = f"read_{table.name}"
    connection.execute(f"CREATE TEMP TABLE {read} AS {select}")
    given = {row[0]: row[1] for row in connection.execute(f"DESCRIBE {read}").fetchall()}
    for name in [name for name, kind in given.items() if kind == "JSON"]:  # a column of texts and numbers, say
        column = quoted(name)
        connection.execute(f"ALTER TABLE {read} ALTER {column} TYPE VARCHAR USING {column} ->> '$'")
        given[name] = "VARCHAR"
    return given


def _keep(connection: duckdb.DuckDBPyConnection, table: Table, check: Checked) -> None:
    columns = ", ".join(quoted(name) for name in check.columns)
    connection.execute(
        f"CREATE TEMP TABLE kept_{table.name} AS SELECT DISTINCT {columns} FROM checked_{table.name} "
        "WHERE reason IS NULL"
    )
    if table.unique:
        _quarantine_contradictions(connection, table)


def _relations(table: Table, admitted: Set[str]) -> Iterator[tuple[str, str]]:
    """(reason, condition) of rows that speak of a customer or an offer that does not exist."""
    names = set(table.names)
    if "customer_id" in names and table.name != "customers" and "customers" in admitted:
        yield (
            "'customer_id: orphan, not in customers: ' || customer_id",
            "customer_id NOT IN (SELECT customer_id FROM kept_customers)",
        )
    if "offer_id" in names and table.name != "offers" and "offers" in admitted:
        yield (
            "'offer_id: orphan, not in offers: ' || offer_id",
            f"offer_id <> {literal(CONTROL)} AND offer_id NOT IN (SELECT offer_id FROM kept_offers)",
        )
    if table.name == "outcomes":
        yield "'offer_id: missing, and so is decision_id'", "offer_id IS NULL AND decision_id IS NULL"


def _quarantine(connection: duckdb.DuckDBPyConnection, table: Table, reason: str, condition: str) -> None:
    connection.execute(f"UPDATE checked_{table.name} SET reason = concat_ws('; ', reason, {reason}) WHERE {condition}")


def _quarantine_contradictions(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Rows that share a key but differ: none can be trusted over the others, so all are quarantined."""
    key = ", ".join(table.unique)
    connection.execute(
        f"CREATE TEMP TABLE torn AS SELECT {key} FROM kept_{table.name} GROUP BY {key} HAVING count(*) > 1"
    )
    shared = f"({key}) IN (SELECT {key} FROM torn)"
    reason = f"{literal(f'{key}: duplicate key with different values: ')} || {table.unique[0]}"
    _quarantine(connection, table, reason, f"reason IS NULL AND {shared}")
    connection.execute(f"DELETE FROM kept_{table.name} WHERE {shared}")
    connection.execute("DROP TABLE torn")
