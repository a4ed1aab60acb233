"""Ingestion: a company's records become the canonical tables; no row is dropped in silence."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from configs.dataset import Dataset
from configs.errors import DataError, StoreUnavailable
from configs.loading import dump
from configs.workspace import Workspace, replacing
from features.admission import admit
from features.contract import LABELS, TABLES, Table
from features.sources import connect, literal, open_sources
from features.summary import TableSummary, summarise
from features.tables import RECORDS

__all__ = ["RECORDS", "TableSummary", "ingest"]


def ingest(
    dataset: Dataset,
    workspace: Workspace,
    *,
    now: datetime,
    progress: Callable[[str], None] = lambda _: None,
) -> list[TableSummary]:
    """Read, check and write every mapped table; all tables are checked and written before any is replaced.

    Rows that break the contract go to `quarantine/<table>.parquet` as they were read, with a reason each. Records of
    tables that are no longer mapped are removed. Raises DataError for a missing source, a SELECT that fails, a missing
    or unknown column, and an empty table, all at once; WorkspaceError for a workspace of another dataset or version.
    """
    tables = _selects(dataset)
    with connect() as connection:
        open_sources(connection, dataset)
        _admit_all(connection, dataset, tables, now, progress)
        workspace.create(dataset.name)
        with ExitStack() as replaced:
            summaries = [_write(connection, workspace, table, replaced, progress) for table, _ in tables]
            dump(_dated(dataset, summaries), replaced.enter_context(replacing(workspace.dataset)))
            report = replaced.enter_context(replacing(workspace.ingested))
            done = {summary.table: asdict(summary) for summary in summaries}
            report.write_text(json.dumps({"tables": done}, indent=1))
    _forget_unmapped(workspace, {table.name for table, _ in tables})
    return summaries


def _selects(dataset: Dataset) -> list[tuple[Table, str]]:
    """(table, SELECT) in an order that puts customers and offers before what refers to them."""
    mapped: dict[str, str] = {str(name): select for name, select in dataset.tables.items()}
    labels = [(LABELS, dataset.churn.labels)] if dataset.churn.labels else []
    order = sorted(mapped, key=lambda name: (name not in ("customers", "offers"), list(TABLES).index(name)))
    return [*((TABLES[name], mapped[name]) for name in order), *labels]


def _admit_all(
    connection: duckdb.DuckDBPyConnection,
    dataset: Dataset,
    tables: Iterable[tuple[Table, str]],
    now: datetime,
    progress: Callable[[str], None],
) -> None:
    problems: list[str] = []
    admitted: set[str] = set()
    for table, select in tables:
        progress(f"checking {table.name}")
        try:
            admit(connection, dataset, table, select, admitted=admitted, now=now)
            admitted.add(table.name)
        except duckdb.Error as error:
            problems.append(f"tables.{table.name}: the SELECT fails: {' '.join(str(error).split())[:300]}")
        except DataError as error:
            problems += error.details or (error.message,)
    if problems:
        raise DataError(f"dataset {dataset.name}: {len(problems)} problem(s)", details=problems)


def _write(
    connection: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    table: Table,
    replaced: ExitStack,
    progress: Callable[[str], None],
) -> TableSummary:
    """Write a table's records and quarantine beside the old ones, whose place they take when `replaced` closes."""
    progress(f"writing {table.name}")
    records = workspace.tables / table.name / RECORDS
    kept = replaced.enter_context(replacing(records))
    rejects = workspace.quarantine / f"{table.name}.parquet"
    quarantined = replaced.enter_context(replacing(rejects))
    order = ", ".join(name for name in ("customer_id", table.instant) if name in table.names) or "ALL"
    _copy(connection, f"SELECT * FROM kept_{table.name} ORDER BY {order}", kept, records)
    _copy(
        connection,
        f"SELECT read.*, source_row, reason FROM read_{table.name} AS read JOIN checked_{table.name} AS checked "
        "ON read.rowid = source_row WHERE reason IS NOT NULL ORDER BY source_row",
        quarantined,
        rejects,
    )
    return summarise(connection, table, kept=kept, quarantined=quarantined, previous=records)


def _copy(connection: duckdb.DuckDBPyConnection, select: str, path: Path, meant_for: Path) -> None:
    try:
        connection.execute(f"COPY ({select}) TO {literal(str(path))} (FORMAT parquet)")
    except duckdb.IOException as error:
        raise StoreUnavailable(f"{meant_for} cannot be written: {error}") from error


def _dated(dataset: Dataset, summaries: Sequence[TableSummary]) -> Dataset:
    """`dataset` with its data clock set: where no instant is given, the second after the last record."""
    if dataset.clock.kind != "data" or dataset.clock.at is not None:
        return dataset
    last = max(summary.last for summary in summaries if summary.last)
    at = datetime.fromisoformat(last) + timedelta(seconds=1)
    return dataset.model_copy(update={"clock": dataset.clock.model_copy(update={"at": at})})


def _forget_unmapped(workspace: Workspace, mapped: set[str]) -> None:
    for name in (*TABLES, LABELS.name):
        if name not in mapped:
            (workspace.tables / name / RECORDS).unlink(missing_ok=True)
            (workspace.quarantine / f"{name}.parquet").unlink(missing_ok=True)
