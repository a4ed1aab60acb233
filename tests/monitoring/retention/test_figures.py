"""Worth, voice, funnel, points, cohorts and trends, on records small enough to check by eye."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest

from monitoring.retention.cohorts import cohorts
from monitoring.retention.funnel import funnel
from monitoring.retention.points import Tier, tiers
from monitoring.retention.rates import rates
from monitoring.retention.trends import trends
from monitoring.retention.voice import voice
from monitoring.retention.worth import worth

PEOPLE = ("customer_id signed_up_at", [(one, "2024-01-01") for one in "abcdefgh"])


def sold(*rows: tuple[str, str, float]) -> tuple[str, list[tuple[object, ...]]]:
    return "customer_id occurred_at amount margin", [(one, day, amount, None) for one, day, amount in rows]


def test_a_years_value_is_margin_by_horizons_kept(records) -> None:
    """Of 8 there on 1 December, 6 came again; each at risk on the same day brought 50 or 10 in the next 30 days."""
    before = [(one, "2024-11-20", 1.0) for one in "abcdefgh"]
    after = [(one, "2024-12-10", 100.0 if one in "abc" else 20.0) for one in "abcdef"]
    made = records(customers=PEOPLE, transactions=sold(*before, *after))
    known = rates(made)
    assert known.latest.kept.share.value == 0.75
    found = worth(made, known)
    assert (found.customers, found.horizon.value) == (8, pytest.approx(180 / 8))  # half of what was sold is margin
    steps = np.arange(12)
    assert found.year.value == pytest.approx(180 / 8 * (0.75**steps).sum())
    assert found.more.value == pytest.approx(180 / 8 * (0.8**steps - 0.75**steps).sum())
    assert found.more.low < found.more.value < found.more.high
    assert found.more_in_all.value == pytest.approx(8 * found.more.value)


def test_without_retention_nothing_is_worth_anything_sayable(records) -> None:
    made = records(customers=PEOPLE, transactions=sold(("a", "2024-12-20", 1.0)), few=10)
    assert worth(made, rates(made)) is None


def test_the_voice_is_that_of_each_ones_latest_answer(records) -> None:
    feedback = (
        "customer_id occurred_at kind score sentiment",
        [("a", "2024-02-01", "nps", 0.0, None), ("a", "2024-06-01", "nps", 10.0, None),
         ("b", "2024-06-01", "nps", 9.0, None), ("c", "2024-06-01", "nps", 7.0, 0.5),
         ("d", "2024-06-01", "nps", 3.0, -0.5), ("a", "2024-06-02", "csat", 5.0, None),
         ("b", "2024-06-02", "csat", 3.0, None), ("c", "2024-07-01", "complaint", None, -1.0),
         ("c", "2024-08-01", "complaint", None, None), ("d", "2023-06-01", "complaint", None, None)],
    )  # fmt: skip
    found = voice(records(customers=PEOPLE, feedback=feedback))
    assert (found.nps.customers, found.nps.told.value) == (4, pytest.approx((1 + 1 + 0 - 1) / 4))
    spread = sqrt(np.var([1, 1, 0, -1], ddof=1) / 4)
    assert found.nps.told.high - found.nps.told.value == pytest.approx(1.96 * spread, rel=1e-3)
    assert (found.csat.customers, found.csat.told.value) == (2, 0.5)
    assert (found.ces.customers, found.ces.told) == (0, None)
    assert (found.complaints, found.complaining.told.value) == (2, pytest.approx(1 / 8))
    assert found.sentiment.told.value == pytest.approx(((0.5 - 1.0) / 2 - 0.5) / 2)
    assert voice(records(customers=PEOPLE)) is None


def test_an_outcome_is_of_the_last_time_its_offer_was_sent(records) -> None:
    treatments = (
        "customer_id occurred_at offer_id channel",
        [("a", "2024-05-01", "x", "email"), ("a", "2024-06-01", "x", "sms"), ("b", "2024-05-01", "x", "email"),
         ("c", "2024-05-01", "x", "sms"), ("d", "2024-05-01", "control", None), ("e", "2022-05-01", "x", "sms")],
    )  # fmt: skip
    outcomes = (
        "customer_id occurred_at kind offer_id",
        [("a", "2024-06-03", "opened", "x"), ("a", "2024-06-03", "accepted", "x"),
         ("a", "2024-06-04", "accepted", "x"), ("b", "2024-04-01", "accepted", "x"),
         ("b", "2024-05-02", "viewed", "x"), ("c", "2024-05-02", "accepted", "y")],
    )  # fmt: skip
    found = {one.channel: one for one in funnel(records(customers=PEOPLE, treatments=treatments, outcomes=outcomes))}
    assert {name: (one.sent, one.customers) for name, one in found.items()} == {"email": (2, 2), "sms": (2, 2)}
    counts = {name: {step: share.count for step, share in one.reached.items()} for name, one in found.items()}
    assert counts == {"email": {"viewed": 1, "accepted": 0}, "sms": {"viewed": 1, "accepted": 1}}
    assert funnel(records(customers=PEOPLE)) is None


def test_points_are_those_of_the_year_by_the_latest_tier(records) -> None:
    loyalty = (
        "customer_id occurred_at points_delta tier",
        [("a", "2024-02-01", 100.0, "silver"), ("a", "2024-03-01", -40.0, "gold"), ("b", "2024-02-01", 10.0, "gold"),
         ("c", "2022-02-01", 70.0, "silver"), ("d", "2024-02-01", None, "silver"), ("e", "2024-02-01", 5.0, None)],
    )  # fmt: skip
    found = tiers(records(customers=PEOPLE, loyalty=loyalty))
    assert sorted(found, key=lambda one: one.tier) == [Tier("gold", 2, 110.0, 40.0), Tier("silver", 2, 0.0, 0.0)]
    assert [one.burn_rate for one in sorted(found, key=lambda one: one.tier)] == [pytest.approx(40 / 110), None]
    assert tiers(records(customers=PEOPLE)) is None


def test_cohorts_by_quarter(records) -> None:
    """a, b and c sign up in the second quarter; a and b buy in it, a in the third. The fourth is not over."""
    people = ("customer_id signed_up_at", [(one, "2024-05-01") for one in "abc"] + [("z", "2024-01-01")])
    sales = sold(("z", "2024-01-02", 1.0), ("a", "2024-05-02", 1.0), ("a", "2024-05-09", 1.0), ("b", "2024-06-30", 1.0),
                 ("a", "2024-07-01", 1.0), ("a", "2024-12-01", 1.0))  # fmt: skip
    found = cohorts(records(customers=people, transactions=sales))
    assert (found.begun, found.customers) == (("2024 Q2",), (3,))
    assert found.there == ((pytest.approx(2 / 3), pytest.approx(1 / 3)),)


def test_a_trend_of_two_years_is_told_without_its_season(records) -> None:
    """A margin of 100 a week that grows by 20 a year, under a season of half its size."""
    weeks = np.arange(130)
    days = np.datetime64("2024-12-30") - (7 * weeks[::-1]).astype("timedelta64[D]")
    amount = 2 * (100 + 20 * weeks / 52 + 50 * np.sin(2 * np.pi * weeks / 52))
    sales = sold(*(("a", str(day), float(value)) for day, value in zip(days, amount, strict=True)))
    found = {one.name: one for one in trends(records(customers=PEOPLE, transactions=sales))}
    margin = found["Margin"]
    assert margin.seasonal
    assert margin.yearly_change == pytest.approx(20 / margin.trend[-53], abs=0.03)
    assert np.ptp(np.array(margin.values)) > 95 > np.ptp(np.array(margin.trend))
    assert "Complaints" not in found


def test_a_short_series_is_smoothed_and_says_so(records) -> None:
    sales = sold(*(("a", f"2024-{month:02d}-{day:02d}", 2.0) for month in range(6, 13) for day in (3, 10, 17, 24)))
    found = trends(records(customers=PEOPLE, transactions=sales))
    assert [one.seasonal for one in found] == [False, False]
    assert found[1].yearly_change is None
    assert trends(records(customers=PEOPLE, transactions=sold(("a", "2024-12-01", 1.0)))) == ()
