"""Segments: recency, frequency and money, value, potential, reach, stage of life, and behaviour."""

from __future__ import annotations

from functools import partial

import ibis
from ibis.expr import types as ir

from configs.channels import CHANNELS
from configs.dataset import Dataset
from features.segmentation.boxes import (
    BEHAVIOUR,
    FREQUENCY,
    MONETARY,
    POTENTIAL,
    RECENCY,
    SCORES,
    SEGMENTATION,
    labelled,
)
from features.segmentation.habits import LIFE, habits
from features.tables import Tables
from features.views import consent, subscription
from features.views.view import DAY, View

CATEGORIES = ("rfm", "value", "potential", "reach", "stage", BEHAVIOUR)
_KEYS = ["customer_id", "as_of"]


def view(dataset: Dataset) -> View:
    """A customer's segments at the snapshot; null where the records cannot tell.

    Scores are 1 to 5, 5 the best, by fifths of the customers that the segmentation was measured on; `rfm` names the
    corners of the first three. `value` is what they bring now, and `potential` the most that they brought in a window
    of the same length: low, middle or high. `reach` counts the channels that they allow. `stage` is of life.
    """
    learned = dataset.segments.learned
    return View("segments", ("customers",), SCORES, partial(build, dataset), categories=CATEGORIES, learned=learned)


def build(dataset: Dataset, tables: Tables, instants: ibis.Table) -> ibis.Table:
    """One row per customer signed up before `as_of`."""
    customers = tables["customers"]
    rows = customers.join(instants, customers.signed_up_at < instants.as_of).select(*_KEYS, "signed_up_at")
    found = habits(tables, instants.view(), dataset.churn.horizon_days)
    if found is None:
        rows = _lacking(rows, (*SCORES, BEHAVIOUR, *LIFE, "silent_days"))
    else:
        rows = _beside(rows, found.select(*_KEYS, "silent_days", *LIFE))
        rows = _beside(rows, labelled(found.view(), tables[SEGMENTATION]))
    rows = _beside(rows, consent.build(tables, instants.view())) if "consents" in tables else _lacking(rows, CHANNELS)
    if "subscriptions" in tables:
        held = subscription.build(tables, instants.view())
        rows = _beside(rows, held.select(*_KEYS, "started_at", "renews_at", "ended"))
    rows = rows.mutate(**{name: rows[name].cast("float64") for name in SCORES})
    return rows.mutate(
        rfm=_rfm(rows),
        value=_level(rows[MONETARY]),
        potential=_level(rows[POTENTIAL]),
        reach=_reach(rows),
        stage=_stage(dataset, tables, rows),
    )


def _rfm(rows: ibis.Table) -> ir.StringValue:
    """The usual names of recency against the mean of frequency and money."""
    recent, much = rows[RECENCY], (rows[FREQUENCY] + rows[MONETARY]) / 2
    return ibis.cases(
        (recent.isnull() | much.isnull(), ibis.null("string")),
        ((recent >= 4) & (much >= 4), "champions"),
        ((recent >= 3) & (much >= 3), "loyal"),
        (recent >= 4, "promising"),
        (recent >= 3, "needing attention"),
        (much >= 4, "not to be lost"),
        (much >= 3, "at risk"),
        else_="hibernating",
    )


def _level(score: ir.NumericValue) -> ir.StringValue:
    """Two fifths low, two in the middle, the best fifth high."""
    return ibis.cases((score <= 2, "low"), (score <= 4, "middle"), (score <= 5, "high"))


def _reach(rows: ibis.Table) -> ir.StringValue:
    asked = [rows[channel] for channel in CHANNELS]
    allowed = sum((one.fill_null(0.0) for one in asked[1:]), asked[0].fill_null(0.0))
    return ibis.cases(
        (ibis.and_(*(one.isnull() for one in asked)), ibis.null("string")),
        (allowed == 0, "none"),
        (allowed == 1, "one channel"),
        else_="several channels",
    )


def _stage(dataset: Dataset, tables: Tables, rows: ibis.Table) -> ir.StringValue:
    """Of buying where leaving is a lapse, else of the contract; without either, of the relation."""
    horizon, awake = dataset.churn.horizon_days, dataset.churn.active_within_days
    if "subscriptions" in tables and (dataset.churn.kind != "lapse" or "transactions" not in tables):
        return ibis.cases(
            (rows.started_at.isnull(), "prospect"),
            (rows.ended == 1, "left"),
            ((rows.as_of - rows.started_at) / DAY <= horizon, "new"),
            ((rows.renews_at - rows.as_of) / DAY <= horizon, "renewing"),
            else_="settled",
        )
    if "transactions" not in tables:
        return ibis.cases(((rows.as_of - rows.signed_up_at) / DAY <= horizon, "new"), else_="settled")
    return ibis.cases(
        (rows.silent_days.isnull(), "prospect"),
        (rows.silent_days > awake, "lapsed"),
        (rows.first_days <= horizon, "new"),
        (rows.gap_days > awake, "won back"),
        (rows.silent_days > awake / 2, "cooling"),
        else_="active",
    )


def _beside(rows: ibis.Table, found: ibis.Table) -> ibis.Table:
    """`rows` with the columns of `found`, null for customers who are not in it."""
    return rows.left_join(found, _KEYS).drop("customer_id_right", "as_of_right")


def _lacking(rows: ibis.Table, names: tuple[str, ...]) -> ibis.Table:
    return rows.mutate(**{name: ibis.null("string" if name == BEHAVIOUR else "float64") for name in names})
