from __future__ import annotations

from datetime import UTC, datetime

import pytest

from monitoring.health.arms import Assigned, check_arms

SINCE = datetime(2017, 1, 1, tzinfo=UTC)
SHARES = {"policy": 0.8, "holdout": 0.1, "random": 0.1, "no_levers": 0.0}


def test_arms_are_counted_beside_what_was_configured() -> None:
    found = check_arms(Assigned(SINCE, {"policy": 801, "holdout": 104, "random": 95, "no_levers": 0}, SHARES))
    told = [(one.arm, one.customers, one.share.value, one.expected_customers, one.expected_share) for one in found.arms]
    assert told == [
        ("policy", 801, 0.801, pytest.approx(800), 0.8),
        ("holdout", 104, 0.104, pytest.approx(100), 0.1),
        ("random", 95, 0.095, pytest.approx(100), 0.1),
    ]
    assert (found.customers, found.since, found.ratio.fails) == (1000, SINCE, False)
    assert (found.arms[1].share.low, found.arms[1].share.high) == pytest.approx((0.0866, 0.1244), abs=5e-4)


@pytest.mark.parametrize(
    ("counts", "fails"),
    [
        ({"policy": 800, "holdout": 100, "random": 100}, False),
        ({"policy": 900, "holdout": 50, "random": 50}, True),
        ({"policy": 8, "holdout": 1, "random": 1}, False),
        ({"policy": 1}, False),
        ({"policy": 800, "holdout": 100, "random": 100, "no_levers": 1}, True),  # nobody is drawn into it
    ],
)
def test_shares_that_did_not_come_about_fail(counts: dict[str, int], fails: bool) -> None:
    assert check_arms(Assigned(SINCE, counts, SHARES)).ratio.fails is fails


def test_nobody_decided_for_is_in_no_arm() -> None:
    assert check_arms(Assigned(SINCE, dict.fromkeys(SHARES, 0), SHARES)) is None
