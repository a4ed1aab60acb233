"""The MLflow registry in a workspace, as serving reads it."""

from __future__ import annotations

from pathlib import Path

from mlflow import MlflowClient
from mlflow.artifacts import download_artifacts
from mlflow.exceptions import MlflowException

from configs.errors import StoreUnavailable
from configs.registry import CHAMPION, LOGGED

ABSENT = {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}  # no such model; no such alias


class MlflowRegistry:
    """The registry in the SQLite file `database`, which need not be there yet: opening it would create it."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._uri = f"sqlite:///{database.absolute()}"

    def champion(self, name: str) -> str | None:
        """The version under the alias `champion` of a registered model, None for none. Raises StoreUnavailable."""
        if not self._database.exists():
            return None
        try:
            return str(self._client().get_model_version_by_alias(name, CHAMPION).version)
        except MlflowException as error:
            if error.error_code in ABSENT:
                return None
            raise StoreUnavailable(f"the model registry does not answer: {error.error_code}") from error

    def artefact(self, name: str, version: str) -> Path:
        """The directory of a version's artefact on this machine. Raises StoreUnavailable."""
        try:
            # Asked for `models:/NAME/VERSION`, download_artifacts looks in the process's default store, and makes one.
            place = self._client().get_model_version_download_uri(name, version)
            return Path(download_artifacts(artifact_uri=place)) / LOGGED
        except (MlflowException, OSError) as error:
            raise StoreUnavailable(f"the artefact of {name} version {version} cannot be read: {error}") from error

    def _client(self) -> MlflowClient:
        return MlflowClient(tracking_uri=self._uri, registry_uri=self._uri)
