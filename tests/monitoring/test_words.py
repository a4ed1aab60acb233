from __future__ import annotations

from datetime import UTC, datetime

import pytest

from monitoring import words


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0%"),
        (0.1234, "12.3%"),
        (0.12, "12%"),
        (1.0, "100%"),
        (0.0004, "under 0.1%"),
        (0.0006, "0.1%"),
        (0.2, "20%"),
    ],
)
def test_percent(share: float, text: str) -> None:
    assert words.percent(share) == text


@pytest.mark.parametrize(
    ("items", "text"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "b"], "a and b"),
        (["a", "b", "c"], "a, b and c"),
        (["a", "b", "c", "d", "e"], "a, b, c and 2 more"),
    ],
)
def test_listing(items: list[str], text: str) -> None:
    assert words.listing(items) == text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("purchases__days_since_last", "days since last (purchases)"),
        ("contact_history__offers_90d", "offers 90d (contact history)"),
        ("p_churn", "predicted risk"),
        ("tenure_days", "tenure days"),
        ("odd__", "odd  "),
    ],
)
def test_feature(name: str, text: str) -> None:
    assert words.feature(name) == text


@pytest.mark.parametrize(("number", "text"), [(0, "0 customers"), (1, "1 customer"), (2469, "2,469 customers")])
def test_count(number: int, text: str) -> None:
    assert words.count(number, "customer") == text


def test_plurals_that_are_not_an_s() -> None:
    assert words.count(2, "thing needs", "things need") == "2 things need"


def test_instants_and_points() -> None:
    assert words.minute(datetime(2017, 11, 6, 9, 5, tzinfo=UTC)) == "6 November 2017, 09:05 UTC"
    assert words.points(0.0751) == "7.5 points"


@pytest.mark.parametrize(("value", "top"), [(0.0, 0.01), (0.05, 0.08), (0.08, 0.08), (0.81, 1.0), (1.0, 1.0)])
def test_axes_end_on_round_numbers(value: float, top: float) -> None:
    assert words.round_up(value) == top
