"""Logs a training run to MLflow: figures, pictures, card, trials; and registers its artefact as the challenger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import mlflow

from configs.workspace import Workspace
from training import artefact, card, plots, runs
from training.fit import Fitted
from training.importance import importance
from training.leaks import Suspect
from training.problem import Problem
from training.promotion import FEW_LEVELS
from training.registry import OUT_OF_FOLD

OFFER = ("offer_id", "offer_kind", "channel")  # what tells the rows of one customer and instant apart


@dataclass(frozen=True)
class Version:
    """A registered model version."""

    model: str
    version: str
    run_id: str
    metrics: Mapping[str, float]


def log(workspace: Workspace, problem: Problem, fitted: Fitted, leaks: Sequence[Suspect]) -> Version:
    """Log a run with its trials, register its artefact and call it the challenger."""
    runs.choose_experiment(workspace, problem.model)
    with mlflow.start_run(run_name=f"{problem.dataset} {problem.model}") as run:
        moved = importance(fitted, problem)
        _log_inputs(problem)
        _log_choices(fitted)
        mlflow.log_metrics(fitted.metrics)
        mlflow.log_text(card.card(fitted, problem, moved, leaks), "model_card.md")
        _log_plots(problem, fitted, moved)
        _log_trials(fitted)
        _log_out_of_fold(problem, fitted)
        version = runs.register(
            workspace,
            problem.model,
            lambda folder: artefact.write(fitted, problem, folder),
            fitted.artefact.window.fingerprint,
        )
    return Version(problem.model, version, run.info.run_id, fitted.metrics)


def _log_inputs(problem: Problem) -> None:
    sample = problem.rows[["label", *problem.features]].head(1000)
    dataset = mlflow.data.from_pandas(sample, name=problem.dataset, targets="label", digest=problem.fingerprint())
    mlflow.log_input(dataset, context="training")


def _log_choices(fitted: Fitted) -> None:
    window = fitted.artefact.window
    mlflow.log_params(
        {
            **vars(fitted.found.shape),
            "rounds": fitted.found.rounds,
            "ridge": fitted.ridge,
            "booster_weight": fitted.artefact.weight,
            "split": fitted.split.how,
            "rows": window.rows,
            "first_as_of": window.first_as_of.isoformat(),
            "last_as_of": window.last_as_of.isoformat(),
            "fingerprint": window.fingerprint,
        }
    )


def _log_trials(fitted: Fitted) -> None:
    for number, (shape, loss) in enumerate(fitted.found.trials):
        with mlflow.start_run(run_name=f"trial {number}", nested=True):
            mlflow.log_params(vars(shape))
            mlflow.set_tag("pruned", str(loss is None))
            if loss is not None:
                mlflow.log_metric("loss", loss)


def _log_plots(problem: Problem, fitted: Fitted, moved: Mapping[str, float]) -> None:
    mlflow.log_figure(plots.importance(list(moved), list(moved.values())), "plots/importance.png")
    if problem.binary:
        label = problem.label[fitted.judged]
        for draw in (plots.calibration, plots.roc, plots.precision_recall, plots.gain):
            mlflow.log_figure(draw(label, fitted.out_of_fold), f"plots/{draw.__name__}.png")


def _log_out_of_fold(problem: Problem, fitted: Fitted) -> None:
    rows = problem.rows.iloc[fitted.judged]
    sources = fitted.artefact.sources
    few = [source.name for source in sources if source.levels is not None and len(source.levels) <= FEW_LEVELS]
    keys = ["customer_id", "as_of", "label", *(name for name in OFFER if name in rows and name not in few)]
    frame = rows[[*keys, *few]].assign(prediction=fitted.out_of_fold)
    runs.log_frame(frame, OUT_OF_FOLD)
