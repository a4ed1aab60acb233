from __future__ import annotations

from math import sqrt

import pytest

from monitoring.intervals import Z95
from monitoring.segments.figures import Figure, figures

SUMS = {
    "kept_n": 100, "kept_mean": 0.8, "kept_sd": 0.4,
    "margin_n": 100, "margin_mean": 50.0, "margin_sd": 20.0,
    "sent_n": 25, "sent_mean": 4.0, "sent_sd": 1.0,
    "accepted_n": 25, "accepted_mean": 1.0, "accepted_sd": 1.0,
    "nps_n": 9, "nps_mean": 0.2, "nps_sd": 0.5,
}  # fmt: skip
KNOWN: dict[str, Figure] = {one.name: one for one in figures(73)}  # five horizons a year


def _value(name: str, few: int = 10) -> float:
    found = KNOWN[name].find(SUMS, few)
    assert found is not None
    return found.value


def test_figures_are_what_their_names_say() -> None:
    assert _value("Retention") == pytest.approx(0.8)
    assert _value("Accepted of sent") == pytest.approx(25 / 100)
    assert _value("Expected margin of a year") == pytest.approx(50 * sum(0.8**step for step in range(5)))
    more = sum(0.85**step - 0.8**step for step in range(5))
    assert _value("Five points more would add") == pytest.approx(50 * more)


def test_the_interval_of_a_mean_and_of_a_ratio_counts_customers() -> None:
    margin, accepted = (KNOWN[name].find(SUMS, 10) for name in ("Margin of a horizon", "Accepted of sent"))
    assert margin is not None
    assert accepted is not None
    assert margin.high - margin.value == pytest.approx(Z95 * 20 / sqrt(100))
    assert accepted.high - accepted.low == pytest.approx(2 * 0.16, abs=0.02)  # of 25 customers, not of 100 offers


def test_too_few_with_a_say_is_no_figure() -> None:
    assert KNOWN["NPS"].find(SUMS, 10) is None
    assert _value("NPS", few=9) == 0.2
