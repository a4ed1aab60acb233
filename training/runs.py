"""MLflow runs of any model: the experiment they stand in, the frames they keep, and the version they become."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path

import mlflow
import pandas as pd

from configs.registry import CHALLENGER, registered_name, tracking_uri
from configs.workspace import Workspace
from training.registry import client


def choose_experiment(workspace: Workspace, model: str) -> None:
    """Let the next run of this process stand in the experiment of `model`, made where there is none."""
    mlflow.set_tracking_uri(tracking_uri(workspace))
    mlflow.set_registry_uri(tracking_uri(workspace))
    name = registered_name(model)
    if mlflow.get_experiment_by_name(name) is None:
        mlflow.create_experiment(name, artifact_location=workspace.artifacts.absolute().as_uri())
    mlflow.set_experiment(name)


def log_frame(frame: pd.DataFrame, name: str) -> None:
    """Keep a frame with the run as Parquet, under `name`, e.g. "evaluation/log.parquet"."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / Path(name).name
        frame.to_parquet(path, index=False)
        mlflow.log_artifact(str(path), str(Path(name).parent) if Path(name).parent.name else None)


def register(workspace: Workspace, model: str, write: Callable[[Path], None], fingerprint: str) -> str:
    """Register what `write` puts into a folder as the run's model and call it the challenger; its version."""
    name = registered_name(model)
    # MLflow tells of its registry on stderr, where only our own progress goes.
    with tempfile.TemporaryDirectory() as folder, redirect_stderr(StringIO()):
        write(Path(folder) / "artefact")
        logged = mlflow.pyfunc.log_model(
            name="model",
            loader_module="serving.pyfunc",
            data_path=str(Path(folder) / "artefact"),
            pip_requirements=["tenure"],
            registered_model_name=name,
        )
    version = str(logged.registered_model_version)
    registry = client(workspace)
    registry.set_model_version_tag(name, version, "fingerprint", fingerprint)
    registry.set_registered_model_alias(name, CHALLENGER, version)
    return version
