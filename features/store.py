"""The feature store: Feast behind four verbs - register, join, materialise, read."""

from __future__ import annotations

import sqlite3
import warnings
from contextlib import redirect_stdout
from datetime import datetime, timedelta
from io import StringIO

import numpy as np
import pandas as pd
from feast import FeatureService, FeatureStore, RepoConfig
from feast.errors import FeastError, FeatureServiceNotFoundException

from configs.dataset import Dataset
from configs.errors import StoreUnavailable
from configs.profile import Profile
from configs.workspace import Workspace
from features import recency
from features.definitions import MODELS, Definitions, define
from features.online import OnlineFeatures
from features.silence import Column

PROJECT = "tenure"
ROWS_AT_ONCE = 1000  # sqlite takes one writer: short transactions let readers and pushes in between


def repo_config(workspace: Workspace, profile: Profile) -> RepoConfig:
    """Feast's configuration for a workspace, the same that `features/feature_store.yaml` spells."""
    online: dict[str, str | int | bool] = {"type": profile.online_store.type, **profile.online_store.settings}
    if profile.online_store.type == "sqlite":
        online["path"] = str(workspace.feast / "online.db")
    return RepoConfig(
        project=PROJECT,
        provider="local",
        registry=str(workspace.feast / "registry.db"),
        offline_store={"type": "duckdb"},
        online_store=online,
        entity_key_serialization_version=3,
        materialization={"online_write_batch_size": ROWS_AT_ONCE},
    )


class Store:
    """One dataset's features. Instants are aware; frames carry entities (`customer_id`, `offer_id`...) and `as_of`."""

    def __init__(self, workspace: Workspace, dataset: Dataset, profile: Profile) -> None:
        self._definitions: Definitions = define(workspace, dataset)
        workspace.feast.mkdir(parents=True, exist_ok=True)
        self._feast = FeatureStore(config=repo_config(workspace, profile))
        if profile.online_store.type == "sqlite":
            _let_readers_in(workspace)

    def register(self) -> None:
        """Write the definitions to Feast's registry, as `feast apply` does."""
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="On demand feature view is an experimental feature")
            self._feast.apply(self._definitions.objects)

    def names(self, model: str) -> tuple[str, ...]:
        """The features of a model's service as `<view>__<feature>`, in the definitions' order.

        Empty where the dataset lacks the service's tables. Feast returns columns in an order of its own.
        """
        services = {service.name: service for service in self._definitions.services}
        if model not in services:
            return ()
        stored = (
            f"{projection.name}__{feature.name}"
            for projection in services[model].feature_view_projections
            for feature in projection.features
        )
        return tuple(name for name in stored if name not in self._definitions.state)

    def join(self, spine: pd.DataFrame, model: str) -> pd.DataFrame:
        """`spine` with the model's features as of each row's `as_of`: rows, order and index of `spine` are kept.

        Point-in-time through Feast's offline store: the last snapshot at or before `as_of`, null if older than the TTL.
        """
        service = self._service(model)
        entities = spine[[*MODELS[model], "as_of"]].rename(columns={"as_of": "event_timestamp"})
        entities["_row"] = range(len(spine))
        stored = [
            f"{projection.name}:{feature.name}"
            for projection in service.feature_view_projections
            if projection.name != recency.VIEW
            for feature in projection.features
        ]
        joined: pd.DataFrame = self._feast.get_historical_features(
            entities, features=stored, full_feature_names=True
        ).to_df()
        joined = joined.sort_values("_row", ignore_index=True).set_index(spine.index)
        joined = joined.assign(**_recency(joined, spine.as_of))
        return pd.concat([spine, joined[list(self.names(model))]], axis=1)

    def materialise(self, as_of: datetime) -> None:
        """Bring the snapshot of `as_of` into the online store."""
        try:
            with redirect_stdout(StringIO()):  # Feast prints its progress where our answers go
                self._feast.materialize(as_of - timedelta(seconds=1), as_of)
        except (FeastError, sqlite3.Error, OSError) as error:
            raise StoreUnavailable(f"the online store cannot be written: {error}") from error

    def push(self, view: str, rows: pd.DataFrame) -> None:
        """Put rows of one feature view (entities, `as_of`, features) into the online store, through its push source."""
        try:
            self._feast.push(f"{view}_events", rows)
        except (FeastError, sqlite3.Error, OSError) as error:
            raise StoreUnavailable(f"the online store cannot be written: {error}") from error

    def online(self) -> OnlineFeatures:
        """A reader of the online store, warmed up."""
        return OnlineFeatures(self._feast, self._definitions)

    def _service(self, model: str) -> FeatureService:
        try:
            return self._feast.get_feature_service(model)
        except FeatureServiceNotFoundException as error:
            raise StoreUnavailable(f"feature service {model!r} is not registered; run `tenure features`") from error


def _recency(joined: pd.DataFrame, as_of: pd.Series[pd.Timestamp]) -> dict[str, Column]:
    """Recency at each row's `as_of`, by the functions behind the on-demand view: Feast takes seconds to call them."""
    asked_at = np.asarray((as_of - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(seconds=1), np.float64)
    present = frozenset(name.partition("__")[0] for name in joined.columns)
    stored = {key: np.asarray(joined[f"{key[0]}__{key[1]}"], np.float64) for key in recency.inputs(present)}
    return {f"{recency.VIEW}__{name}": values for name, values in recency.days(stored, asked_at).items()}


def _let_readers_in(workspace: Workspace) -> None:
    """Write-ahead logging, so that a writer does not lock readers out."""
    with sqlite3.connect(workspace.feast / "online.db") as connection:
        connection.execute("PRAGMA journal_mode = WAL")
