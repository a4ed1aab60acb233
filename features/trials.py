"""Treatments as trials: who was treated with what, control included, and what came of it.

Nothing here says that a treatment caused anything; `training.effects` weighs that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import ibis
import numpy as np
import pandas as pd

from configs.dataset import Dataset
from configs.errors import DataError
from features import labels
from features.contract import CONTROL
from features.snapshots import until_closed
from features.tables import Opened, Tables

AT_ONCE = "several treatments of one customer at one instant"
EARLY = "outcomes before their treatment"
UNKNOWN = "outcomes of a treatment that is not in the records"
_KEYS = ["customer_id", "as_of"]


@dataclass(frozen=True)
class Trials:
    """Treatments whose window has closed, one row each, in the order of `as_of`, then customer.

    Columns: customer_id, as_of (of the treatment), closes_at, offer_id (`control` for none), offer_kind (null for
    control), channel, propensity (of the treatment made; NaN: not logged), retention (1 stayed, 0 left, NaN: not a
    question), margin (of the window, NaN where the records hold no sales), accepted (0 or 1, NaN: control or open).
    `censored` counts treatments whose window is open; `set_aside` counts rows that say nothing, by reason.
    """

    rows: pd.DataFrame
    censored: int
    set_aside: Mapping[str, int]


def trials(opened: Opened, dataset: Dataset, now: datetime) -> Trials:
    """Every treatment with its outcomes. Raises DataError where the records cannot have any."""
    _refuse_impossible(dataset)
    made = _made(opened)
    torn = made.duplicated(_KEYS, keep=False)
    made = made.assign(closes_at=made.as_of + until_closed(dataset))[~torn]
    closed = made[made.closes_at <= now].reset_index(drop=True)
    counts = {AT_ONCE: int(torn.sum()), **_stray_outcomes(opened, dataset)}
    return Trials(
        rows=_with_outcomes(opened, dataset, closed, now),
        censored=len(made) - len(closed),
        set_aside={reason: count for reason, count in counts.items() if count},
    )


def bystanders(opened: Opened, made: pd.DataFrame, most: int, seed: int) -> pd.DataFrame:
    """Columns customer_id, as_of: at each `wave` of `made`, customers known by then with no treatment in it.

    They are no control group, as nobody decided to leave them out; but they may be compared with the treated. About
    `most` in all, drawn at random in each wave.
    """
    customers: pd.DataFrame = opened.backend.to_pandas(opened.tables["customers"].select("customer_id", "signed_up_at"))
    waves = [pd.Timestamp(wave) for wave in made.wave.unique()]
    known = []
    for wave in waves:
        treated = customers.customer_id.isin(made.customer_id[made.wave == wave])
        there = customers[(customers.signed_up_at < wave.timestamp()) & ~treated]
        drawn = there.sort_values("customer_id").sample(min(most // len(waves) + 1, len(there)), random_state=seed)
        known.append(pd.DataFrame({"customer_id": drawn.customer_id, "as_of": wave}))
    return pd.concat(known, ignore_index=True)


def _refuse_impossible(dataset: Dataset) -> None:
    missing = {"offers", "treatments"} - set(dataset.tables)
    if missing:
        raise DataError(f"effects: needs the tables {', '.join(sorted(missing))}, which are not mapped")
    if dataset.churn.kind == "label":
        raise DataError(
            "effects: a label known for one snapshot only cannot follow a treatment; "
            "map activity (churn.kind lapse) or subscriptions with their ends (subscription_end)"
        )


def _made(opened: Opened) -> pd.DataFrame:
    """Treatments as they are in the records, with the kind of the offer."""
    tables = opened.tables
    offers = tables["offers"].select("offer_id", offer_kind="kind")
    sent = tables["treatments"]
    sent = sent.select("customer_id", "offer_id", "channel", "propensity", as_of="occurred_at")
    joined = sent.left_join(offers, "offer_id").select(*sent.columns, "offer_kind")
    frame: pd.DataFrame = opened.backend.to_pandas(joined)
    frame["as_of"] = pd.to_datetime(frame.as_of, unit="s", utc=True)
    frame["propensity"] = frame.propensity.astype("float64")
    frame["channel"] = frame.channel.where(frame.offer_id != CONTROL, None)
    return frame.sort_values(["as_of", "customer_id", "offer_id"], ignore_index=True)


def _with_outcomes(opened: Opened, dataset: Dataset, closed: pd.DataFrame, now: datetime) -> pd.DataFrame:
    spine = closed[_KEYS]
    sold = "transactions" in dataset.tables
    outcomes = {
        "retention": labels.stayed(opened, dataset, spine).label,
        "margin": labels.earned(opened, dataset, spine).label if sold else np.nan,
        "accepted": np.nan,
    }
    rows = closed.assign(**outcomes)
    if "outcomes" in dataset.tables:
        known = labels.acceptance(opened, dataset, now)[["customer_id", "as_of", "offer_id", "label"]]
        keys = [*_KEYS, "offer_id"]
        rows["accepted"] = rows[keys].merge(known.drop_duplicates(keys), on=keys, how="left").label
    names = [*_KEYS, "closes_at", "offer_id", "offer_kind", "channel", "propensity", *outcomes]
    return rows[names]


def _stray_outcomes(opened: Opened, dataset: Dataset) -> dict[str, int]:
    """How many acceptances follow no treatment: what they speak of came later, or is not in the records."""
    if "outcomes" not in dataset.tables:
        return {}
    spoken = _spoken_of(opened.tables, dataset.acceptance.kinds)
    sent = opened.tables["treatments"]
    first = sent.group_by("customer_id", "offer_id").aggregate(first=sent.occurred_at.min())
    joined = spoken.left_join(first, ["customer_id", "offer_id"])
    found = joined.aggregate(
        early=(joined.occurred_at < joined.first).sum().fill_null(0), unknown=joined.first.isnull().sum().fill_null(0)
    )
    [row] = opened.backend.to_pandas(found).itertuples(index=False)
    return {EARLY: int(row.early), UNKNOWN: int(row.unknown)}


def _spoken_of(tables: Tables, kinds: tuple[str, ...]) -> ibis.Table:
    """(customer_id, offer_id, occurred_at) of acceptances; the offer is the decision's where none is named."""
    taken = tables["outcomes"].filter(tables["outcomes"].kind.isin(kinds))
    sent = tables["treatments"].filter(tables["treatments"].decision_id.notnull())
    decided = sent.select("decision_id", decided_offer="offer_id").distinct(on="decision_id")
    joined = taken.left_join(decided, "decision_id").select("customer_id", "occurred_at", "offer_id", "decided_offer")
    return joined.mutate(offer_id=joined.offer_id.fill_null(joined.decided_offer))
