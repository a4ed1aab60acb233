"""What came to pass: lapse or churn, margin, acceptance.

A label window is (as_of + lead, as_of + lead + horizon]. Rows whose window is still open at `now` are left out: not
matured is not "no".
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import ibis
import pandas as pd

from configs.dataset import Dataset
from features.contract import CONTROL
from features.snapshots import matured, until_closed
from features.tables import Opened, Tables
from features.views.view import DAY


def churn(opened: Opened, dataset: Dataset, instants: Sequence[datetime], now: datetime) -> pd.DataFrame:
    """Columns customer_id, as_of, label (0 or 1): one row per customer at risk at each matured instant."""
    if dataset.churn.kind == "label":
        return _given(opened, instants[-1])
    return _frame(opened, leaving(opened.tables, dataset, matured(tuple(instants), dataset, now)))


def leaving(tables: Tables, dataset: Dataset, instants: Sequence[datetime]) -> ibis.Table:
    """(customer_id, as_of in seconds, label) of the customers at risk at `instants`, whose windows must have closed.

    A relation, to be counted where it lies. Not for labels that came with the records.
    """
    return _churned(tables, dataset, _at_risk(tables, dataset, _seconds(instants)))


def earning(tables: Tables, dataset: Dataset, instants: Sequence[datetime]) -> ibis.Table:
    """As `leaving`, with the margin of the window as the label."""
    return _earned(tables, dataset, _at_risk(tables, dataset, _seconds(instants)))


def at_risk_on(tables: Tables, dataset: Dataset, instants: Sequence[datetime]) -> ibis.Table:
    """(customer_id, as_of in seconds) of the customers whose leaving is a question at `instants`, matured or not.

    A relation, as `leaving`. Not for labels that came with the records.
    """
    return _at_risk(tables, dataset, _seconds(instants))


def churn_of(opened: Opened, dataset: Dataset, spine: pd.DataFrame, now: datetime) -> pd.DataFrame:
    """`spine` (customer_id, as_of) with `label`: null where the customer was not at risk or the window is open."""
    if dataset.churn.kind == "label":
        given = _given(opened, now)[["customer_id", "label"]]
        return spine.merge(given, on="customer_id", how="left").set_axis(spine.index)
    closed = spine[spine.as_of + until_closed(dataset) <= now]
    exposed = _at_risk(opened.tables, dataset, _pairs(closed))
    known = _found(opened, _churned(opened.tables, dataset, exposed).distinct())
    return spine.merge(known, on=["customer_id", "as_of"], how="left").set_axis(spine.index)


def at_risk_of(opened: Opened, dataset: Dataset, spine: pd.DataFrame) -> pd.Series[bool]:
    """Whether each of `spine` (customer_id, as_of) was then a customer whose leaving is a question; known at once.

    Not for labels that came with the records.
    """
    found = _found(opened, _at_risk(opened.tables, dataset, _pairs(spine))).assign(there=True)
    return spine.merge(found, on=["customer_id", "as_of"], how="left").set_axis(spine.index).there.notna()


def stayed(opened: Opened, dataset: Dataset, spine: pd.DataFrame) -> pd.DataFrame:
    """`spine` (customer_id, as_of; no pair twice) with `label`: 1 for who is there after the window, 0 for who left.

    Whoever had lapsed is asked too, as an offer may bring them back; null is for a customer without the subscription
    that could end. The windows must have closed.
    """
    asked = _pairs(spine)
    ends = dataset.churn.kind == "subscription_end"
    exposed = _at_risk(opened.tables, dataset, asked) if ends else asked
    gone = _found(opened, _churned(opened.tables, dataset, exposed))
    return spine.merge(gone.assign(label=1.0 - gone.label), on=["customer_id", "as_of"], how="left")


def earned(opened: Opened, dataset: Dataset, spine: pd.DataFrame) -> pd.DataFrame:
    """`spine` (customer_id, as_of; no pair twice) with `label`: the margin of the window, as in `margin`.

    Everybody is asked, at risk or not. The windows must have closed.
    """
    found = _found(opened, _earned(opened.tables, dataset, _pairs(spine)))
    return spine.merge(found, on=["customer_id", "as_of"], how="left")


def at_risk(opened: Opened, dataset: Dataset, as_of: datetime) -> pd.DataFrame:
    """Columns customer_id, as_of: the customers whose churn is a question at `as_of`."""
    if dataset.churn.kind == "label":
        return _given(opened, as_of)[["customer_id", "as_of"]]
    return _frame(opened, _at_risk(opened.tables, dataset, _seconds([as_of])))


def margin(opened: Opened, dataset: Dataset, instants: Sequence[datetime], now: datetime) -> pd.DataFrame:
    """Columns customer_id, as_of, label (margin in the window, in the dataset's currency) for the customers at risk.

    Where the records hold no margin, amount x the configured margin rate stands for it.
    """
    return _frame(opened, earning(opened.tables, dataset, matured(tuple(instants), dataset, now)))


def acceptance(opened: Opened, dataset: Dataset, now: datetime) -> pd.DataFrame:
    """Columns customer_id, offer_id, offer_kind, channel, as_of (the treatment), closes_at, label (0 or 1).

    One row per treatment whose window has closed by `now`; the window ends `within_days` after the treatment, or with
    the offer. Control treatments are left out, and so are those of an offer without an end where no days are given.
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


def _at_risk(tables: Tables, dataset: Dataset, asked: ibis.Table) -> ibis.Table:
    """(customer_id, as_of) of those whose leaving is a question, at the instants or among the pairs `asked`.

    For a lapse: with activity in the days before `as_of`. For a subscription: with one that runs at `as_of`.
    """
    if dataset.churn.kind == "subscription_end":
        held = tables["subscriptions"].select("customer_id", "started_at", "ended_at")
        begun = _joined(held, asked, held.started_at < asked.as_of)
        found = begun.filter(begun.ended_at.isnull() | (begun.ended_at > begun.as_of))
    else:
        activity = tables[dataset.churn.activity].select("customer_id", "occurred_at")
        since = asked.as_of - dataset.churn.active_within_days * DAY
        found = _joined(activity, asked, activity.occurred_at < asked.as_of, activity.occurred_at >= since)
    return found.select("customer_id", "as_of").distinct()


def _churned(tables: Tables, dataset: Dataset, exposed: ibis.Table) -> ibis.Table:
    """`exposed` with the label: no activity in the window, or an end of the subscription in it."""
    ends = dataset.churn.kind == "subscription_end"
    if ends:
        held = tables["subscriptions"].select("customer_id", "started_at", "ended_at")
        found = _inside(held, exposed, dataset, "ended_at")
        found = found.filter(found.started_at < found.as_of)  # a later one that ends soon is another story
    else:
        activity = tables[dataset.churn.activity].select("customer_id", "occurred_at")
        found = _inside(activity, exposed, dataset, "occurred_at")
    found = found.select("customer_id", "as_of").distinct()
    joined = exposed.view().left_join(found.mutate(found=ibis.literal(True)), ["customer_id", "as_of"])
    label = joined.found.fill_null(False).ifelse(*((1.0, 0.0) if ends else (0.0, 1.0)))
    return joined.select("customer_id", "as_of", label=label)


def _earned(tables: Tables, dataset: Dataset, exposed: ibis.Table) -> ibis.Table:
    """`exposed` with the label: the margin of the window."""
    sales = tables["transactions"]
    brought = sales.margin.fill_null(sales.amount * dataset.value.margin_rate)
    inside = _inside(sales.select("customer_id", "occurred_at", brought=brought), exposed, dataset, "occurred_at")
    totals = inside.group_by("customer_id", "as_of").aggregate(label=inside.brought.sum())
    joined = exposed.view().left_join(totals, ["customer_id", "as_of"])
    return joined.select("customer_id", "as_of", label=joined.label.fill_null(0.0))


def _inside(events: ibis.Table, exposed: ibis.Table, dataset: Dataset, instant: str) -> ibis.Table:
    """(event, as_of) with the event in the label window of a customer exposed at `as_of`."""
    opens = exposed.as_of + dataset.churn.lead_days * DAY
    ends = opens + dataset.churn.horizon_days * DAY
    return _joined(events, exposed, events[instant] > opens, events[instant] <= ends)


def _joined(events: ibis.Table, asked: ibis.Table, *conditions: ibis.expr.types.BooleanValue) -> ibis.Table:
    """`events` with every `as_of` asked for that meets the conditions, of the same customer where pairs are asked."""
    same = [events.customer_id == asked.customer_id] if "customer_id" in asked.columns else []
    joined = events.join(asked, [*same, *conditions])
    return joined.select(*events.columns, "as_of")


def _given(opened: Opened, as_of: datetime) -> pd.DataFrame:
    """Labels that came with the records, for the one instant they speak of."""
    frame = opened.backend.to_pandas(opened.tables["labels"])
    return pd.DataFrame(
        {"customer_id": frame.customer_id, "as_of": pd.Timestamp(as_of), "label": frame.churned.astype("float64")}
    ).sort_values("customer_id", ignore_index=True)


def _seconds(instants: Sequence[datetime]) -> ibis.Table:
    return ibis.memtable({"as_of": [instant.timestamp() for instant in instants]}, schema={"as_of": "float64"})


def _pairs(spine: pd.DataFrame) -> ibis.Table:
    microseconds = pd.to_datetime(spine.as_of, utc=True).astype("datetime64[us, UTC]").astype("int64")
    return ibis.memtable(
        pd.DataFrame({"customer_id": spine.customer_id, "as_of": microseconds / 1e6}),
        schema={"customer_id": "string", "as_of": "float64"},
    )


def _found(opened: Opened, table: ibis.Table) -> pd.DataFrame:
    """`table` as pandas, `as_of` aware."""
    frame: pd.DataFrame = opened.backend.to_pandas(table)
    frame["as_of"] = pd.to_datetime(frame.as_of, unit="s", utc=True)
    return frame


def _frame(opened: Opened, table: ibis.Table) -> pd.DataFrame:
    """As `_found`, in an order that does not depend on the engine."""
    frame = _found(opened, table)
    return frame.sort_values([name for name in frame.columns if name != "label"], ignore_index=True)
