from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decisioning.budgets import MONDAY, Budget, capacity
from decisioning.offers import Offer

NOW = datetime(2017, 11, 8, 12, tzinfo=UTC)  # a Wednesday, at noon
GIFT = Offer("gift", "Gift", "gift", cost=4.0, value=3.0, channels=("email", "sms"), capacity=50)


@pytest.mark.parametrize(
    ("budget", "expected"),
    [
        (Budget("b", "money", 9.0), (4.25, 0.0)),  # the contact, and the whole cost held back
        (Budget("b", "money", 9.0, counts="expected"), (0.25, 4.0)),
        (Budget("b", "contacts", 9.0), (1.0, 0.0)),
        (Budget("b", "contacts", 9.0, counts="expected"), (1.0, 0.0)),  # a contact is certain
        (Budget("b", "units", 9.0), (1.0, 0.0)),
        (Budget("b", "units", 9.0, counts="expected"), (0.0, 1.0)),
        (Budget("b", "contacts", 9.0, offer_id="gift", kind="gift", channel="email"), (1.0, 0.0)),
        (Budget("b", "contacts", 9.0, offer_id="coupon"), (0.0, 0.0)),
        (Budget("b", "contacts", 9.0, kind="discount"), (0.0, 0.0)),
        (Budget("b", "contacts", 9.0, channel="sms"), (0.0, 0.0)),
    ],
)
def test_what_an_action_uses(budget: Budget, expected: tuple[float, float]) -> None:
    assert budget.use(GIFT, "email", contact_cost=0.25) == expected


@pytest.mark.parametrize(
    ("period_days", "began"),
    [
        (7, datetime(2017, 11, 6, tzinfo=UTC)),  # Monday
        (1, datetime(2017, 11, 8, tzinfo=UTC)),
        (0.5, NOW),
        (None, MONDAY),
    ],
)
def test_when_the_period_began(period_days: float | None, began: datetime) -> None:
    assert Budget("b", "money", 1.0, period_days).period(NOW) == began


@pytest.mark.parametrize(
    ("pacing", "period_days", "expected"),
    [
        ("none", 7, 700.0),
        ("even", 7, 700 * (2.5 / 7 + 0.1)),  # two days and a half are gone, and a tenth may be used ahead
        ("even", None, 700.0),
    ],
)
def test_pacing(pacing: str, period_days: float | None, expected: float) -> None:
    assert Budget("b", "money", 700.0, period_days, pacing=pacing).released(NOW) == pytest.approx(expected)


WEEK = datetime(2017, 11, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (timedelta(0), 70.0),  # the first instant of a period may use what may be used ahead
        (timedelta(days=6.3), 700.0),
        (timedelta(days=7) - timedelta(microseconds=1), 700.0),
        (timedelta(days=7), 70.0),  # the next period
        (-timedelta(microseconds=1), 700.0),  # the one before
    ],
)
def test_pacing_at_the_ends_of_a_period(after: timedelta, expected: float) -> None:
    budget = Budget("b", "money", 700.0, 7, pacing="even")
    assert budget.released(WEEK + after) == pytest.approx(expected)


def test_a_limit_of_0_releases_nothing() -> None:
    assert Budget("b", "money", 0.0, 7, pacing="even").released(NOW) == 0.0


def test_periods_before_they_are_counted_from_are_whole_too() -> None:
    before = MONDAY - timedelta(days=2)
    assert Budget("b", "money", 1.0, 7).period(before) == MONDAY - timedelta(days=7)


@given(st.integers(0, 10**9), st.floats(0.1, 400), st.floats(0, 1e9))
def test_a_period_holds_its_instant_and_releases_no_more_than_the_limit(
    seconds: int, period_days: float, limit: float
) -> None:
    now = MONDAY + timedelta(seconds=seconds)
    budget = Budget("b", "money", limit, period_days, pacing="even")
    assert budget.period(now) <= now < budget.period(now) + timedelta(days=period_days)
    assert 0 <= budget.released(now) <= limit
    later = min(now + timedelta(hours=1), budget.period(now) + timedelta(days=period_days) - timedelta(microseconds=1))
    assert budget.released(later) >= budget.released(now)


def test_a_capacity_is_a_budget_of_units_for_ever() -> None:
    assert capacity(GIFT) == (Budget("capacity of gift", "units", 50, offer_id="gift"),)
    assert capacity(Offer("free", "Free", "gift", 0.0, 1.0, ("email",))) == ()
