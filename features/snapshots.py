"""Which instants the features are computed for."""

from __future__ import annotations

from datetime import datetime, timedelta

from configs.dataset import Dataset


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
    return as_of + timedelta(days=dataset.churn.lead_days + dataset.churn.horizon_days)
