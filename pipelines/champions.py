"""The champion of a model, as its artefact's directory or loaded."""

from __future__ import annotations

from pathlib import Path

from configs.errors import WorkspaceError
from configs.registry import CHAMPION, registered_name
from configs.workspace import Workspace
from serving.effects import EffectModel, load_effects
from serving.mlflow_registry import MlflowRegistry
from serving.model import TrainedModel, load_model


def champion(workspace: Workspace, model: str) -> TrainedModel | None:
    """The champion of `model`, None where there is none. Raises StoreUnavailable."""
    version = MlflowRegistry(workspace.mlflow).champion(registered_name(model))
    return of_version(workspace, model, version) if version else None


def of_version(workspace: Workspace, model: str, version: str) -> TrainedModel:
    """A version of `model`. Raises StoreUnavailable."""
    registry, name = MlflowRegistry(workspace.mlflow), registered_name(model)
    return load_model(registry.artefact(name, version), name=name, version=version)


def effects_champion(workspace: Workspace) -> EffectModel | None:
    """The champion of the effects, None where there is none. Raises StoreUnavailable."""
    registry, name = MlflowRegistry(workspace.mlflow), registered_name("effects")
    version = registry.champion(name)
    return load_effects(registry.artefact(name, version), name=name, version=version) if version else None


def champion_folder(workspace: Workspace, model: str) -> Path:
    """The directory of the champion's artefact. Raises WorkspaceError where there is no champion."""
    registry, name = MlflowRegistry(workspace.mlflow), registered_name(model)
    version = registry.champion(name)
    if version is None:
        raise no_champion(model)
    return registry.artefact(name, version)


def no_champion(model: str) -> WorkspaceError:
    """What is wrong, and what to do about it, where `model` has no champion."""
    return WorkspaceError(f"{model}: no {CHAMPION} yet; run `tenure train {model}` and `tenure promote {model}`")
