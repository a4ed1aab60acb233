"""Names and values of served vectors."""

from __future__ import annotations

from features.vectors import FeatureVector, Value, of_kind


def plain(vector: FeatureVector) -> dict[str, Value]:
    """Every value by name, those that differ between kinds of offers by `features.vectors.of_kind`."""
    kinds = {of_kind(name, kind): value for kind, held in vector.by_kind.items() for name, value in held.items()}
    return {**vector.values, **kinds}


def bare(name: str) -> str:
    """The feature of a name, whatever the kind of offer."""
    return name.partition("@")[0]
