"""`tenure train`: the models of a workspace, each logged, registered and called challenger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from configs.errors import DataError
from configs.training import Training
from features.snapshots import matured
from features.tables import open_tables
from pipelines.features import regular
from pipelines.session import Session, only_one
from training import fit, leaks, tasks, tracking
from training.leaks import Suspect
from training.tracking import Version

TASKS = {"churn": tasks.churn, "value": tasks.value, "response": tasks.response}


@dataclass(frozen=True)
class Trained:
    """One model trained, or why it was not."""

    model: str
    version: Version | None
    rows: int
    how: str
    suspects: tuple[Suspect, ...]
    refused: str | None = None


def run(
    session: Session,
    models: tuple[str, ...],
    settings: Training,
    progress: Callable[[str, int, int], None] = lambda *_: None,
    *,
    skip_impossible: bool,
) -> list[Trained]:
    """Train `models` on what is known at the session's clock.

    With `skip_impossible` a model whose data is not there is reported as refused, and DataError raised only where all
    are; without, it is raised for the first.
    """
    with only_one(session.workspace, "train"):
        past = _past(session)
        done = []
        for model in models:
            try:
                done.append(_train(session, past, model, settings, progress))
            except DataError as error:
                if not skip_impossible:
                    raise
                done.append(Trained(model, None, 0, "", (), error.message))
    if all(trained.version is None for trained in done):
        raise DataError("no model could be trained", details=[trained.refused or "" for trained in done])
    return done


def _past(session: Session) -> tasks.Past:
    now = session.clock().replace(microsecond=0)
    opened = open_tables(session.workspace)
    known = regular(session, opened, now)
    closed = known if session.dataset.churn.kind == "label" else matured(known, session.dataset, now)
    return tasks.Past(session.dataset, opened, session.store(), closed, now)


def _train(
    session: Session,
    past: tasks.Past,
    model: str,
    settings: Training,
    progress: Callable[[str, int, int], None],
) -> Trained:
    progress(f"{model}: joining features", 0, 0)
    problem = TASKS[model](past)
    suspects = leaks.suspects(problem, settings.leak_auc) if problem.binary else []
    fitted = fit.fit(problem, settings, lambda done, total: progress(f"{model}: trials", done, total))
    progress(f"{model}: logging", 0, 0)
    version = tracking.log(session.workspace, problem, fitted, suspects)
    return Trained(model, version, len(problem.rows), fitted.split.how, tuple(suspects))
