"""What came to pass: lapse or churn, margin, acceptance - each on a window that opens after `as_of` and has closed by `now`.

A label window is (as_of + lead, as_of + lead + horizon]. Rows whose window is still open are left out: not matured is
not "no".
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import ibis
import pandas as pd

from configs.dataset import Dataset
from features.contract import CONTROL
from features.snapshots import closes_at, matured
from features.tables import Opened, Tables
from features.views.view import DAY


def churn(opened: Opened, dataset: Dataset, instants: Sequence[datetime], now: datetime) -> pd.DataFrame:
    """Columns customer_id, as_of, label (0 or 1): one row per customer at risk at each matured instant."""
    if dataset.churn.kind == "label":
        return _given(opened, instants[-1])
    closed = matured(tuple(instants), dataset, now)
    build = _lapse if dataset.churn.kind == "lapse" else _subscription_end
    return _frame(opened, build(opened.tables, dataset, _seconds(closed)))


def at_risk(opened: Opened, dataset: Dataset, as_of: datetime) -> pd.DataFrame:
    """Columns customer_id, as_of: the customers whose churn is a question at `as_of`."""
    if dataset.churn.kind == "label":
        return _given(opened, as_of)[["customer_id", "as_of"]]
    exposed = _active if dataset.churn.kind == "lapse" else _subscribed
    return _frame(opened, exposed(opened.tables, dataset, _seconds([as_of])))


def margin(opened: Opened, dataset: Dataset, instants: Sequence[datetime], now: datetime) -> pd.DataFrame:
    """Columns customer_id, as_of, label (margin in the window, in the dataset's currency) for the customers at risk.

    Where the records hold no margin, amount x the configured margin rate stands for it.
    """
    closed = matured(tuple(instants), dataset, now)
    tables, seconds = opened.tables, _seconds(closed)
    exposed = (_active if dataset.churn.kind == "lapse" else _subscribed)(tables, dataset, seconds)
    sales = tables["transactions"]
    earned = sales.margin.fill_null(sales.amount * dataset.value.margin_rate)
    inside = _inside(sales.select("customer_id", "occurred_at", earned=earned), seconds, dataset, "occurred_at")
    totals = inside.group_by("customer_id", "as_of").aggregate(label=inside.earned.sum())
    joined = exposed.left_join(totals, ["customer_id", "as_of"])
    return _frame(opened, joined.select("customer_id", "as_of", label=joined.label.fill_null(0.0)))


def acceptance(opened: Opened, dataset: Dataset, now: datetime) -> pd.DataFrame:
    """Columns customer_id, offer_id, offer_kind, channel, as_of (the treatment), closes_at, label (0 or 1).

    One row per treatment whose window has closed by `now`; the window ends `within_days` after the treatment, or with
    the offer. Control treatments are left out.
    """
    tables, rule = opened.tables, dataset.acceptance
    offers = tables["offers"].select("offer_id", "valid_to", offer_kind="kind")
    sent = tables["treatments"].filter(tables["treatments"].offer_id != CONTROL).join(offers, "offer_id")
    end = sent.valid_to if rule.within_days is None else sent.occurred_at + rule.within_days * DAY
    sent = sent.select("customer_id", "offer_id", "offer_kind", "channel", as_of="occurred_at", closes_at=end)
    sent = sent.filter(sent.closes_at <= now.timestamp())
    outcomes = tables["outcomes"].filter(tables["outcomes"].kind.isin(rule.kinds))
    outcomes = outcomes.select("customer_id", "offer_id", "occurred_at")
    keys = ["customer_id", "offer_id", "as_of"]
    pairs = sent.join(outcomes, ["customer_id", "offer_id"])
    taken = pairs.filter((pairs.occurred_at >= pairs.as_of) & (pairs.occurred_at <= pairs.closes_at))
    taken = taken.select(*keys).distinct().mutate(label=ibis.literal(1.0))
    joined = sent.left_join(taken, keys)
    rows = joined.select(*sent.columns, label=joined.label.fill_null(0.0))
    frame = _frame(opened, rows)
    return frame.assign(closes_at=pd.to_datetime(frame.closes_at, unit="s", utc=True))


def matures_at(as_of: datetime, dataset: Dataset) -> datetime:
    """When the churn label of a snapshot will be known."""
    return closes_at(as_of, dataset)


def _lapse(tables: Tables, dataset: Dataset, seconds: ibis.Table) -> ibis.Table:
    activity = tables[dataset.churn.activity].select("customer_id", "occurred_at")
    came = _inside(activity, seconds, dataset, "occurred_at").select("customer_id", "as_of").distinct()
    return _labelled(_active(tables, dataset, seconds), came, inside=0.0)


def _subscription_end(tables: Tables, dataset: Dataset, seconds: ibis.Table) -> ibis.Table:
    ends = tables["subscriptions"].select("customer_id", "ended_at")
    ended = _inside(ends, seconds, dataset, "ended_at").select("customer_id", "as_of").distinct()
    return _labelled(_subscribed(tables, dataset, seconds), ended, inside=1.0)


def _labelled(exposed: ibis.Table, found: ibis.Table, *, inside: float) -> ibis.Table:
    """`exposed` with label `inside` where (customer, as_of) is in `found`, its opposite elsewhere."""
    joined = exposed.left_join(found.mutate(found=ibis.literal(True)), ["customer_id", "as_of"])
    label = joined.found.fill_null(False).ifelse(inside, 1.0 - inside)
    return joined.select("customer_id", "as_of", label=label)


def _active(tables: Tables, dataset: Dataset, seconds: ibis.Table) -> ibis.Table:
    """(customer, as_of) with activity in the days before `as_of`."""
    activity = tables[dataset.churn.activity].select("customer_id", "occurred_at")
    since = dataset.churn.active_within_days * DAY
    near = activity.join(
        seconds, [activity.occurred_at < seconds.as_of, activity.occurred_at >= seconds.as_of - since]
    )
    return near.select("customer_id", "as_of").distinct()


def _subscribed(tables: Tables, dataset: Dataset, seconds: ibis.Table) -> ibis.Table:  # noqa: ARG001 one shape with _active
    held = tables["subscriptions"].select("customer_id", "started_at", "ended_at")
    pairs = held.join(seconds, held.started_at < seconds.as_of)
    running = pairs.filter(pairs.ended_at.isnull() | (pairs.ended_at > pairs.as_of))
    return running.select("customer_id", "as_of").distinct()


def _inside(events: ibis.Table, seconds: ibis.Table, dataset: Dataset, instant: str) -> ibis.Table:
    """(event, as_of) with the event in the label window of `as_of`."""
    opens = dataset.churn.lead_days * DAY
    ends = opens + dataset.churn.horizon_days * DAY
    return events.join(
        seconds, [events[instant] > seconds.as_of + opens, events[instant] <= seconds.as_of + ends]
    )


def _given(opened: Opened, as_of: datetime) -> pd.DataFrame:
    """Labels that came with the records, for the one instant they speak of."""
    frame = opened.backend.to_pandas(opened.tables["labels"])
    return pd.DataFrame(
        {"customer_id": frame.customer_id, "as_of": pd.Timestamp(as_of), "label": frame.churned.astype("float64")}
    ).sort_values("customer_id", ignore_index=True)


def _seconds(instants: Sequence[datetime]) -> ibis.Table:
    return ibis.memtable({"as_of": [instant.timestamp() for instant in instants]}, schema={"as_of": "float64"})


def _frame(opened: Opened, table: ibis.Table) -> pd.DataFrame:
    """`table` as pandas, `as_of` aware, in an order that does not depend on the engine."""
    frame = opened.backend.to_pandas(table)
    frame["as_of"] = pd.to_datetime(frame.as_of, unit="s", utc=True)
    return frame.sort_values([name for name in frame.columns if name != "label"], ignore_index=True)
