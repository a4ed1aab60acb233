"""The whole retention report: every figure, and its pages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from monitoring.baskets import page as baskets_page
from monitoring.baskets.page import Associations, associations
from monitoring.health.lift import Compared
from monitoring.journeys import page as journeys_page
from monitoring.journeys.page import Journeys, journeys
from monitoring.retention import offers_page, page, value_page, voice_page
from monitoring.retention.funnel import Channel, funnel
from monitoring.retention.page import Retention, retention
from monitoring.retention.points import Tier, tiers
from monitoring.retention.records import Records
from monitoring.retention.voice import Voice, voice
from monitoring.retention.worth import Worth, worth
from monitoring.segments import page as segments_page
from monitoring.segments.segments import Segments, segments
from monitoring.site.elements import Page


@dataclass(frozen=True)
class Kept:
    """What the records tell; None for what they do not."""

    currency: str
    retention: Retention
    worth: Worth | None
    voice: Voice | None
    funnel: tuple[Channel, ...] | None
    tiers: tuple[Tier, ...] | None
    journeys: Journeys | None
    baskets: Associations
    segments: Segments


def kept(records: Records, *, resamples: int, rng: np.random.Generator) -> Kept:
    """Every figure; `resamples` draws stand behind the intervals of journeys."""
    found = retention(records)
    told = Kept(
        currency=records.currency,
        retention=found,
        worth=worth(records, found.rates),
        voice=voice(records),
        funnel=funnel(records),
        tiers=tiers(records),
        journeys=journeys(records, resamples=resamples, rng=rng),
        baskets=associations(records),
        segments=segments(records),
    )
    records.release()
    return told


def pages(found: Kept, profit: Compared | None = None) -> tuple[Page, ...]:
    """As they are read; `profit` is what the arms brought."""
    return (
        page.page(found.retention, found.currency),
        value_page.page(found.worth, found.currency, profit),
        segments_page.page(found.segments, found.currency),
        voice_page.page(found.voice),
        offers_page.page(found.funnel, found.tiers),
        journeys_page.page(found.journeys),
        baskets_page.page(found.baskets),
    )
