"""What every retention figure is told from: the records, the mapping, the instant of the report and its limits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar

import ibis
import pandas as pd

from configs.dataset import Dataset
from features.snapshots import until_closed
from features.tables import Opened
from features.views.view import DAY

MONTHS = 24  # told back from the report
Told = TypeVar("Told", ibis.Table, ibis.Table | None)


@dataclass(frozen=True)
class Records:
    """Canonical tables up to `now`. A group of fewer than `few` customers is not told."""

    opened: Opened
    dataset: Dataset
    now: datetime
    few: int
    _held: list[ibis.Table] = field(default_factory=list, init=False, repr=False, compare=False)
    _told: dict[object, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def has(self, *names: str) -> bool:
        """Whether all of these tables are mapped and came."""
        return set(names) <= set(self.opened.tables)

    def table(self, name: str) -> ibis.Table:
        """A table's rows before `now`; instants are seconds since 1970."""
        found = self.opened.tables[name]
        instant = next((one for one in ("occurred_at", "signed_up_at", "started_at") if one in found.columns), None)
        return found if instant is None else found.filter(found[instant] < self.seconds)

    @property
    def seconds(self) -> float:
        """`now` in seconds since 1970."""
        return self.now.timestamp()

    @property
    def horizon_seconds(self) -> float:
        """The horizon within which leaving is told."""
        return self.dataset.churn.horizon_days * DAY

    @property
    def judged_from(self) -> datetime:
        """The last whole second whose horizon has passed; now, where labels came with the records."""
        if self.dataset.churn.kind == "label":
            return self.now
        return (self.now - until_closed(self.dataset)).replace(microsecond=0)

    @property
    def currency(self) -> str:
        """Of all money."""
        return self.dataset.currency

    def activity(self) -> ibis.Table | None:
        """(customer_id, occurred_at) of what shows that a customer is there; None where no table does."""
        wanted = (self.dataset.churn.activity, "transactions", "interactions")
        name = next((name for name in wanted if name in self.opened.tables), None)
        return None if name is None else self.table(name).select("customer_id", "occurred_at")

    def once(self, tell: Callable[[Records], Told]) -> Told:
        """What `tell` says of these records, found by the engine at the first asking; None where it says nothing."""
        if tell not in self._told:
            found = tell(self)
            self._told[tell] = None if found is None else self.hold(found)
        told: Told = self._told[tell]
        return told

    def hold(self, table: ibis.Table) -> ibis.Table:
        """`table`, found by the engine and kept in it until `release`."""
        held = self.opened.hold(table)
        self._held.append(held)
        return held

    def release(self) -> None:
        """Keep nothing any longer: what was held is not to be asked of any more."""
        self.opened.release(*self._held)
        self._held.clear()
        self._told.clear()

    def frame(self, table: ibis.Table) -> pd.DataFrame:
        """What the engine finds, as pandas: an aggregate, small whatever the number of customers."""
        found: pd.DataFrame = self.opened.backend.to_pandas(table)
        return found

    def rows(self, table: ibis.Table) -> list[dict[str, Any]]:
        """The same, row by row; null is None."""
        found: list[dict[str, Any]] = self.opened.backend.to_pyarrow(table).to_pylist()
        return found

    def row(self, table: ibis.Table) -> dict[str, Any]:
        """The one row of an aggregate."""
        return self.rows(table)[0]

    @cached_property
    def opened_at(self) -> float | None:
        """The first instant of activity in the records; None without any."""
        activity = self.activity()
        return None if activity is None else self.row(activity.aggregate(first=activity.occurred_at.min()))["first"]


def month_starts(records: Records, until: datetime) -> list[datetime]:
    """Starts of calendar months in UTC up to `until`, at most MONTHS, none before the records; oldest first."""
    first = records.opened_at
    found: list[datetime] = []
    at = until.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    while len(found) < MONTHS and first is not None and at.timestamp() >= first:
        found.append(at)
        at = at.replace(year=at.year - (at.month == 1), month=(at.month - 2) % 12 + 1)
    return found[::-1]
