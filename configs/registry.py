"""The names that training writes and serving reads in the model registry."""

from __future__ import annotations

from pathlib import Path

from configs.workspace import Workspace

CHAMPION, CHALLENGER, PREVIOUS = "champion", "challenger", "previous"
MODELS = ("churn", "value", "response", "effects")
LOGGED = Path("data") / "artefact"  # where MLflow puts the artefact inside a logged model


def registered_name(model: str) -> str:
    """MLflow's name of a model, e.g. tenure-churn."""
    return f"tenure-{model}"


def tracking_uri(workspace: Workspace) -> str:
    """The workspace's MLflow database, for `mlflow ui --backend-store-uri`."""
    return f"sqlite:///{workspace.mlflow.absolute()}"
