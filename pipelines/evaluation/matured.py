"""Decisions of the ledger whose outcomes are known, and what came of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError

from configs.dataset import Dataset
from configs.errors import DataError, StoreUnavailable
from decisioning.offers import Offer
from features import labels
from features.ledger import DECISIONS, to_text
from features.snapshots import closes_at
from features.tables import Opened
from monitoring.inputs import read_outcomes
from pipelines.evaluation.logged import Reward, left_out
from serving.prices import MISSING

D = DECISIONS.c
PLAIN = (D.decision_id, D.customer_id, D.decided_at, D.arm, D.offer_id, D.channel, D.selection_probability)
JSON = (D.features, D.degraded, D.request, D.response)


@dataclass(frozen=True)
class Matured:
    """Decisions that can be judged, oldest first, with what was left out in words.

    Columns are the ledger's, JSON read, `decided_at` aware; retention, margin and accepted are NaN where unknown.
    """

    rows: pd.DataFrame
    notes: tuple[str, ...]


def matured(
    engine: Engine,
    opened: Opened,
    dataset: Dataset,
    offers: Mapping[str, Offer],
    reward: Reward,
    *,
    after: datetime,
    now: datetime,
) -> Matured:
    """The decisions made in (after, now] whose `reward` is known by `now`. Raises DataError where there are none."""
    if dataset.churn.kind == "label":
        raise DataError("a label known for one snapshot only cannot follow a decision: evaluate on the log")
    made = read(engine, after=after, until=now)
    if made.empty:
        raise DataError(f"the ledger holds no decision after {after:%Y-%m-%d %H:%M}, when the champions had learned")
    rows, notes = _usable(made, dataset, offers, reward, now)
    outcomes = read_outcomes(engine, after=after, until=now)
    accepted = set(outcomes[outcomes.kind.isin(dataset.acceptance.kinds)].decision_id)
    yes = rows.decision_id.isin(accepted).astype("float64")
    spine = pd.DataFrame({"customer_id": rows.customer_id, "as_of": rows.decided_at.dt.floor("s")})
    asked = spine.drop_duplicates(ignore_index=True)
    stayed = spine.merge(labels.stayed(opened, dataset, asked), on=["customer_id", "as_of"], how="left").label
    margin = np.full(len(rows), np.nan)
    if "transactions" in dataset.tables:
        earned = labels.earned(opened, dataset, asked)
        margin = spine.merge(earned, on=["customer_id", "as_of"], how="left").label.to_numpy(np.float64)
    return Matured(rows.assign(retention=stayed.to_numpy(np.float64), margin=margin, accepted=yes), notes)


def read(engine: Engine, *, after: datetime, until: datetime) -> pd.DataFrame:
    """Decisions made in (after, until], oldest first. Raises StoreUnavailable."""
    columns = (*PLAIN, *JSON)
    query = select(*columns).where(D.decided_at > to_text(after), D.decided_at <= to_text(until))
    try:
        with engine.connect() as connection:
            found = connection.execute(query.order_by(D.decided_at, D.decision_id)).all()
    except SQLAlchemyError as error:
        address = engine.url.render_as_string(hide_password=True)
        raise StoreUnavailable(f"the ledger at {address} does not answer: {error}") from error
    frame = pd.DataFrame(found, columns=[column.name for column in columns])
    for column in JSON:
        frame[column.name] = pd.Series([json.loads(text) for text in frame[column.name]], frame.index, dtype=object)
    return frame.assign(decided_at=pd.to_datetime(frame.decided_at, utc=True, format="ISO8601"))


def _usable(
    made: pd.DataFrame, dataset: Dataset, offers: Mapping[str, Offer], reward: Reward, now: datetime
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The decisions of one slot that the policy made whole and whose windows have closed; what was left out."""
    ends = [
        _known_at(offer_id, at, dataset, offers, reward)
        for offer_id, at in zip(made.offer_id, made.decided_at, strict=True)
    ]
    wrong = {
        "customers of the holdout": made.arm != "policy",
        "a part was away": made.degraded.map(lambda parts: bool(set(parts) - {MISSING})),
        "more than one offer was asked for": made.request.map(lambda request: request.get("item_count", 1) > 1),
        "what came of them is not known yet": pd.Series([end is None or end > now for end in ends], made.index),
    }
    kept, notes = pd.Series(True, made.index), list[str]()
    for why, found in wrong.items():
        notes += left_out(int((kept & found).sum()), why)
        kept &= ~found
    if not kept.any():
        raise DataError(f"none of {len(made):,} decisions can be judged", details=notes)
    return made[kept].reset_index(drop=True), tuple(notes)


def _known_at(
    offer_id: str | None, at: datetime, dataset: Dataset, offers: Mapping[str, Offer], reward: Reward
) -> datetime | None:
    """When the reward of a decision is known; None where it never is, as the offer has no end."""
    window = at if reward == "acceptance" else closes_at(at, dataset)
    if offer_id is None or reward in ("retention", "margin"):
        return window
    within = dataset.acceptance.within_days
    end = offers[offer_id].valid_to if offer_id in offers else None
    if within is not None:
        end = at + timedelta(days=within)
    return None if end is None else max(window, end)
