"""`tenure status`: what a workspace holds, and what is still to be done."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from configs.errors import WorkspaceError
from configs.registry import CHAMPION, MODELS
from features.catalogue import views
from features.compute import folder
from features.ledger import METADATA
from pipelines.session import Session
from serving.ledger import ledger_url, open_ledger
from training import registry


@dataclass(frozen=True)
class Status:
    """Counts of everything the workspace holds."""

    dataset: str
    now: datetime
    tables: dict[str, dict[str, int]]
    snapshots: dict[str, int]
    models: dict[str, dict[str, str]]
    ledger: dict[str, int]
    next_step: str


def run(session: Session) -> Status:
    """Read it all, change nothing."""
    snapshots = {
        view.name: len(list(folder(session.workspace, view).glob("*.parquet"))) for view in views(session.dataset)
    }
    models = _models(session)
    return Status(
        dataset=session.dataset.name,
        now=session.clock(),
        tables=_tables(session),
        snapshots=snapshots,
        models=models,
        ledger=_ledger(session),
        next_step=_next_step(snapshots, models),
    )


def _tables(session: Session) -> dict[str, dict[str, int]]:
    path = session.workspace.ingested
    if not path.exists():
        raise WorkspaceError(f"{session.workspace.root}: its ingestion was not finished; run `tenure ingest` again")
    summary = json.loads(path.read_text())["tables"]
    counts = ("read", "kept", "quarantined", "duplicates", "late")
    return {table: {name: found[name] for name in counts} for table, found in summary.items()}


def _models(session: Session) -> dict[str, dict[str, str]]:
    found = {model: registry.versions(session.workspace, model) for model in MODELS}
    return {model: aliases for model, aliases in found.items() if aliases}


def _ledger(session: Session) -> dict[str, int]:
    if not session.workspace.ledger.exists():
        return {}
    engine = open_ledger(ledger_url(session.workspace))
    with engine.connect() as connection:
        return {
            name: int(connection.execute(select(func.count()).select_from(table)).scalar_one())
            for name, table in METADATA.tables.items()
        }


def _next_step(snapshots: dict[str, int], models: dict[str, dict[str, str]]) -> str:
    if not any(snapshots.values()):
        return "tenure features"
    if not models:
        return "tenure train"
    if any(CHAMPION not in aliases for aliases in models.values()):
        return "tenure promote"
    return "tenure serve"
