"""Data quality: what is empty, unseen, stuck or unreadable in what was served, what feeds bring, what was set aside."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import ndtri

from configs.errors import DataError
from configs.monitoring import Monitoring
from monitoring.columns import Pair
from monitoring.data.feeds import Fault

MOSTLY = 0.5  # of the rows


@dataclass(frozen=True, slots=True)
class ColumnQuality:
    """One model input; shares are of rows. `unseen` holds the most frequent categories that training never met.

    `stuck` is one value for everybody now, several in training, `usual` the share that had it there.
    """

    name: str
    null_reference: float
    null_current: float
    nulls_changed: bool
    unseen: tuple[str, ...]
    unseen_share: float
    stuck: bool
    unreadable: int
    gone: bool
    usual: float = 0.0

    @property
    def broken(self) -> bool:
        """Whether the model is not given what it learned from: gone, unreadable, all empty, mostly strange, or frozen.

        What most customers had in training, no purchase in a week, say, all may have now.
        """
        emptied = self.null_current == 1.0 and self.null_reference < MOSTLY
        frozen = self.stuck and self.usual < MOSTLY
        return self.gone or self.unreadable > 0 or emptied or self.unseen_share >= MOSTLY or frozen

    @property
    def sound(self) -> bool:
        """Whether there is nothing to say."""
        return not (self.nulls_changed or self.unseen or self.stuck or self.unreadable or self.gone)


@dataclass(frozen=True, slots=True)
class TableCounts:
    """What ingestion counted of one table, e.g. (("read", 10), ("kept", 9), ("quarantined", 1))."""

    table: str
    counts: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Quality:
    """`empty` served vectors held nothing at all: unknown customers, or the feature store was away.

    `feeds` are the sources that do not bring what they brought.
    """

    columns: tuple[ColumnQuality, ...]
    rows: int
    empty: int
    ingest: tuple[TableCounts, ...]
    feeds: tuple[Fault, ...] = ()

    @property
    def broken(self) -> frozenset[str]:
        """Columns that are broken, or rest on a broken feed: what they do says nothing of customers."""
        return frozenset(c.name for c in self.columns if c.broken or any(fault.feeds(c.name) for fault in self.feeds))

    @property
    def unsound(self) -> tuple[ColumnQuality, ...]:
        """Columns with something to say, missing ones first."""
        return tuple(sorted((c for c in self.columns if not c.sound), key=lambda c: (not c.gone, c.name)))


def check_quality(
    columns: Sequence[Pair],
    settings: Monitoring,
    *,
    empty: int,
    ingest: Sequence[TableCounts],
    feeds: Sequence[Fault] = (),
) -> Quality:
    """Hold each served column against the same column in training."""
    rows = max((len(column.current) for column in columns), default=0)
    critical = float(ndtri(1 - settings.alpha / (2 * max(len(columns), 1))))  # Bonferroni over columns, both directions
    found = tuple(_check(column, settings, critical) for column in columns)
    return Quality(found, rows, empty, tuple(ingest), tuple(feeds))


def read_ingest(path: Path) -> tuple[TableCounts, ...]:
    """Read the counts ingestion left behind, none if it never ran: {"tables": {table: {count name: whole number}}}.

    Whatever in a table's entry is not a whole number is ignored. Raises DataError on a damaged file.
    """
    if not path.exists():
        return ()
    try:
        tables: Mapping[str, Mapping[str, object]] = json.loads(path.read_text())["tables"]
        return tuple(TableCounts(table, _whole(entry)) for table, entry in tables.items())
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(f"{path} is damaged ({error}); run `tenure ingest` again") from error


def _whole(entry: Mapping[str, object]) -> tuple[tuple[str, int], ...]:
    return tuple((name, n) for name, n in entry.items() if isinstance(n, int) and not isinstance(n, bool))


def _check(column: Pair, settings: Monitoring, critical: float) -> ColumnQuality:
    before, now = (float(pd.isna(side).mean()) if len(side) else 0.0 for side in (column.reference, column.current))
    enough = min(len(column.reference), len(column.current)) >= settings.min_rows
    unseen, unseen_share = _unseen(column)
    held, seen = set(column.seen_current), column.seen_reference
    stuck = enough and len(held) == 1 < len(set(seen))
    return ColumnQuality(
        name=column.name,
        null_reference=before,
        null_current=now,
        nulls_changed=enough and not column.gone and _differ(column, before, now, settings.null_change, critical),
        unseen=unseen,
        unseen_share=unseen_share,
        stuck=stuck,
        unreadable=column.unreadable,
        gone=column.gone,
        usual=float(np.mean(seen == held.pop())) if stuck else 0.0,
    )


def _differ(column: Pair, before: float, now: float, smallest: float, critical: float) -> bool:
    """Two-proportion z test, and a change large enough to matter."""
    n, m = len(column.reference), len(column.current)
    pooled = (before * n + now * m) / (n + m)
    error = float(np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m)))
    return abs(now - before) >= max(smallest, critical * error) and now != before


def _unseen(column: Pair) -> tuple[tuple[str, ...], float]:
    if column.kind == "number" or not len(column.seen_reference):
        return (), 0.0
    known = set(column.seen_reference)
    strangers = Counter(str(value) for value in column.seen_current if value not in known)
    return tuple(name for name, _ in strangers.most_common(3)), strangers.total() / max(len(column.current), 1)
