"""Everybody's customer features at one snapshot, straight from the feature tables: one join, no per-customer read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import duckdb
import numpy as np
import pyarrow as pa

from configs.dataset import Dataset
from configs.errors import DataError
from configs.workspace import Workspace
from features import recency
from features.casts import quoted
from features.catalogue import views
from features.compute import file_name, folder
from features.sources import connect, literal
from features.vectors import of_kind
from features.views.view import CUSTOMER, CUSTOMER_KIND, View

ROWS_AT_ONCE = FEW = 100_000


def everybody(
    workspace: Workspace,
    dataset: Dataset,
    as_of: datetime,
    offer_kinds: Sequence[str] = (),
    *,
    only: pa.Array | None = None,
    at_once: int = ROWS_AT_ONCE,
) -> Iterator[pa.Table]:
    """Pieces of customer_id, as_of and `<view>__<feature>` for every customer with a row in the snapshot of `as_of`.

    For each of `offer_kinds` the customer's affinities to it follow, named by `features.vectors.of_kind`. Equal to what
    the online store gives at `as_of` when it holds that snapshot. `only` are the customers asked for, everybody where
    it is not given; of more than FEW the engine would hold the whole snapshot. A piece has at most `at_once` rows.
    Raises DataError where the snapshot has not been computed, or is damaged.
    """
    present = [view for view in views(dataset) if view.entities == CUSTOMER]
    affine = [view for view in views(dataset) if view.entities == CUSTOMER_KIND and offer_kinds]
    paths = {view.name: folder(workspace, view) / file_name(as_of) for view in [*present, *affine]}
    missing = [name for name, path in paths.items() if not path.exists()]
    if missing:
        raise DataError(f"no snapshot of {as_of:%Y-%m-%dT%H:%M:%SZ} in {', '.join(missing)}; run `tenure features`")
    columns = [
        f"{quoted(view.name)}.{quoted(name)} AS {quoted(f'{view.name}__{name}')}"
        for view in present
        for name in view.stored
    ]
    first, *rest = present
    joins = " ".join(
        f"LEFT JOIN read_parquet({literal(str(paths[view.name]))}) AS {quoted(view.name)} USING (customer_id)"
        for view in rest
    )
    for view in affine:
        for kind in offer_kinds:
            columns += [f"{_alias(view, kind)}.{quoted(name)} AS {_column(view, name, kind)}" for name in view.stored]
            held = f"SELECT * FROM read_parquet({literal(str(paths[view.name]))}) WHERE offer_kind = {literal(kind)}"
            joins += f" LEFT JOIN ({held}) AS {_alias(view, kind)} USING (customer_id)"
    with connect() as connection:
        if only is not None:
            connection.register("asked_for", pa.table({"customer_id": only}))
            joins += " WHERE customer_id IN (SELECT customer_id FROM asked_for)"
        try:
            answer = connection.sql(
                f"SELECT customer_id, {quoted(first.name)}.as_of, {', '.join(columns)} "
                f"FROM read_parquet({literal(str(paths[first.name]))}) AS {quoted(first.name)} {joins}"
            )
        except duckdb.Error as error:
            told = f"{str(error).splitlines()[0]}; remove that file and run `tenure features`"
            raise DataError(f"the snapshot of {as_of:%Y-%m-%dT%H:%M:%SZ} is damaged: {told}") from error
        for batch in answer.to_arrow_reader(at_once):
            yield _with_recency(pa.Table.from_batches([batch]), as_of)


def _alias(view: View, kind: str) -> str:
    return quoted(of_kind(view.name, kind))


def _column(view: View, feature: str, kind: str) -> str:
    return quoted(of_kind(f"{view.name}__{feature}", kind))


def _with_recency(piece: pa.Table, as_of: datetime) -> pa.Table:
    present = frozenset(name.partition("__")[0] for name in piece.column_names)
    stored = {key: piece[f"{key[0]}__{key[1]}"].to_numpy() for key in recency.inputs(present)}
    asked_at = np.full(piece.num_rows, as_of.timestamp())
    for name, values in recency.days(stored, asked_at).items():
        piece = piece.append_column(f"{recency.VIEW}__{name}", pa.array(values))
    return piece
