"""What a week is like for everybody: season, prices, and what a drift has changed since its week."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

DriftKind = Literal["covariate", "concept", "feed"]
DRIFTS: tuple[DriftKind, ...] = get_args(DriftKind)
WEEKS_A_YEAR = 52
SEASON = 0.15  # of the rate of purchase, up and down over the year
PEAK_WEEKS, PEAK = (48, 51), 0.35  # the weeks before the year's end
PRICE_RISE = 1.3  # of a basket, under covariate drift


@dataclass(frozen=True, slots=True)
class Drift:
    """Something that changes for good from the beginning of a week on."""

    kind: DriftKind
    week: int


@dataclass(frozen=True, slots=True)
class Climate:
    """One week. `rate` multiplies purchases, `price` baskets; `app` is the shift of purchases to the app."""

    rate: float
    price: float
    app: float
    competitor: bool  # concept drift: leaving and offers work by other rules


def season(week: int) -> float:
    """The season's factor of the rate of purchase; week 0 begins in January."""
    of_year = week % WEEKS_A_YEAR
    wave = 1.0 + SEASON * math.sin(2.0 * math.pi * (of_year - 13) / WEEKS_A_YEAR)
    return wave + (PEAK if PEAK_WEEKS[0] <= of_year < PEAK_WEEKS[1] else 0.0)


def climate(week: int, drifts: tuple[Drift, ...] = ()) -> Climate:
    """What `week` is like under the drifts that have begun by it."""
    begun = {drift.kind for drift in drifts if drift.week <= week}
    moved = "covariate" in begun
    return Climate(season(week), PRICE_RISE if moved else 1.0, 0.35 if moved else 0.0, "concept" in begun)
