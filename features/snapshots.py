"""Which instants the features are computed for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from configs.dataset import Dataset
from features.tables import Opened

MOST_CAMPAIGNS = 100  # beyond this, treatments are a stream: the snapshot before each serves


def cadence(dataset: Dataset, *, first: datetime, now: datetime) -> tuple[datetime, ...]:
    """Snapshot instants from `first` on, counted back from `now`, which is always the last; oldest first.

    A dataset whose label is known for one instant only has that snapshot alone.
    """
    if dataset.churn.kind == "label":
        return (now,)
    step = timedelta(days=dataset.snapshots.every_days)
    steps = max(0, (now - first) // step)
    return tuple(now - step * back for back in range(steps, -1, -1))


def matured(instants: tuple[datetime, ...], dataset: Dataset, now: datetime) -> tuple[datetime, ...]:
    """The instants whose label window has closed by `now`."""
    return tuple(instant for instant in instants if closes_at(instant, dataset) <= now)


def closes_at(as_of: datetime, dataset: Dataset) -> datetime:
    """When the label window of a snapshot closes: as_of + lead + horizon."""
    return as_of + until_closed(dataset)


def until_closed(dataset: Dataset) -> timedelta:
    """From a snapshot to the end of its label window."""
    return timedelta(days=dataset.churn.lead_days + dataset.churn.horizon_days)


def first_snapshot(opened: Opened, dataset: Dataset) -> datetime:
    """One horizon after the first record of activity: the first snapshot has some history behind it."""
    activity = opened.tables[dataset.churn.activity if dataset.churn.kind == "lapse" else "customers"]
    instant = activity.occurred_at if "occurred_at" in activity.columns else activity.signed_up_at
    return _instant(float(instant.min().execute())) + timedelta(days=dataset.churn.horizon_days)


def campaign_instants(opened: Opened, *, until: datetime) -> tuple[datetime, ...]:
    """The instants up to `until` at which offers were sent, if they are few: campaigns rather than a stream."""
    if "treatments" not in opened.tables:
        return ()
    sent = opened.tables["treatments"]
    distinct = sent.filter(sent.occurred_at <= until.timestamp()).select("occurred_at").distinct()
    seconds = distinct.limit(MOST_CAMPAIGNS + 1).to_pandas().occurred_at
    return tuple(_instant(float(second)) for second in sorted(seconds)) if len(seconds) <= MOST_CAMPAIGNS else ()


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)
