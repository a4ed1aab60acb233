"""What expressions and preferences see of a customer: of one as the feature store has them, of many as a table does."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pyarrow as pa

from configs.expression_table import Column
from features.vectors import FeatureVector, Value, of_customer
from serving.scoring import PROFILE


def attributes(vector: FeatureVector) -> Mapping[str, Value]:
    """Every feature by its name, declared attributes by their short one as well."""
    values = vector.values
    return {**values, **{name[len(PROFILE) :]: values[name] for name in values if name.startswith(PROFILE)}}


def columns(table: pa.Table, asked: Collection[str]) -> Mapping[str, Column]:
    """Those of `asked` that a table of `features.everybody` holds (n,), by the names and values of `attributes`.

    What no feature is called is missing, there as here.
    """
    features = {name: name for name in table.column_names if of_customer(name)}
    features |= {name[len(PROFILE) :]: name for name in features if name.startswith(PROFILE)}
    return {name: table[features[name]].to_numpy() for name in sorted(asked) if name in features}
