"""A block of customers and all that happened to them, and how events become rows of a table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

import numpy as np
import pyarrow as pa

from pipelines.market.arrays import Flags, Index, Vector
from pipelines.market.catalogue import SIX, Catalogue
from pipelines.market.climate import Drift
from pipelines.market.engine import Week
from pipelines.market.living import Made
from pipelines.market.traits import Traits

SECOND = 1_000_000  # microseconds
WEEK_SECONDS = 7 * 86_400
INSTANT = pa.timestamp("us", "UTC")


@dataclass(frozen=True)
class Block:
    """Customers `first`, `first` + 1, ...: who they are, their weeks from `start` on, and their campaigns.

    Records are made of the weeks from `told` on, and of `campaigns`, which are theirs: the weeks before were told
    already. Instants and numbers of weeks count from `start` all the same.
    """

    first: int
    start: datetime
    traits: Traits
    weeks: tuple[Week, ...]
    campaigns: tuple[Made, ...]
    drifts: tuple[Drift, ...]
    catalogue: Catalogue = SIX
    told: int = 0

    @property
    def customers(self) -> int:
        """How many customers the block holds."""
        return len(self.traits.rate)

    @property
    def end_seconds(self) -> int:
        """The end of the records, in seconds after `start`."""
        return len(self.weeks) * WEEK_SECONDS

    def matrix(self, name: str) -> Vector:
        """A quantity of Week as a matrix (weeks to tell, customers)."""
        return np.stack([getattr(week, name) for week in self.weeks[self.told :]])

    def of(self, name: str, week: Index, who: Index) -> Vector:
        """A quantity of Week of some customers in some weeks."""
        return np.asarray(self.matrix(name)[week - self.told, who])

    def events(self, name: str) -> tuple[Index, Index]:
        """(week, customer) of each of the events that a quantity of Week counts, one entry per event."""
        week, who = events(self.matrix(name))
        return week + self.told, who

    def whole(self) -> Block:
        """The block with every week to tell."""
        return replace(self, told=0)

    def arriving_customers(self) -> Index:
        """Who signed up in the weeks to tell; in the first of all, those of old too."""
        new = (self.traits.arrives >= self.told) | (self.told == 0)
        return np.flatnonzero(new & (self.traits.arrives < len(self.weeks)))

    @cached_property
    def ids(self) -> pa.Array:
        """The customers' ids, in order."""
        return pa.array([f"c{number:07d}" for number in range(self.first, self.first + self.customers)])

    def who(self, rows: Index) -> pa.DictionaryArray:
        """The ids of rows that name customers by their place in the block."""
        return pa.DictionaryArray.from_arrays(pa.array(rows.astype(np.int32)), self.ids)

    def at(self, seconds: Vector | Index) -> pa.Array:
        """Instants, given in seconds after `start`, in whole seconds."""
        epoch = int(self.start.timestamp())
        return pa.array((np.floor(seconds).astype(np.int64) + epoch) * SECOND, INSTANT)

    def broken_since(self) -> int | None:
        """The week since which feeds are broken, if any."""
        return min((drift.week for drift in self.drifts if drift.kind == "feed"), default=None)

    def arriving(self, weeks: Index) -> Flags:
        """Whether the app's feed still brings what happened in `weeks`."""
        broken = self.broken_since()
        return np.ones(len(weeks), dtype=bool) if broken is None else np.asarray(weeks < broken)


def within(weeks: Index, rng: np.random.Generator) -> Vector:
    """Instants within the weeks, after their beginning, in seconds after the start."""
    inside = np.floor(rng.random(len(weeks)) * (WEEK_SECONDS - 1))
    return np.asarray(weeks * WEEK_SECONDS + 1.0 + inside, dtype=np.float64)


def events(counts: Vector) -> tuple[Index, Index]:
    """(week, customer) of each of the events counted in a matrix (weeks, customers), one entry per event."""
    week, customer = np.nonzero(counts)
    times = counts[week, customer].astype(np.int64)
    return np.repeat(week, times), np.repeat(customer, times)


def names(values: tuple[str, ...], which: Index) -> pa.DictionaryArray:
    """Texts by their place in `values`."""
    return pa.DictionaryArray.from_arrays(pa.array(which.astype(np.int32)), pa.array(values))
