"""Whether customers are in the arms in the shares that were configured; where not, some are missing, not at random.

Source: Fabijan et al. 2019, "Diagnosing sample ratio mismatch in online controlled experiments".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import bdtr, bdtrc, chdtrc

from decisioning.estimates import Vector

FALSE_ALARMS = 0.001  # how often a sound assignment is doubted
IMPOSSIBLE = 0.00006  # as in `support`: what chance alone does not do
# Customers expected in the smallest arm from which on chi-square raises about the stated share of false alarms (0.85 to
# 1.2 times .001 on a million draws of shares such as .96 and four of .01; with the usual 5 it raises 2 to 3 times it).
LEAST_EXPECTED = 50.0
TOLERANCE = 1e-6  # how far shares may be from a sum of 1
LOOK_AT = (
    "whether the shares or the salt were changed in the period",
    "whether decisions of one arm failed, or were not logged",
    "whether customers were dropped after they were assigned, such as those never contacted or without an outcome",
    "whether one id stands for several customers, or several ids for one",
)


@dataclass(frozen=True, slots=True)
class ArmCount:
    """The customers of one arm: how many there are, and how many the shares promise."""

    arm: str
    observed: int
    expected: float


@dataclass(frozen=True, slots=True)
class SampleRatio:
    """What the check found. `arms` come in the order of the shares, those of share 0 that hold nobody left out."""

    arms: tuple[ArmCount, ...]
    p_value: float
    test: Literal["chi-square", "exact"]
    false_alarms: float

    @property
    def fails(self) -> bool:
        """Whether chance alone would do this no more often than `false_alarms`."""
        return self.p_value <= self.false_alarms

    @property
    def impossible(self) -> bool:
        """Whether it fails so clearly that nothing should be read from the arms, however small the mismatch."""
        return self.fails and self.p_value <= IMPOSSIBLE

    @property
    def worst(self) -> ArmCount:
        """The arm whose number is furthest from what is expected, in standard errors."""
        return max(self.arms, key=lambda one: abs(one.observed - one.expected) / max(one.expected, TOLERANCE) ** 0.5)

    def __str__(self) -> str:
        found = f"{self.test} p {self.p_value:.2g}; a sound assignment is doubted {self.false_alarms:.1%} of the time"
        if not self.fails:
            return f"customers per arm fit the shares ({found})"
        worst = self.worst
        off = f"{worst.arm} has {worst.observed:,} where {worst.expected:,.0f} were expected"
        return f"customers per arm do not fit the shares ({found}): {off}; look at {'; '.join(LOOK_AT)}"


def sample_ratio(
    counts: Mapping[str, int], shares: Mapping[str, float], *, false_alarms: float = FALSE_ALARMS
) -> SampleRatio:
    """Hold the customers counted per arm against `shares`, which sum to 1; an arm that is not counted has none.

    Chi-square where every arm expects LEAST_EXPECTED, else exact: the least of the arms' two-sided binomial
    probabilities times their number, which holds for any counts and doubts a sound assignment less often than stated.
    Raises ValueError, with every problem at once.
    """
    if problems := _problems(counts, shares):
        raise ValueError("; ".join(problems))
    total = sum(counts.values())
    found = [ArmCount(arm, counts.get(arm, 0), share * total) for arm, share in shares.items()]
    arms = tuple(one for one in found if shares[one.arm] > 0 or one.observed > 0)
    observed = np.array([one.observed for one in arms], np.float64)
    share = np.array([shares[one.arm] for one in arms])
    if share.min() * total >= LEAST_EXPECTED:
        return SampleRatio(arms, _chi_square(observed, share * total), "chi-square", false_alarms)
    return SampleRatio(arms, _exact(observed, share), "exact", false_alarms)


def _chi_square(observed: Vector, expected: Vector) -> float:
    return float(chdtrc(len(observed) - 1, (np.square(observed - expected) / expected).sum()))


def _exact(observed: Vector, share: Vector) -> float:
    if (share == 0).any():
        return 0.0  # somebody is where nobody is drawn into
    total = observed.sum()
    fewer = np.array([bdtr(count, int(total), p) for count, p in zip(observed, share, strict=True)])
    more = np.array(
        [bdtrc(count - 1, int(total), p) if count else 1.0 for count, p in zip(observed, share, strict=True)]
    )
    return float(min(1.0, len(observed) * 2.0 * np.minimum(fewer, more).min()))


def _problems(counts: Mapping[str, int], shares: Mapping[str, float]) -> list[str]:
    known = ", ".join(shares)
    unknown = [f"{arm} has customers and no share; shares are given for {known}" for arm in counts if arm not in shares]
    fewer = [f"{arm} has {count} customers; 0 or more is allowed" for arm, count in counts.items() if count < 0]
    wrong = [
        f"the share of {arm} is {share}; 0 to 1 is allowed" for arm, share in shares.items() if not 0 <= share <= 1
    ]
    total = sum(shares.values())
    off = [] if abs(total - 1.0) <= TOLERANCE else [f"the shares sum to {total:g}; 1 is allowed"]
    return [*unknown, *fewer, *wrong, *off]
