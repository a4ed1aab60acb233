"""`tenure train`: the models of a workspace, each logged, registered and called challenger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from configs.errors import DataError
from configs.training import EffectTraining, Training
from features.snapshots import matured
from features.tables import open_tables
from pipelines.features import regular
from pipelines.session import Session, only_one
from training import fit, leaks, tasks, tracking
from training.effects import model as effect_model
from training.effects import problem as effect_problem
from training.effects import tracking as effect_tracking
from training.leaks import Suspect
from training.tracking import Version

TASKS = {"churn": tasks.churn, "value": tasks.value, "response": tasks.response}
PAIRS = 200_000  # treatments times actions that are kept for evaluating policies

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Trained:
    """One model trained, or why it was not."""

    model: str
    version: Version | None
    rows: int
    how: str
    suspects: tuple[Suspect, ...]
    refused: str | None = None
    warnings: tuple[str, ...] = ()


def run(
    session: Session,
    models: tuple[str, ...],
    settings: Training,
    progress: Progress = lambda *_: None,
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
                done.append(Trained(model, None, 0, "", (), error.message, tuple(error.details)))
    if all(trained.version is None for trained in done):
        raise DataError("no model could be trained", details=[trained.refused or "" for trained in done])
    return done


def _past(session: Session) -> tasks.Past:
    now = session.clock().replace(microsecond=0)
    opened = open_tables(session.workspace)
    known = regular(session, opened, now)
    closed = known if session.dataset.churn.kind == "label" else matured(known, session.dataset, now)
    return tasks.Past(session.dataset, opened, session.store(), closed, now)


def _train(session: Session, past: tasks.Past, model: str, settings: Training, progress: Progress) -> Trained:
    if model == "effects":
        return _train_effects(session, past, settings, progress)
    progress(f"{model}: joining features", 0, 0)
    problem = TASKS[model](past)
    suspects = leaks.suspects(problem, settings.leak_auc) if problem.binary else []
    fitted = fit.fit(problem, settings, lambda done, total: progress(f"{model}: trials", done, total))
    progress(f"{model}: logging", 0, 0)
    version = tracking.log(session.workspace, problem, fitted, suspects)
    return Trained(model, version, len(problem.rows), fitted.split.how, tuple(suspects))


def _train_effects(session: Session, past: tasks.Past, settings: Training, progress: Progress) -> Trained:
    chosen = EffectTraining(seed=settings.seed, threads=settings.threads)
    progress("effects: who was treated, and how that was decided", 0, 0)
    posed = effect_problem.effects(past, chosen)
    fitted = effect_model.fit(posed, effect_problem.every_action(past, posed, PAIRS), chosen, progress)
    progress("effects: logging", 0, 0)
    version = effect_tracking.log(session.workspace, posed, fitted)
    how = "; ".join(f"{one.target.target}: {one.target.learner}" for one in fitted.learned)
    grades = ", ".join(f"{found.offer_id} {found.grade}" for found in posed.evidence)
    return Trained("effects", version, len(posed.log), f"{how}; evidence: {grades}", (), warnings=posed.warnings)
