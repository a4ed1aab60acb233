"""The model registry: which version stands under which alias, and what its folds predicted."""

from __future__ import annotations

import pandas as pd
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from configs.errors import StoreUnavailable, WorkspaceError
from configs.registry import CHAMPION, PREVIOUS, registered_name, tracking_uri
from configs.workspace import Workspace

OUT_OF_FOLD = "out_of_fold.parquet"
LOG, PAIRS = "evaluation/log.parquet", "evaluation/pairs.parquet"
ABSENT = "RESOURCE_DOES_NOT_EXIST"


def client(workspace: Workspace) -> MlflowClient:
    """A client of the workspace's tracking store and registry."""
    return MlflowClient(tracking_uri=tracking_uri(workspace), registry_uri=tracking_uri(workspace))


def versions(workspace: Workspace, model: str) -> dict[str, str]:
    """Alias -> version of a registered model; empty if it has none. Raises StoreUnavailable."""
    if not workspace.mlflow.exists():  # asking would make one
        return {}
    try:
        aliases = client(workspace).get_registered_model(registered_name(model)).aliases
    except MlflowException as error:
        if error.error_code == ABSENT:
            return {}
        raise StoreUnavailable(f"the model registry does not answer: {error.error_code}") from error
    return {alias: str(version) for alias, version in aliases.items()}


def promote(workspace: Workspace, model: str, version: str) -> None:
    """Make `version` the champion; the champion until now becomes previous."""
    registry, name = client(workspace), registered_name(model)
    held = versions(workspace, model).get(CHAMPION)
    if held is not None and held != version:
        registry.set_registered_model_alias(name, PREVIOUS, held)
    registry.set_registered_model_alias(name, CHAMPION, version)


def roll_back(workspace: Workspace, model: str) -> str:
    """Make the previous champion the champion again and return its version. Raises WorkspaceError for none."""
    previous = versions(workspace, model).get(PREVIOUS)
    if previous is None:
        raise WorkspaceError(f"{model}: no previous champion to roll back to")
    promote(workspace, model, previous)
    return previous


def out_of_fold(workspace: Workspace, model: str, version: str) -> pd.DataFrame:
    """The predictions of a version's folds: customer_id, as_of, label, prediction, and features with few levels."""
    return _frame(workspace, model, version, OUT_OF_FOLD)


def evaluation_log(workspace: Workspace, version: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(log, pairs) of a version of the effects, as in `training.effects.evaluation`. Raises StoreUnavailable."""
    return _frame(workspace, "effects", version, LOG), _frame(workspace, "effects", version, PAIRS)


def _frame(workspace: Workspace, model: str, version: str, name: str) -> pd.DataFrame:
    registry = client(workspace)
    try:
        run_id = registry.get_model_version(registered_name(model), version).run_id
        return pd.read_parquet(registry.download_artifacts(run_id, name))
    except (MlflowException, OSError) as error:
        raise StoreUnavailable(f"{model} version {version}: its run cannot be read: {error}") from error
