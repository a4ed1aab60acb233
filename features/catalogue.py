"""Which feature views a dataset has: those whose tables it maps."""

from __future__ import annotations

from configs.dataset import Dataset
from features.views import (
    consent,
    contact,
    engagement,
    experience,
    loyalty,
    offers,
    profile,
    purchases,
    segments,
    subscription,
    taste,
)
from features.views.view import View


def views(dataset: Dataset) -> tuple[View, ...]:
    """The feature views of `dataset`; one whose tables are not mapped does not exist."""
    every = (
        profile.view(dataset),
        purchases.view(dataset),
        engagement.view(dataset),
        experience.view(dataset),
        subscription.view(dataset),
        loyalty.view(dataset),
        consent.view(dataset),
        *contact.views(dataset),
        taste.view(dataset),
        offers.view(dataset),
        segments.view(dataset),
    )
    return tuple(view for view in every if set(view.needs) <= set(dataset.tables))
