from datetime import UTC, datetime, timedelta

import pytest

from decisioning.eligibility import Contact
from pipelines.evaluation.contacts import by_customer, earlier, window
from tests.serving.fakes import rules

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def contact(hours: float) -> Contact:
    return Contact("o1", "A", "email", NOON + hours * HOUR)


@pytest.mark.parametrize(
    ("hours", "counts"),
    [(-1, True), (-23.9, True), (-24, False), (0, False), (1, False)],  # neither the decision's own nor a later one
)
def test_what_was_shown_before_within_the_window_counts(hours: float, counts: bool) -> None:
    shown = by_customer([("c1", contact(hours))])
    assert earlier(["c1"], [NOON], shown, timedelta(days=1)) == [(contact(hours),) if counts else ()]


def test_each_customer_has_their_own() -> None:
    shown = by_customer([("c1", contact(-1)), ("c2", contact(-2)), ("c1", contact(-3))])
    found = earlier(["c2", "c1", "c3"], [NOON] * 3, shown, timedelta(days=1))
    assert found == [(contact(-2),), (contact(-1), contact(-3)), ()]


@pytest.mark.parametrize(("days", "expected"), [((), 0), ((7,), 7), ((7, 28, 1), 28)])
def test_the_window_is_the_longest_of_any_cap(days: tuple[int, ...], expected: int) -> None:
    caps = [{"scope": "any", "max_contacts": 1, "window_days": each} for each in days]
    assert window(rules(caps=caps)) == timedelta(days=expected)
