"""Feast's view of the features: entities, feature views, push sources, the on-demand view and the services."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from feast import Entity, FeatureService, FeatureView, Field, FileSource, PushSource, RequestSource, ValueType
from feast.data_format import ParquetFormat
from feast.on_demand_feature_view import OnDemandFeatureView
from feast.transformation.python_transformation import PythonTransformation
from feast.types import Float64, String

from configs.dataset import Dataset
from configs.workspace import Workspace
from features import recency
from features.catalogue import views
from features.compute import folder
from features.views.view import View

SNAPSHOTS_KEPT_FRESH = 2  # a row is stale when this many cadences old
ASKED_AT = "asked_at"  # seconds since 1970: the instant that recency is computed for
MODELS = {
    "churn": ("customer_id",),
    "value": ("customer_id",),
    "response": ("customer_id", "offer_kind", "offer_id"),
}


@dataclass(frozen=True)
class Definitions:
    """Everything `feast apply` registers for one dataset."""

    entities: tuple[Entity, ...]
    views: tuple[FeatureView, ...]
    recency: OnDemandFeatureView
    state: frozenset[str]  # stored for the on-demand view or for rules, no input of a model
    services: tuple[FeatureService, ...]

    @property
    def objects(self) -> list[Any]:
        """All of them, in the order Feast needs."""
        return [*self.entities, *self.views, self.recency, *self.services]


def define(workspace: Workspace, dataset: Dataset) -> Definitions:
    """The Feast definitions of the views that `dataset` has."""
    catalogue = views(dataset)
    names = {name for view in catalogue for name in view.entities}
    entities = {name: Entity(name=name, join_keys=[name], value_type=ValueType.STRING) for name in sorted(names)}
    ttl = timedelta(days=SNAPSHOTS_KEPT_FRESH * dataset.snapshots.every_days)
    defined = {view.name: _feature_view(workspace, view, entities, ttl) for view in catalogue}
    on_demand = _recency(defined)
    state = frozenset(
        f"{view.name}__{name}" for view in catalogue for name in (view.state if view.learned else view.stored)
    )
    services = [
        FeatureService(
            name=model,
            features=[defined[view.name] for view in catalogue if set(view.entities) <= set(keys)] + [on_demand],
        )
        for model, keys in MODELS.items()
        if set(keys) <= names
    ]
    return Definitions(tuple(entities.values()), tuple(defined.values()), on_demand, state, tuple(services))


def _feature_view(workspace: Workspace, view: View, entities: Mapping[str, Entity], ttl: timedelta) -> FeatureView:
    records = FileSource(
        name=f"{view.name}_snapshots",
        path=str((folder(workspace, view) / "*.parquet").absolute()),
        file_format=ParquetFormat(),
        timestamp_field="as_of",
    )
    keys = [Field(name=name, dtype=String) for name in view.entities]
    numbers = [Field(name=name, dtype=Float64) for name in view.numbers + view.state]
    categories = [Field(name=name, dtype=String) for name in view.categories]
    return FeatureView(
        name=view.name,
        entities=[entities[name] for name in view.entities],
        ttl=timedelta(0) if view.ageless else ttl,
        schema=keys + numbers + categories,
        source=PushSource(name=f"{view.name}_events", batch_source=records),
    )


def _recency(defined: Mapping[str, FeatureView]) -> OnDemandFeatureView:
    present = frozenset(defined)
    keys = recency.inputs(present)
    asked = RequestSource(name="asked", schema=[Field(name=ASKED_AT, dtype=Float64)])
    return OnDemandFeatureView(
        name=recency.VIEW,
        sources=[*(defined[name][[f for view, f in keys if view == name]] for name in dict(keys)), asked],
        schema=[Field(name=name, dtype=Float64) for name in recency.names(present)],
        feature_transformation=PythonTransformation(udf=transform, udf_string=inspect.getsource(transform)),
        mode="python",
    )


def transform(given: dict[str, list[float | None]]) -> dict[str, list[float]]:
    """Recency of Feast's columns. Feast stores this source text in its registry and runs it from there."""
    from features.recency import transform

    return transform(given)
