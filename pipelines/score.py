"""`tenure score`: some customers as the service would, or everybody into a Parquet file."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from features.compute import file_name
from features.everybody import everybody
from pipelines.asking import ask
from pipelines.champions import champion, effects_champion, no_champion
from pipelines.policies import in_force, offers_of
from pipelines.session import Session
from serving.answers import ScoreAnswer
from serving.batch import Effective, score_table
from serving.bootstrap import of_workspace
from serving.most_effective import actions_at
from serving.price import price_model
from serving.schemas import ScoreRequest
from serving.scoring import score


@dataclass(frozen=True)
class BatchScored:
    """Rows written, where, and for which instant."""

    rows: int
    path: Path
    as_of: datetime
    model_version: str


def everybody_at(session: Session, as_of: datetime, progress: Callable[[int], None]) -> BatchScored:
    """Score every customer of the snapshot of `as_of` into `scores/<as_of>.parquet`."""
    churn = champion(session.workspace, "churn")
    value = price_model(session.dataset) or champion(session.workspace, "value")
    if churn is None:
        raise no_champion("churn")
    path = session.workspace.scores / file_name(as_of)
    effective = _effective(session, as_of)
    kinds = tuple(dict.fromkeys(action.offer.kind for action in effective.actions)) if effective else ()
    pieces = everybody(session.workspace, session.dataset, as_of, kinds)
    rows = score_table(pieces, churn=churn, value=value, path=path, effective=effective, progress=progress)
    return BatchScored(rows, path, as_of, churn.version)


def _effective(session: Session, as_of: datetime) -> Effective | None:
    """The effects of what may be offered at `as_of`; None without a champion."""
    model = effects_champion(session.workspace)
    if model is None:
        return None
    policy = in_force(session)
    return Effective(model, actions_at(offers_of(session, policy), model, as_of), policy.effect_on)


def some(session: Session, customer_ids: list[str]) -> ScoreAnswer:
    """Score customers with reasons, by the code that the service runs. Raises RequestError."""
    request = ask(ScoreRequest, {"customer_ids": customer_ids, "explain": True})
    return score(of_workspace(session.workspace, os.environ), request)
