"""What monitoring reads: the reference written at training time, and the ledger's decisions and outcomes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
from sqlalchemy import ColumnElement, Engine, Row, Select, and_, select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from configs.errors import DataError, StoreUnavailable
from features.ledger import DECISIONS, OUTCOMES, to_text

T = TypeVar("T")
Labels = Callable[[pd.DataFrame], pd.DataFrame]
"""Given a spine (customer_id, as_of), the same rows with `label` (1.0, 0.0, null) and `matures_at` (aware UTC)."""

BATCH = 500  # ids in one query: under SQLite's limit on parameters


def read_reference(path: Path) -> pd.DataFrame:
    """Model inputs and `p_churn` of the training window, `customer_id` with them where training wrote it."""
    if not path.exists():
        raise DataError(f"{path}: no reference frame; `tenure train` writes it beside the model")
    try:
        frame = pd.read_parquet(path)
    except (OSError, pa.ArrowException) as error:
        raise DataError(f"{path}: not readable as Parquet: {error}") from error
    if frame.empty:
        raise DataError(f"{path}: the reference frame has no rows; `tenure train` again")
    return frame


def read_kinds(path: Path) -> dict[str, str]:
    """offer_id -> kind from the offers table; empty without one."""
    if not path.exists():
        return {}
    offers = pd.read_parquet(path, columns=["offer_id", "kind"])
    return dict(zip(offers["offer_id"].astype(str), offers["kind"].fillna("unknown").astype(str), strict=True))


def one_per_customer(frame: pd.DataFrame, most: int, rng: np.random.Generator) -> pd.DataFrame:
    """Draw up to `most` rows at random, one per customer where `customer_id` is there, so that rows are independent."""
    shuffled = frame.iloc[rng.permutation(len(frame))]
    return (shuffled.drop_duplicates("customer_id") if "customer_id" in frame else shuffled).head(most)


def read_decisions(engine: Engine, *, after: datetime, until: datetime) -> pd.DataFrame:
    """Decisions made in (after, until], oldest first, without features and response; `degraded` is a list.

    As all that reads the ledger here, it raises DataError that names decision and column of a value that cannot be
    read, but never the value, and StoreUnavailable where the ledger does not answer.
    """
    d = DECISIONS.c
    wanted = [d.decision_id, d.customer_id, d.decided_at, d.arm, d.offer_id, d.channel, d.p_churn]
    query = select(*wanted, d.selection_probability, d.degraded).where(_within(after, until))
    rows = _rows(engine, query.order_by(d.decided_at, d.decision_id))
    frame = pd.DataFrame(rows, columns=[column.name for column in query.selected_columns])
    instants = pd.to_datetime(frame["decided_at"], utc=True, format="ISO8601", errors="coerce")
    numbers = {name: pd.to_numeric(frame[name], errors="coerce") for name in ("p_churn", "selection_probability")}
    for name, found in {"decided_at": instants, **numbers}.items():
        for decision_id in frame["decision_id"][found.isna() & frame[name].notna()]:
            raise _unreadable(name, decision_id)
    cells = zip(frame["decision_id"], frame["degraded"], strict=True)
    degraded = [_json("degraded", decision_id, text, list[str]) for decision_id, text in cells]
    floats = {name: found.astype(float) for name, found in numbers.items()}
    return frame.assign(decided_at=instants, degraded=pd.Series(degraded, dtype=object), **floats)


def read_outcomes(engine: Engine, *, after: datetime, until: datetime) -> pd.DataFrame:
    """Outcomes, whenever they came, of the decisions made in (after, until]."""
    query = select(OUTCOMES.c.decision_id, OUTCOMES.c.kind, OUTCOMES.c.value).join(
        DECISIONS, DECISIONS.c.decision_id == OUTCOMES.c.decision_id
    )
    return pd.DataFrame(_rows(engine, query.where(_within(after, until))), columns=["decision_id", "kind", "value"])


def count_filtered(engine: Engine, *, after: datetime, until: datetime) -> Mapping[str, int]:
    """How many candidates each stage filtered in the decisions made in (after, until]."""
    counts: Counter[str] = Counter()
    query = select(DECISIONS.c.decision_id, DECISIONS.c.response)
    for row in _rows(engine, query.where(_within(after, until))):
        counts.update(_json("response", row.decision_id, row.response, _stages))
    return counts


def _stages(response: Any) -> list[str]:
    return [str(item["stage"]) for item in response.get("filtered", ())]


def read_served(
    engine: Engine, decisions: pd.DataFrame, *, most: int, rng: np.random.Generator
) -> tuple[pd.DataFrame, int]:
    """Read the latest served vector, `p_churn` and `decision_id` of up to `most` customers, and count empty vectors.

    Empty vectors (all null: unknown customers, or a store that was away) are counted and left out.
    """
    latest = one_per_customer(decisions.drop_duplicates("customer_id", keep="last"), most, rng)
    vectors = _vectors(engine, latest["decision_id"].tolist())
    scores = dict(zip(latest["decision_id"], latest["p_churn"], strict=True))
    full = [
        {**values, "p_churn": scores[key], "decision_id": key}
        for key, values in vectors.items()
        if set(values.values()) - {None}
    ]
    return pd.DataFrame(full), len(vectors) - len(full)


def _vectors(engine: Engine, decision_ids: Sequence[str]) -> dict[str, Mapping[str, object]]:
    d, found = DECISIONS.c, {}
    for start in range(0, len(decision_ids), BATCH):
        query = select(d.decision_id, d.features).where(d.decision_id.in_(decision_ids[start : start + BATCH]))
        for row in _rows(engine, query):
            found[row.decision_id] = _json("features", row.decision_id, row.features, _values)
    return found


def _values(features: Any) -> Mapping[str, object]:
    return dict(features["values"])


def _json(column: str, decision_id: str, text: str, read: Callable[[Any], T]) -> T:
    """What `read` finds in the JSON of a cell. Raises DataError."""
    try:
        return read(json.loads(text))
    except (AttributeError, LookupError, TypeError, ValueError):
        raise _unreadable(column, decision_id) from None  # which would tell the value


def _unreadable(column: str, decision_id: str) -> DataError:
    return DataError(f"the ledger: {column} of decision {decision_id} is not what Tenure writes there")


def _within(after: datetime, until: datetime) -> ColumnElement[bool]:
    return and_(DECISIONS.c.decided_at > to_text(after), DECISIONS.c.decided_at <= to_text(until))


def _rows(engine: Engine, query: Select[tuple[str, ...]]) -> Iterator[Row[tuple[str, ...]]]:
    try:
        with engine.connect() as connection:
            yield from connection.execution_options(yield_per=1000).execute(query)
    except SQLAlchemyError as error:
        address = engine.url.render_as_string(hide_password=True)
        cause = error.orig if isinstance(error, DBAPIError) else type(error).__name__  # the rest are values
        raise StoreUnavailable(f"the ledger at {address} does not answer: {cause}") from None
