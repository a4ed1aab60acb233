"""How old and how empty served features are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from features.recency import view_of
from features.vectors import FeatureVector, Value
from monitoring.intervals import Interval, wilson
from monitoring.skew.vectors import bare, plain

HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class FeatureFreshness:
    """One feature in the vectors that have it: the shares in which it was too old to use, and in which it was null.

    One that differs between kinds of offers is null where it is for all kinds. `trained_null` is the share of nulls
    where the champion learned, None of what is no input of it.
    """

    name: str
    vectors: int
    stale: Interval
    null: Interval
    trained_null: float | None


@dataclass(frozen=True, slots=True)
class Ages:
    """Hours from the instant a stored row is as of to the decision, in the vectors that tell."""

    vectors: int
    median_hours: float
    oldest_hours: float


@dataclass(frozen=True)
class Freshness:
    """Vectors with anything stale, those of customers whom the store did not know, and every feature, stalest first."""

    vectors: int
    stale: Interval
    unknown: Interval
    ages: Ages | None
    features: tuple[FeatureFreshness, ...]


def freshness(
    served: Sequence[FeatureVector], rows_at: Sequence[datetime | None], trained_nulls: Mapping[str, float]
) -> Freshness | None:
    """What `served` says of itself, None without vectors; `rows_at` are the instants that rows are as of, or empty."""
    if not served:
        return None
    customers = len({vector.customer_id for vector in served})
    return Freshness(
        vectors=len(served),
        stale=wilson(sum(bool(vector.stale) for vector in served), len(served), customers),
        unknown=wilson(sum(not vector.known for vector in served), len(served), customers),
        ages=_ages(served, rows_at) if rows_at else None,
        features=tuple(sorted(_by_feature(served, trained_nulls), key=_stalest)),
    )


def _ages(served: Sequence[FeatureVector], rows_at: Sequence[datetime | None]) -> Ages | None:
    hours = [
        (vector.as_of - row_at).total_seconds() / HOUR
        for vector, row_at in zip(served, rows_at, strict=True)
        if row_at is not None
    ]
    return Ages(len(hours), max(0.0, median(hours)), max(0.0, *hours)) if hours else None


def _by_feature(served: Sequence[FeatureVector], trained_nulls: Mapping[str, float]) -> Iterator[FeatureFreshness]:
    told: dict[str, list[tuple[FeatureVector, bool]]] = {}
    for vector in served:
        values: dict[str, list[Value]] = {}
        for name, value in plain(vector).items():
            values.setdefault(bare(name), []).append(value)
        for name, held in values.items():
            told.setdefault(name, []).append((vector, all(value is None for value in held)))
    for name, rows in told.items():
        count, customers = len(rows), len({vector.customer_id for vector, _ in rows})
        stale = sum(view_of(name) in vector.stale for vector, _ in rows)
        null = sum(null for _, null in rows)
        shares = wilson(stale, count, customers), wilson(null, count, customers)
        yield FeatureFreshness(name, count, *shares, trained_nulls.get(name))


def _stalest(one: FeatureFreshness) -> tuple[float, float, str]:
    change = 0.0 if one.trained_null is None else abs(one.null.value - one.trained_null)
    return -one.stale.value, -change, one.name
