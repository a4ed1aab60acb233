"""Season, prices and drifts by week."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.market.climate import PEAK, PRICE_RISE, Climate, Drift, climate, season


@pytest.mark.parametrize(
    ("week", "expected"),
    [
        (13, 1.0),  # the turning point
        (26, 1.15),  # the height of summer
        (0, 0.85),
        (48, 1.0 + 0.15 * np.sin(2.0 * np.pi * 35.0 / 52.0) + PEAK),  # the weeks before the year's end
        (51, 1.0 + 0.15 * np.sin(2.0 * np.pi * 38.0 / 52.0)),
        (65, 1.0),  # a year later
    ],
)
def test_season(week: int, expected: float) -> None:
    assert season(week) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("drift", "week", "expected"),
    [
        (Drift("covariate", 13), 12, (1.0, 0.0, False)),
        (Drift("covariate", 13), 13, (PRICE_RISE, 0.35, False)),
        (Drift("concept", 13), 12, (1.0, 0.0, False)),
        (Drift("concept", 13), 30, (1.0, 0.0, True)),
        (Drift("feed", 13), 30, (1.0, 0.0, False)),  # the world stays as it is, only the records suffer
    ],
)
def test_a_drift_changes_its_own_part_of_the_climate_from_its_week_on(
    drift: Drift, week: int, expected: tuple[float, float, bool]
) -> None:
    assert climate(week, (drift,)) == Climate(season(week), *expected)


def test_drifts_add_up() -> None:
    assert climate(20, (Drift("concept", 5), Drift("covariate", 20))) == Climate(season(20), PRICE_RISE, 0.35, True)
