"""Small companies with literal records: JSON files, a mapping, and a workspace to ingest them into."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from configs.dataset import Acceptance, Attribute, Churn, Clock, Dataset, Snapshots, Source, Value
from configs.workspace import Workspace
from features.ingest import TableSummary, ingest
from features.tables import Opened, open_tables

Cell = str | int | float | bool | None | Sequence[str]
Records = Mapping[str, Sequence[Mapping[str, Cell]]]
NOW = datetime(2020, 6, 1, tzinfo=UTC)
ACCEPTANCE = Acceptance()
LAPSE = Churn(kind="lapse", horizon_days=28, active_within_days=28)

# DuckDB would read times and numbers from JSON by itself; the contract is to.
AS_TEXT: dict[str, str | int | float | bool] = {"dateformat": "as text", "timestampformat": "as text"}
ATTRIBUTES = {"customers": {"age": Attribute(kind="number"), "city": Attribute()}, "offers": {"size": Attribute()}}


def at(days: float) -> str:
    """So many days before NOW, as text."""
    return (NOW - timedelta(days=days)).isoformat()


def customer(customer_id: str, days: float = 400, age: float | None = 30, city: str | None = "Graz") -> dict[str, Cell]:
    """A customer who signed up so many days ago."""
    return {"customer_id": customer_id, "signed_up_at": at(days), "age": age, "city": city}


def sale(customer_id: str, days: float, amount: float = 10.0, **more: Cell) -> dict[str, Cell]:
    """A purchase so many days ago."""
    return {"customer_id": customer_id, "occurred_at": at(days), "amount": amount, **more}


def offer(
    offer_id: str, kind: str = "voucher", begins: float = 100, ends: float | None = 0, **more: Cell
) -> dict[str, Cell]:
    """An offer valid from so many days ago until so many days ago."""
    valid_to = None if ends is None else at(ends)
    valid = {"valid_from": at(begins), "valid_to": valid_to}
    return {"offer_id": offer_id, "kind": kind, "channels": ["email"], "size": "small", **valid, **more}


@dataclass(frozen=True)
class Company:
    """A folder with sources and a workspace."""

    folder: Path
    workspace: Workspace
    dataset: Dataset

    def write(self, records: Records) -> None:
        """Replace the sources."""
        for table, rows in records.items():
            texts = [{name: _text(cell) for name, cell in row.items()} for row in rows]
            (self.folder / f"{table}.json").write_text(json.dumps(texts))

    def ingest(self, now: datetime = NOW) -> dict[str, TableSummary]:
        """Ingest, by table."""
        return {summary.table: summary for summary in ingest(self.dataset, self.workspace, now=now)}

    def open(self) -> Opened:
        """The tables as Ibis sees them."""
        return open_tables(self.workspace)


def _text(cell: Cell) -> str | list[str] | None:
    return list(cell) if isinstance(cell, list | tuple) else None if cell is None else str(cell)


def company(
    folder: Path,
    records: Records,
    *,
    churn: Churn = LAPSE,
    acceptance: Acceptance = ACCEPTANCE,
    every_days: int = 7,
    timezone: str | None = None,
) -> Company:
    """A company whose records are `records`, in JSON; every table given is mapped as it is."""
    (folder / "sources").mkdir(parents=True, exist_ok=True)
    dataset = Dataset.model_validate(
        {
            "name": "company",
            "timezone": timezone,
            "sources": {
                table: Source(path=str(folder / "sources" / f"{table}.json"), options=AS_TEXT) for table in records
            },
            "tables": {table: f"SELECT * FROM {table}" for table in records if table != "labels"},
            "attributes": ATTRIBUTES,
            "clock": Clock(kind="data", at=NOW),
            "snapshots": Snapshots(every_days=every_days),
            "churn": churn,
            "value": Value(kind="transactions", margin_rate=0.5),
            "acceptance": acceptance,
        }
    )
    made = Company(folder / "sources", Workspace(folder / "workspace"), dataset)
    made.write(records)
    return made
