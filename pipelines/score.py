"""`tenure score`: some customers as the service would, or everybody into a Parquet file."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from configs.errors import WorkspaceError
from configs.registry import CHAMPION, LOGGED, registered_name
from features.compute import file_name
from features.everybody import everybody
from pipelines.session import Session
from serving.answers import ScoreAnswer
from serving.batch import score_table
from serving.bootstrap import of_workspace
from serving.mlflow_registry import MlflowRegistry
from serving.model import TrainedModel, load_model
from serving.schemas import ScoreRequest
from serving.scoring import score


@dataclass(frozen=True)
class BatchScored:
    """Rows written, where, and for which instant."""

    rows: int
    path: Path
    as_of: datetime
    model_version: str


def champion_folder(session: Session, model: str) -> Path:
    """The directory of the champion's artefact. Raises WorkspaceError where there is no champion."""
    registry, name = MlflowRegistry(session.workspace.mlflow), registered_name(model)
    version = registry.champion(name)
    if version is None:
        raise WorkspaceError(f"{model}: no {CHAMPION} yet; run `tenure train {model}` and `tenure promote {model}`")
    return registry.artefact(name, version) / LOGGED


def everybody_at(session: Session, as_of: datetime, progress: Callable[[int], None]) -> BatchScored:
    """Score every customer of the snapshot of `as_of` into `scores/<as_of>.parquet`."""
    churn, value = _champion(session, "churn"), _champion(session, "value")
    if churn is None:
        raise WorkspaceError("churn: no champion yet; run `tenure train churn` and `tenure promote churn`")
    path = session.workspace.scores / file_name(as_of)
    pieces = everybody(session.workspace, session.dataset, as_of)
    rows = score_table(pieces, churn=churn, value=value, path=path, progress=progress)
    return BatchScored(rows, path, as_of, churn.version)


def some(session: Session, customer_ids: list[str]) -> ScoreAnswer:
    """Score customers with reasons, by the code that the service runs."""
    runtime = of_workspace(session.workspace, os.environ)
    return score(runtime, ScoreRequest(customer_ids=customer_ids, explain=True))


def _champion(session: Session, model: str) -> TrainedModel | None:
    registry, name = MlflowRegistry(session.workspace.mlflow), registered_name(model)
    version = registry.champion(name)
    return load_model(registry.artefact(name, version) / LOGGED, name=name, version=version) if version else None
