"""The two curves of the market's formulas."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.market.arrays import logistic, threshold


@pytest.mark.parametrize(("x", "expected"), [(0.0, 0.5), (np.log(3.0), 0.75), (-np.log(3.0), 0.25), (40.0, 1.0)])
def test_logistic(x: float, expected: float) -> None:
    assert logistic(np.array([x]))[0] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("x", "expected"),
    [
        (0.5, 0.5),  # at the threshold
        (0.5 + 0.05 * np.log(9.0), 0.9),
        (0.2, 1.0 / (1.0 + np.exp(6.0))),
    ],
)
def test_a_threshold_is_half_way_at_its_place_and_steep_around_it(x: float, expected: float) -> None:
    assert threshold(np.array([x]), 0.5, 0.05)[0] == pytest.approx(expected)
