"""Served features held against the same features joined again, point in time: what training sees at that instant."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isclose
from statistics import median

import numpy as np
import pandas as pd
from sqlalchemy import Engine

from configs.errors import DataError, WorkspaceError
from configs.monitoring import Monitoring
from features.vectors import FeatureVector, Value
from monitoring import inputs
from monitoring.intervals import Interval, wilson
from monitoring.skew.freshness import Freshness, freshness
from monitoring.skew.vectors import bare, plain

TOLERANCE = 1e-9  # of a number, or of 1 where it is smaller: sums in another order differ by less
SETTLES = timedelta(seconds=10)  # how close to a decision an event may count as before it or after it


@dataclass(frozen=True, slots=True)
class Joined:
    """What the join gives for one served vector.

    `possible` holds a vector for each way in which the decision and the events near it may have come about, and none
    where there is no telling. `row_at` is the instant that the served row says it is as of; `late` whether something
    had happened to the customer before the decision that the service was told of only after it.
    """

    possible: tuple[FeatureVector, ...]
    row_at: datetime | None = None
    late: bool = False


Rejoin = Callable[[Sequence[FeatureVector]], Sequence[Joined]]
"""Served vectors joined again, one each, in order. Raises DataError or WorkspaceError where it cannot be done."""


@dataclass(frozen=True, slots=True)
class FeatureSkew:
    """One feature in the vectors that have it; one that differs between kinds of offers is equal where all kinds are.

    `lost` counts vectors served without a value that the join has, `made_up` the reverse. `typical` is the median size
    of a difference, where numbers differ.
    """

    name: str
    equal: Interval
    unequal: int
    lost: int
    made_up: int
    typical: float | None


@dataclass(frozen=True)
class Comparison:
    """The vectors that could be joined again, by features of lowest share of equal ones first.

    `unsettled` of them may have come about in several ways, and are equal where they are to one; `late` counts those of
    customers of whom something came late. `untold` vectors could not be joined; `gone` are features of which no join
    tells any more, `unserved` those that the join gives and no vector has.
    """

    vectors: int
    equal: Interval | None
    features: tuple[FeatureSkew, ...]
    unsettled: int
    late: int
    untold: int
    gone: tuple[str, ...]
    unserved: tuple[str, ...]

    @property
    def unequal(self) -> int:
        """Vectors that differ in something."""
        return 0 if self.equal is None else round(self.vectors * (1 - self.equal.value))


@dataclass(frozen=True)
class Skew:
    """What `sampled` of the window's decisions saw of their customers; `away` of them saw nothing of the feature store.

    `comparison` is None where there was nothing to hold against a join, or no way to: `refused` says why.
    """

    decisions: int
    sampled: int
    away: int
    comparison: Comparison | None
    refused: str | None
    freshness: Freshness | None


@dataclass(frozen=True, slots=True)
class _Held:
    """A vector held against the join nearest to it: the features of both, and the pairs of values that differ."""

    customer_id: str
    names: frozenset[str]
    unequal: Mapping[str, tuple[tuple[Value, Value], ...]]


def examine(
    ledger: Engine,
    decisions: pd.DataFrame,
    settings: Monitoring,
    rng: np.random.Generator,
    *,
    rejoin: Rejoin | None,
    trained_nulls: Mapping[str, float],
) -> Skew:
    """Look at up to `skew_rows` of `decisions`, drawn at random; `trained_nulls` are shares by feature."""
    sample = decisions.iloc[np.sort(rng.permutation(len(decisions))[: settings.skew_rows])]
    vectors = inputs.read_vectors(ledger, sample)
    served = [vector for vector in vectors if vector.values]
    joined, refused = _rejoined(rejoin, served)
    return Skew(
        decisions=len(decisions),
        sampled=len(vectors),
        away=len(vectors) - len(served),
        comparison=None if joined is None else compare(served, joined),
        refused=refused,
        freshness=freshness(served, [one.row_at for one in joined or ()], trained_nulls),
    )


def _rejoined(rejoin: Rejoin | None, served: Sequence[FeatureVector]) -> tuple[Sequence[Joined] | None, str | None]:
    """The joins, or why there are none."""
    if rejoin is None or not served:
        return None, None
    try:
        return rejoin(served), None
    except (DataError, WorkspaceError) as error:
        return None, str(error)


def compare(served: Sequence[FeatureVector], joined: Sequence[Joined]) -> Comparison:
    """Hold each vector against its join. Texts and nulls are to be equal, numbers to TOLERANCE."""
    told = [(vector, one) for vector, one in zip(served, joined, strict=True) if one.possible]
    ours = {name for vector, _ in told for name in plain(vector)}
    theirs = {name for _, one in told for possible in one.possible for name in plain(possible)}
    held = [found for vector, one in told if (found := _nearest(vector, one.possible)).names]
    equal = sum(not one.unequal for one in held)
    return Comparison(
        vectors=len(held),
        equal=wilson(equal, len(held), len({one.customer_id for one in held})) if held else None,
        features=tuple(sorted(_by_feature(held), key=lambda one: (one.equal.value, one.name))),
        unsettled=sum(len(one.possible) > 1 for _, one in told),
        late=sum(one.late for one in joined),
        untold=len(served) - len(held),
        gone=_bare(ours - theirs),
        unserved=_bare(theirs - ours),
    )


def same(served: Value, joined: Value) -> bool:
    """Whether two values are one, but for the order in which numbers were added up.

    >>> same(0.1 + 0.2, 0.3), same(1.0, 1.00001), same(None, 0.0), same("gold", "gold")
    (True, False, False, True)
    """
    if served == joined:
        return True
    if not isinstance(served, int | float) or not isinstance(joined, int | float):
        return False
    return isclose(served, joined, rel_tol=TOLERANCE, abs_tol=TOLERANCE)


def _nearest(vector: FeatureVector, possible: Sequence[FeatureVector]) -> _Held:
    return min((_held(vector, one) for one in possible), key=lambda held: len(held.unequal))


def _held(vector: FeatureVector, joined: FeatureVector) -> _Held:
    ours, theirs = plain(vector), plain(joined)
    names = ours.keys() & theirs.keys()
    unequal: dict[str, tuple[tuple[Value, Value], ...]] = {}
    for name in sorted(names):
        if not same(ours[name], theirs[name]):
            unequal[bare(name)] = (*unequal.get(bare(name), ()), (ours[name], theirs[name]))
    return _Held(vector.customer_id, frozenset(map(bare, names)), unequal)


def _by_feature(held: Sequence[_Held]) -> Iterator[FeatureSkew]:
    for name in sorted({name for one in held for name in one.names}):
        having = [one for one in held if name in one.names]
        differing = [one.unequal[name] for one in having if name in one.unequal]
        sizes = [
            abs(ours - theirs)
            for pairs in differing
            for ours, theirs in pairs
            if isinstance(ours, int | float) and isinstance(theirs, int | float)
        ]
        yield FeatureSkew(
            name=name,
            equal=wilson(len(having) - len(differing), len(having), len({one.customer_id for one in having})),
            unequal=len(differing),
            lost=sum(any(ours is None for ours, _ in pairs) for pairs in differing),
            made_up=sum(any(theirs is None for _, theirs in pairs) for pairs in differing),
            typical=median(sizes) if sizes else None,
        )


def _bare(names: set[str]) -> tuple[str, ...]:
    return tuple(sorted(set(map(bare, names))))
