"""Feeds: whether what used to come into the records every week still comes, filled, and in the same unit.

A feed that breaks is seen here within a week. In features that look back on months it looks like customers who change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import ibis
import numpy as np
import pandas as pd

from configs.dataset import Dataset
from features.catalogue import views
from features.contract import TABLES, Table
from features.recency import view_of
from features.tables import Opened
from features.views.view import DAY
from monitoring.intervals import Floats

WEEK = 7 * DAY
BEFORE = 8  # weeks that a week is held against
FEWEST = 30  # rows in each of them: a feed of fewer is not steady
LEFT = 0.1  # of the fewest rows, or the smallest share filled, below which nothing is left of a feed
FACTOR = 5.0  # by which the middle of a number leaves what it was: prices and habits do not, cents and percent do
PARTS = ("channel", "kind")
OWN = frozenset({"treatments", "outcomes"})  # what is done and what comes of it is no feed: campaigns pause

What = Literal["silent", "empty", "unit"]


@dataclass(frozen=True, slots=True)
class Fault:
    """A feed that is not what it was: rows that stopped, a column that is empty, numbers of another size.

    `part` names the rows, "" for all of the table; `column` what is empty or of another size. `now` is of the week that
    ends now, `low` and `high` are the least and the most of the weeks before: rows, shares filled, or middle values.
    `views` are the feature views that rest on the table.
    """

    table: str
    part: str
    column: str
    what: What
    now: float
    low: float
    high: float
    views: tuple[str, ...]

    def feeds(self, feature: str) -> bool:
        """Whether a feature, named `<view>__<feature>`, is made from the table."""
        return view_of(feature) in self.views


@dataclass(frozen=True)
class Feeds:
    """The feeds of a workspace's records at `now`."""

    opened: Opened
    dataset: Dataset
    now: datetime

    def __call__(self) -> tuple[Fault, ...]:
        """What is not as it was, of the tables of events that come in steadily."""
        asked = (table for name, table in TABLES.items() if name in self.opened.tables and name not in OWN)
        return tuple(fault for table in asked if table.instant == "occurred_at" for fault in self._of(table))

    def _of(self, table: Table) -> Iterator[Fault]:
        told = weekly(self.opened.tables[table.name], self.now.timestamp())
        wanted = {*PARTS, *(column.name for column in table.columns if column.kind == "number")}
        with self.opened.holding(told.select("week", *(name for name in told.columns if name in wanted))) as rows:
            yield from self._in(table, rows)

    def _in(self, table: Table, rows: ibis.Table) -> Iterator[Fault]:
        resting = tuple(view.name for view in views(self.dataset) if table.name in view.needs)
        whole = _by_week(self._frame(rows.group_by("week").aggregate(rows=rows.count())), "rows")
        stopped = faults(table.name, "", "", {"silent": whole}, resting)
        if stopped:
            yield from stopped
            return
        for part in (name for name in PARTS if name in rows.columns):
            for value, held in _groups(self._frame(rows.group_by("week", part).aggregate(rows=rows.count())), part):
                yield from faults(table.name, f"{part} {value}", "", {"silent": _by_week(held, "rows")}, resting)
        yield from self._columns(table, rows, resting)

    def _columns(self, table: Table, rows: ibis.Table, resting: tuple[str, ...]) -> Iterator[Fault]:
        """Numbers apart by kind, where the table has kinds: a score of one is not that of another."""
        by = ["kind"] if "kind" in rows.columns else []
        numbers = (column.name for column in table.columns if column.kind == "number" and column.name in rows.columns)
        for name in numbers:
            size = rows[name].abs()
            found = rows.group_by("week", *by).aggregate(
                rows=rows.count(), filled=rows[name].count(), middle=size.median(where=size > 0)
            )
            for value, held in _groups(self._frame(found), *by):
                count = _by_week(held, "rows")
                if count.min() < FEWEST:
                    continue
                told: dict[What, Floats] = {"empty": _by_week(held, "filled") / count, "unit": _by_week(held, "middle")}
                yield from faults(table.name, f"{by[0]} {value}" if by else "", name, told, resting)[:1]

    def _frame(self, table: ibis.Table) -> pd.DataFrame:
        found: pd.DataFrame = self.opened.backend.to_pandas(table)
        return found


def weekly(table: ibis.Table, now: float) -> ibis.Table:
    """The rows of the last weeks before `now` (seconds), with `week`: 0 for the one that ends now, up to BEFORE."""
    known = table.filter(table.occurred_at < now, table.occurred_at >= now - (BEFORE + 1) * WEEK)
    return known.mutate(week=((now - known.occurred_at) / WEEK).ceil().cast("int64") - 1)


def faults(
    table: str, part: str, column: str, told: Mapping[What, Floats], resting: tuple[str, ...]
) -> tuple[Fault, ...]:
    """What of `told` (the last week first, nan where there was nothing) is not as in the weeks before."""
    return tuple(
        Fault(table, part, column, what, float(np.nan_to_num(weeks[0])), weeks[1:].min(), weeks[1:].max(), resting)
        for what, weeks in told.items()
        if _FAULTY[what](weeks)
    )


def _silent(rows: Floats) -> bool:
    return bool(rows[1:].min() >= FEWEST and rows[0] <= LEFT * rows[1:].min())


def _empty(filled: Floats) -> bool:
    return bool(filled[1:].min() > 0.5 and filled[0] <= LEFT * filled[1:].min())


def _rescaled(middle: Floats) -> bool:
    """Whether there is a middle in every week, and the last is beyond the others by FACTOR, up or down."""
    low, high = middle[1:].min(), middle[1:].max()
    return bool(middle.min() > 0 and (middle[0] >= FACTOR * high or middle[0] <= low / FACTOR))


_FAULTY = {"silent": _silent, "empty": _empty, "unit": _rescaled}


def _groups(found: pd.DataFrame, *by: str) -> Iterable[tuple[str, pd.DataFrame]]:
    if not by:
        return [("", found)]
    return [(str(value), held) for value, held in found.groupby(by[0])]


def _by_week(found: pd.DataFrame, name: str) -> Floats:
    """A figure of each week, the last first; no rows are 0."""
    whole = found.set_index("week")[name].reindex(range(BEFORE + 1))
    return np.asarray(whole.fillna(0.0), dtype=np.float64)
