"""Customers of a table beside actions, as a model sees them: encoded once, whatever the number of actions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from configs.artefact import Source
from configs.errors import DataError
from features.encoding import RowEncoder, from_table
from features.vectors import Value, of_kind
from serving.catalogue import VIEW
from serving.models import Matrix

OFFERS = f"{VIEW}__"
CHANNEL = "channel"
EVERYBODY = slice(None)


@dataclass(frozen=True)
class Pairs:
    """`customers` (n, sources) and `by_kind` of offers (n, sources); NaN where a source is not theirs."""

    customers: Matrix
    by_kind: Mapping[str, Matrix]
    encode: Callable[[Sequence[Mapping[str, Value]]], Matrix]

    def beside(self, row: Mapping[str, Value], kind: str, who: NDArray[np.intp] | slice = EVERYBODY) -> Matrix:
        """What the model sees of an action, described by `row`, on each of the customers `who` (m, sources)."""
        own, customers = self.encode([row]), self.customers[who]
        affinity = self.by_kind[kind][who] if kind in self.by_kind else own
        return np.where(np.isnan(own), np.where(np.isnan(affinity), customers, affinity), own)


def pairs(sources: Sequence[Source], encode: RowEncoder, table: pa.Table, kinds: Sequence[str], model: str) -> Pairs:
    """The customers of a table of `features.everybody` that holds `kinds`. Raises DataError for missing features."""
    given = set(table.column_names)
    own = {source.name for source in sources if not source.name.startswith(OFFERS)} - {CHANNEL}
    missing = [name for name in sorted(own - given) if not all(of_kind(name, kind) in given for kind in kinds)]
    if missing:
        raise DataError(f"{model} needs features that are not there: {', '.join(missing)}")
    return Pairs(
        customers=_encoded(sources, table, {name: name for name in own}),
        by_kind={kind: _encoded(sources, table, {name: of_kind(name, kind) for name in own}) for kind in kinds},
        encode=encode,
    )


def _encoded(sources: Sequence[Source], table: pa.Table, names: Mapping[str, str]) -> Matrix:
    """Rows x sources: each source from the column `names` gives for it, NaN where the table lacks it."""
    given = set(table.column_names)
    held = [at for at, source in enumerate(sources) if names.get(source.name, "") in given]
    matrix = np.full((table.num_rows, len(sources)), np.nan)
    renamed = table.select([names[sources[at].name] for at in held]).rename_columns([sources[at].name for at in held])
    matrix[:, held] = from_table([sources[at] for at in held], renamed)
    return matrix
