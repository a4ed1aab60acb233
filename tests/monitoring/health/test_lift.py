from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from decisioning.arm_outcomes import ArmOutcomes
from decisioning.lift import lifts
from monitoring.health.lift import Compared, withheld

SINCE = datetime(2017, 1, 1, tzinfo=UTC)


def compared(*customers: int) -> Compared:
    """Policy, holdout and random of so many customers, two in three of whom stay."""
    arms = ("policy", "holdout", "random")
    arm = np.repeat(range(3), customers)
    outcomes = ArmOutcomes(arms, arm, (np.arange(len(arm)) % 3 > 0).astype(float))
    pairs = [("policy", "holdout"), ("random", "holdout")]
    return Compared("retention", SINCE, lifts(outcomes, None, pairs=pairs, level=0.95))


def test_the_policy_is_held_against_those_left_alone() -> None:
    found = compared(300, 90, 9)
    assert found.difference.low < found.difference.value < found.difference.high
    assert found.difference.value == found.policy.difference.value


def test_where_nothing_is_claimed_there_is_no_difference() -> None:
    assert (compared(300, 9, 9).policy, compared(300, 9, 9).difference) == (None, None)
    assert Compared("profit", SINCE, refused="no transactions").difference is None


def test_means_of_arms_too_small_are_withheld() -> None:
    policy, chance = withheld(compared(300, 90, 9), fewest=10).found.lifts
    assert (policy.arm.mean is None, policy.against.mean is None) == (False, False)
    assert (chance.arm.mean, chance.arm.customers, chance.against.mean is None) == (None, 9, False)
    nothing = Compared("profit", SINCE, refused="no transactions")
    assert withheld(nothing, fewest=10) is nothing
