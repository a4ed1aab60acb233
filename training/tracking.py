"""MLflow: runs with their figures and pictures, registered models with aliases."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import mlflow
import pandas as pd
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from configs.errors import StoreUnavailable, WorkspaceError
from configs.registry import CHALLENGER, CHAMPION, PREVIOUS, registered_name, tracking_uri
from configs.workspace import Workspace
from training import artefact, card, plots
from training.fit import Fitted
from training.importance import importance
from training.leaks import Suspect
from training.problem import Problem

OUT_OF_FOLD = "out_of_fold.parquet"


@dataclass(frozen=True)
class Version:
    """A registered model version."""

    model: str
    version: str
    run_id: str
    metrics: Mapping[str, float]


def log(workspace: Workspace, problem: Problem, fitted: Fitted, leaks: list[Suspect]) -> Version:
    """Log a run with its trials, register its artefact and call it the challenger."""
    with _experiment(workspace, problem.model), mlflow.start_run(run_name=f"{problem.dataset} {problem.model}") as run:
        moved = importance(fitted, problem)
        _log_inputs(problem)
        _log_choices(fitted)
        mlflow.log_metrics(fitted.metrics)
        mlflow.log_text(card.card(fitted, problem, moved, leaks), "model_card.md")
        _log_plots(problem, fitted, moved)
        _log_trials(fitted)
        _log_out_of_fold(problem, fitted)
        version = _register(problem, fitted, run.info.run_id)
    return Version(problem.model, version, run.info.run_id, fitted.metrics)


def client(workspace: Workspace) -> MlflowClient:
    """A client of the workspace's tracking store and registry."""
    return MlflowClient(tracking_uri=tracking_uri(workspace), registry_uri=tracking_uri(workspace))


def versions(workspace: Workspace, model: str) -> dict[str, str]:
    """Alias -> version of a registered model; empty if it has none."""
    try:
        return dict(client(workspace).get_registered_model(registered_name(model)).aliases)
    except MlflowException:
        return {}


def promote(workspace: Workspace, model: str, version: str) -> None:
    """Make `version` the champion; the champion until now becomes previous."""
    registry, name = client(workspace), registered_name(model)
    held = versions(workspace, model).get(CHAMPION)
    if held is not None and held != version:
        registry.set_registered_model_alias(name, PREVIOUS, held)
    registry.set_registered_model_alias(name, CHAMPION, version)


def roll_back(workspace: Workspace, model: str) -> str:
    """Make the previous champion the champion again and return its version. Raises WorkspaceError where there is none."""
    previous = versions(workspace, model).get(PREVIOUS)
    if previous is None:
        raise WorkspaceError(f"{model}: no previous champion to roll back to")
    promote(workspace, model, previous)
    return previous


def out_of_fold(workspace: Workspace, model: str, version: str) -> pd.DataFrame:
    """The predictions of a version's folds: customer_id, as_of, label, prediction, and features with few levels."""
    registry = client(workspace)
    try:
        run_id = registry.get_model_version(registered_name(model), version).run_id
        path = registry.download_artifacts(run_id, OUT_OF_FOLD)
    except (MlflowException, OSError) as error:
        raise StoreUnavailable(f"{model} version {version}: its run cannot be read: {error}") from error
    return pd.read_parquet(path)


@contextmanager
def _experiment(workspace: Workspace, model: str) -> Iterator[None]:
    mlflow.set_tracking_uri(tracking_uri(workspace))
    mlflow.set_registry_uri(tracking_uri(workspace))
    name = registered_name(model)
    if mlflow.get_experiment_by_name(name) is None:
        mlflow.create_experiment(name, artifact_location=workspace.artifacts.absolute().as_uri())
    mlflow.set_experiment(name)
    yield


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
    few = [source.name for source in fitted.artefact.sources if source.levels is not None and len(source.levels) <= 12]
    keys = ["customer_id", "as_of", "label", *(["offer_id"] if "offer_id" in rows else [])]
    frame = rows[[*keys, *few]].assign(prediction=fitted.out_of_fold)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / OUT_OF_FOLD
        frame.to_parquet(path, index=False)
        mlflow.log_artifact(str(path))


def _register(problem: Problem, fitted: Fitted, run_id: str) -> str:
    name = registered_name(problem.model)
    with tempfile.TemporaryDirectory() as folder:
        artefact.write(fitted, problem, Path(folder) / "artefact")
        logged = mlflow.pyfunc.log_model(
            name="model",
            loader_module="serving.pyfunc",
            data_path=os.path.join(folder, "artefact"),
            pip_requirements=["tenure"],
            registered_model_name=name,
        )
    version = str(logged.registered_model_version)
    registry = MlflowClient()
    registry.set_model_version_tag(name, version, "fingerprint", fitted.artefact.window.fingerprint)
    registry.set_model_version_tag(name, version, "run_id", run_id)
    registry.set_registered_model_alias(name, CHALLENGER, version)
    return version
