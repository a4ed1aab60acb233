from __future__ import annotations

from bisect import bisect_right

import numpy as np
import pytest

from monitoring.retention.staying import staying

COLUMNS = "customer_id started_at ended_at price"


def spans(lengths_weeks: list[tuple[int, bool]]) -> tuple[str, list[tuple[object, ...]]]:
    """One subscription each, begun 2023-01-01, of so many weeks; False is still running, begun so many weeks ago."""
    end, begin = np.datetime64("2024-12-31"), np.datetime64("2023-01-01")
    week = np.timedelta64(7, "D")
    return COLUMNS, [
        (str(at), str(begin), str(begin + weeks * week), 1.0) if over else (str(at), str(end - weeks * week), None, 1.0)
        for at, (weeks, over) in enumerate(lengths_weeks)
    ]


def people(held: tuple[str, list[tuple[object, ...]]]) -> tuple[str, list[tuple[object, ...]]]:
    return "customer_id signed_up_at", [(row[0], row[1]) for row in held[1]]


def test_the_curve_is_that_of_kaplan_and_meier(records) -> None:
    """4 left after 10 weeks of 8 at risk; 2 censored at 20; 1 of 2 left after 30: 1/2, then 1/4."""
    held = spans([(10, True)] * 4 + [(20, False)] * 2 + [(30, True), (40, False)])
    found = staying(records("subscription_end", customers=people(held), subscriptions=held))
    assert (found.customers, found.left) == (8, 5)
    assert found.share_after(8 * 7) == 1.0
    assert found.share_after(15 * 7) == pytest.approx(0.5)
    assert found.share_after(35 * 7) == pytest.approx(0.25)
    assert found.share_after(99 * 7) is None
    assert found.median_days.value == 11 * 7  # the end of the eleventh week: durations are told in weeks
    assert all(
        0 <= low <= share <= high <= 1 for low, share, high in zip(found.low, found.share, found.high, strict=True)
    )


def test_where_over_half_stay_there_is_no_median(records) -> None:
    held = spans([(10, True)] * 2 + [(60, False)] * 8)
    assert staying(records("subscription_end", customers=people(held), subscriptions=held)).median_days is None


def test_too_few_who_left_tell_nothing(records) -> None:
    held = spans([(10, True)] + [(60, False)] * 8)
    assert staying(records("subscription_end", customers=people(held), subscriptions=held)) is None


def test_a_silence_as_long_as_the_horizon_is_leaving_at_its_beginning(records) -> None:
    """a comes every three weeks to the end; b falls silent on 1 April and comes back; c falls silent and stays away."""
    a = [("a", str(day), 1.0, None) for day in np.arange("2024-01-02", "2024-12-31", 21, dtype="datetime64[D]")]
    b = [("b", day, 1.0, None) for day in ("2024-03-10", "2024-04-01", "2024-09-01")]
    c = [("c", "2024-01-09", 1.0, None)]
    signed_up = ("customer_id signed_up_at", [(one, "2024-01-02") for one in "abc"])
    sales = ("customer_id occurred_at amount margin", [*a, *b, *c])
    found = staying(records(customers=signed_up, transactions=sales, few=1))
    assert (found.customers, found.left) == (3, 2)
    assert found.share_after(50) == pytest.approx(2 / 3)  # c left on 9 January
    assert found.share_after(120) == pytest.approx(1 / 3)  # b on 1 April, 90 days in


def test_intervals_hold_the_truth(records) -> None:
    """Exponential stays of mean 30 weeks, followed for 60: 95% intervals of 200 worlds hold exp(-1) at 30 weeks."""
    rng = np.random.default_rng(4)
    inside = []
    for _ in range(40):
        weeks = np.ceil(rng.exponential(30, 300)).astype(int)
        held = spans([(int(w), True) if w < 60 else (60, False) for w in weeks])
        found = staying(records("subscription_end", customers=people(held), subscriptions=held))
        at = bisect_right(found.days, 30 * 7.0) - 1
        truth = np.exp(-29 / 30)  # a stay of w weeks rounded up ends in week w + 1
        inside.append(found.low[at] <= truth <= found.high[at])
    assert 32 <= sum(inside) <= 40  # of 40 at 95%: fewer than 33 in one of 5,000 runs
