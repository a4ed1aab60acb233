"""Decisions into Parquet, a thousand at a time, so that no more than these are in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from configs.workspace import replacing
from pipelines.export.logged import Logged

AT_ONCE = 1000
Rows = Iterable[Mapping[str, object]]


def write_rows(decisions: Iterable[Logged], rows_of: Callable[[Logged], Rows], schema: pa.Schema, path: Path) -> int:
    """Write the rows of each decision in `schema`; the number of decisions. The file appears whole or not at all.

    Raises StoreUnavailable.
    """
    count, left = 0, iter(decisions)
    with replacing(path) as temporary, pq.ParquetWriter(temporary, schema) as writer:
        while some := list(islice(left, AT_ONCE)):
            writer.write_table(pa.Table.from_pylist([row for one in some for row in rows_of(one)], schema))
            count += len(some)
    return count
