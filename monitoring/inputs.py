"""What monitoring reads: the reference written at training time, and the ledger's decisions and outcomes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
from sqlalchemy import ColumnElement, Engine, Row, Select, and_, func, select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from configs.errors import DataError, StoreUnavailable
from features.ledger import BUDGET_USE, CAMPAIGNS, DECISIONS, DOCUMENTS, OUTCOMES, to_instant, to_text
from features.vectors import FeatureVector, Value

T = TypeVar("T")
Labels = Callable[[pd.DataFrame], pd.DataFrame]
"""Given a spine (customer_id, as_of), the same rows with `label` (1.0, 0.0, null) and `matures_at` (aware UTC).

`at_risk` may say who is in the population that is predicted for, while the label is not known.
"""

BATCH = 500  # ids in one query: under SQLite's limit on parameters


@dataclass(frozen=True, slots=True)
class Answers:
    """How many candidates each stage filtered, and the decisions that made the policy's fallback."""

    filtered: Mapping[str, int]
    fallbacks: frozenset[str]


@dataclass(frozen=True, slots=True)
class Best:
    """What came first before exploration, and the probability with which that was to be done; nothing has no offer."""

    offer_id: str | None
    channel: str | None
    probability: float


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


def count_later(engine: Engine, *, than: datetime) -> int:
    """How many decisions, in real time or by campaigns, are dated after an instant."""
    d, c = DECISIONS.c, CAMPAIGNS.c
    counts = (
        select(func.count()).where(d.decided_at > to_text(than)),
        select(func.coalesce(func.sum(c.rows), 0)).where(c.decided_at > to_text(than)),
    )
    return sum(row[0] for query in counts for row in _rows(engine, query))


def read_answers(engine: Engine, *, after: datetime, until: datetime) -> Answers:
    """What was answered in the decisions made in (after, until]."""
    filtered, fallbacks = Counter[str](), set[str]()
    query = select(DECISIONS.c.decision_id, DECISIONS.c.response)
    for row in _rows(engine, query.where(_within(after, until))):
        stages, fallback = _json("response", row.decision_id, row.response, _answered)
        filtered.update(stages)
        fallbacks.update([row.decision_id] if fallback else [])
    return Answers(filtered, frozenset(fallbacks))


def _answered(response: Any) -> tuple[list[str], bool]:
    return [str(item["stage"]) for item in response.get("filtered", ())], response.get("fallback") is True


def read_best(engine: Engine, decision_ids: Sequence[str]) -> dict[str, Best]:
    """The candidate of rank 1, by decision, of those that the ledger keeps candidates of."""
    d, found = DECISIONS.c, dict[str, Best]()
    for some in _batches(decision_ids):
        for row in _rows(engine, select(d.decision_id, d.features).where(d.decision_id.in_(some))):
            best = _json("features", row.decision_id, row.features, _best)
            found.update({} if best is None else {row.decision_id: best})
    return found


def _best(features: Any) -> Best | None:
    actions = features.get("actions")
    if not actions:
        return None
    offer_id, channel, probability = (actions[name][0] for name in ("offer_id", "channel", "selection_probability"))
    return Best(offer_id, channel, float(probability))


def read_rules(engine: Engine, *, after: datetime, until: datetime) -> list[tuple[str, str]]:
    """Policy and catalogue, as JSON, that decisions or campaigns of (after, until] were made under, the last first."""
    last: dict[tuple[str, str], str] = {}
    for table in (DECISIONS, CAMPAIGNS):
        c, at = table.c, func.max(table.c.decided_at).label("at")
        made = select(c.policy_hash, c.catalogue_hash, at).where(c.decided_at > to_text(after))
        within = made.where(c.decided_at <= to_text(until))
        for row in _rows(engine, within.group_by(c.policy_hash, c.catalogue_hash)):
            key = (row.policy_hash, row.catalogue_hash)
            last[key] = max(last.get(key, ""), row.at)
    asked = {found for key in last for found in key}
    documents = select(DOCUMENTS.c.hash, DOCUMENTS.c.text).where(DOCUMENTS.c.hash.in_(asked))
    texts = {row.hash: row.text for row in _rows(engine, documents)}
    latest = sorted(last, key=last.__getitem__, reverse=True)
    return [(texts.get(policy, "{}"), texts.get(catalogue, "{}")) for policy, catalogue in latest]


def read_budget_use(engine: Engine) -> list[tuple[str, datetime, int]]:
    """(budget, when its period began, millionths used) of every period on record."""
    query = select(BUDGET_USE.c.budget, BUDGET_USE.c.period, BUDGET_USE.c.used)
    return [(row.budget, to_instant(row.period), row.used) for row in _rows(engine, query)]


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


def read_vectors(engine: Engine, decisions: pd.DataFrame) -> list[FeatureVector]:
    """What each of `decisions` saw of its customer, in their order; no values where the feature store was away."""
    d, found = DECISIONS.c, dict[str, FeatureVector]()
    for some in _batches(decisions["decision_id"].tolist()):
        query = select(d.decision_id, d.customer_id, d.decided_at, d.features, d.trace).where(d.decision_id.in_(some))
        found.update({row.decision_id: _vector(row) for row in _rows(engine, query)})
    return [found[decision_id] for decision_id in decisions["decision_id"]]


def _vector(row: Row[Any]) -> FeatureVector:
    values = _json("features", row.decision_id, row.features, _values)
    by_kind = _json("features", row.decision_id, row.features, _by_kind)
    stale, known = _json("trace", row.decision_id, row.trace, _trace)
    return FeatureVector(row.customer_id, to_instant(row.decided_at), values, stale, known, by_kind)


def _by_kind(features: Any) -> dict[str, dict[str, Value]]:
    return {kind: dict(held) for kind, held in features["by_kind"].items()}


def _trace(trace: Any) -> tuple[tuple[str, ...], bool]:
    return tuple(trace.get("stale", ())), bool(trace.get("known", True))


def _batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))


def _vectors(engine: Engine, decision_ids: Sequence[str]) -> dict[str, Mapping[str, object]]:
    d, found = DECISIONS.c, dict[str, Mapping[str, object]]()
    for some in _batches(decision_ids):
        query = select(d.decision_id, d.features).where(d.decision_id.in_(some))
        for row in _rows(engine, query):
            found[row.decision_id] = _json("features", row.decision_id, row.features, _values)
    return found


def _values(features: Any) -> dict[str, Value]:
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


def _rows(engine: Engine, query: Select[Any]) -> Iterator[Row[Any]]:
    try:
        with engine.connect() as connection:
            yield from connection.execution_options(yield_per=1000).execute(query)
    except SQLAlchemyError as error:
        address = engine.url.render_as_string(hide_password=True)
        cause = error.orig if isinstance(error, DBAPIError) else type(error).__name__  # the rest are values
        raise StoreUnavailable(f"the ledger at {address} does not answer: {cause}") from None
