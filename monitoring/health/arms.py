"""Whether customers are in the arms in the shares that were configured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from decisioning.sample_ratio import SampleRatio, sample_ratio
from monitoring.intervals import Interval, wilson


@dataclass(frozen=True)
class Assigned:
    """Customers by the arm of their first decision after `since`, in real time or by a campaign.

    `shares` are those by which the policy in force draws arms, of all arms, sum 1.
    """

    since: datetime
    customers: Mapping[str, int]
    shares: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class ArmShare:
    """One arm: its customers, and their share, beside what was configured."""

    arm: str
    customers: int
    share: Interval
    expected_customers: float
    expected_share: float


@dataclass(frozen=True)
class ArmCheck:
    """Every arm, and the sample-ratio check over all of them."""

    since: datetime
    customers: int
    arms: tuple[ArmShare, ...]
    ratio: SampleRatio


def check_arms(assigned: Assigned) -> ArmCheck | None:
    """Hold the arms against their shares; None where nobody was decided for."""
    customers = sum(assigned.customers.values())
    if not customers:
        return None
    ratio = sample_ratio(assigned.customers, assigned.shares)
    arms = tuple(
        ArmShare(one.arm, one.observed, wilson(one.observed, customers), one.expected, assigned.shares[one.arm])
        for one in ratio.arms
    )
    return ArmCheck(assigned.since, customers, arms, ratio)
