"""How much better customers fared in one arm than in another: differences and relative lifts, with intervals.

Several comparisons also get intervals that hold together, by Bonferroni: right whatever the arms share.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from scipy.special import chdtrc

from decisioning.arm_contrast import Contrast, Method
from decisioning.arm_outcomes import ArmMean, ArmOutcomes, Seen, seen
from decisioning.arms import MEASURING
from decisioning.detectable import smallest_seen
from decisioning.estimates import Estimate
from decisioning.mover import Limits
from decisioning.sample_ratio import FALSE_ALARMS, SampleRatio, sample_ratio

Pair = tuple[str, str]  # an arm, and what it is held against
LEVEL = 0.9
OTHERS = tuple(arm for arm in MEASURING if arm != "holdout")
PAIRS: tuple[Pair, ...] = (*((arm, "holdout") for arm in ("policy", *OTHERS)), *(("policy", arm) for arm in OTHERS))
LEAST_FOR_SHARES, LEAST_FOR_MEANS = 30, 100  # customers per arm; the mean of fewer amounts is not normal
FEW = 30  # customers with either outcome, of 0 and 1: an adjusted mean of fewer is not normal, the score interval holds
TAIL = 0.5  # by which share of itself skewness may change what an interval leaves out on one side
UNKNOWN_ALARMS = 0.001  # how often arms with the same share of unknown outcomes are doubted


@dataclass(frozen=True, slots=True)
class Side:
    """An arm in a comparison: how many outcomes are known and unknown, and the mean, adjusted where the method is.

    The mean is None where there are hardly any outcomes.
    """

    arm: str
    customers: int
    unknown: int
    mean: float | None


@dataclass(frozen=True, slots=True)
class Lift:
    """What customers of an arm had more than those of `against`, per customer; None where `refused` says why not.

    `relative` is the difference as a share of `against`'s mean, None also where that mean is not clearly above zero.
    `simultaneous` is the difference with an interval that holds together with those of the other comparisons.
    `detectable` is the smallest difference that the interval would have told from zero with probability .8.
    """

    arm: Side
    against: Side
    method: Method
    difference: Estimate | None
    relative: Limits | None
    simultaneous: Limits | None
    detectable: float | None
    refused: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lifts:
    """All comparisons of one outcome, with intervals at `level`; `comparisons` counts those that were answered.

    `ratio` is None where no shares were given to hold the customers per arm against.
    """

    level: float
    lifts: tuple[Lift, ...]
    comparisons: int
    ratio: SampleRatio | None

    def of(self, arm: str, against: str) -> Lift:
        """The comparison of two arms. Raises KeyError where it was not asked for."""
        found = {(lift.arm.arm, lift.against.arm): lift for lift in self.lifts}
        if (arm, against) not in found:
            asked = ", ".join(f"{one} against {other}" for one, other in found)
            raise KeyError(f"{arm} against {against} was not compared; compared were {asked}")
        return found[arm, against]


def lifts(
    outcomes: ArmOutcomes,
    shares: Mapping[str, float] | None,
    *,
    pairs: Sequence[Pair] = PAIRS,
    level: float = LEVEL,
    false_alarms: float = FALSE_ALARMS,
) -> Lifts:
    """Compare the `pairs` of arms; `shares` are the configured ones, for the sample-ratio check.

    A pair is refused where an arm has too few customers or nothing varies, all are where customers per arm cannot have
    come about by the shares. Raises ValueError, with every problem at once, for unknown arms or another level.
    """
    _check(outcomes, pairs, level)
    ratio = None if shares is None else sample_ratio(outcomes.counts(), shares, false_alarms=false_alarms)
    broken = (str(ratio),) if ratio is not None and ratio.impossible else ()
    doubted = (str(ratio),) if ratio is not None and ratio.fails and not broken else ()
    arms, shared = seen(outcomes)
    asked = [_Asked(arms[arm], arms[against], outcomes.binary, shared) for arm, against in pairs]
    refusals = [(*broken, *_refusals(one)) for one in asked]
    answered = refusals.count(())
    together = 1 - (1 - level) / max(1, answered)
    made = tuple(
        one.lift(lines, ()) if lines else _answered(one, level, together, doubted)
        for one, lines in zip(asked, refusals, strict=True)
    )
    return Lifts(level, made, answered, ratio)


@dataclass(frozen=True, slots=True)
class _Asked:
    arm: Seen
    against: Seen
    binary: bool
    shared: float

    @property
    def sides(self) -> tuple[Seen, Seen]:
        return self.arm, self.against

    @property
    def method(self) -> Method:
        few = self.binary and any(side.rarest < FEW for side in self.sides)
        if few or any(side.adjusted is None for side in self.sides):
            return "score" if self.binary else "means"
        return "adjusted"

    def mean(self, side: Seen) -> ArmMean | None:
        return side.adjusted if self.method == "adjusted" else side.plain

    def lift(self, refused: tuple[str, ...], warnings: tuple[str, ...]) -> Lift:
        """Without an answer."""
        arm, against = (
            Side(side.arm, side.known, side.unknown, None if (mean := self.mean(side)) is None else mean.value)
            for side in self.sides
        )
        return Lift(arm, against, self.method, None, None, None, None, refused, warnings)


def _answered(asked: _Asked, level: float, together: float, doubted: tuple[str, ...]) -> Lift:
    first, second = (asked.mean(side) for side in asked.sides)
    if first is None or second is None:
        raise ValueError("an arm without a mean cannot be compared")
    found = Contrast(first, second, asked.method, asked.shared)
    wide = found.difference(together)
    return replace(
        asked.lift((), (*doubted, *_unknown(asked), *_skewed(found, level))),
        difference=found.difference(level),
        relative=found.relative(level),
        simultaneous=Limits(wide.value, wide.low, wide.high),
        detectable=smallest_seen(found.standard_error, level=level),
    )


def _refusals(asked: _Asked) -> list[str]:
    least = LEAST_FOR_SHARES if asked.binary else LEAST_FOR_MEANS
    lines = [
        f"{side.arm} has {side.known} customers whose outcome is known; at least {least} are needed"
        for side in asked.sides
        if side.known < least
    ]
    low, high = min(side.low for side in asked.sides), max(side.high for side in asked.sides)
    if not lines and low == high:
        lines.append(f"every outcome in {asked.arm.arm} and {asked.against.arm} is {low:g}: nothing varies")
    return lines


def _unknown(asked: _Asked) -> list[str]:
    """A warning where outcomes are unknown in one arm more often than in the other (chi-square of a 2 x 2 table)."""
    customers = [side.known + side.unknown for side in asked.sides]
    share = sum(side.unknown for side in asked.sides) / sum(customers)
    if share == 0:
        return []
    one, other = (side.unknown / count for side, count in zip(asked.sides, customers, strict=True))
    squared = (one - other) ** 2 / (share * (1 - share) * sum(1 / count for count in customers))
    if chdtrc(1, squared) > UNKNOWN_ALARMS:
        return []
    which = f"{one:.1%} of {asked.arm.arm} and {other:.1%} of {asked.against.arm}"
    return [f"outcomes are unknown for {which}: who is left out may make the difference"]


def _skewed(found: Contrast, level: float) -> list[str]:
    by = found.skewed(level)
    if by <= TAIL:
        return []
    return [f"outcomes are so skewed that one end of the interval may be {by:.0%} too easily, or too rarely, passed"]


def _check(outcomes: ArmOutcomes, pairs: Sequence[Pair], level: float) -> None:
    known = ", ".join(outcomes.arms)
    problems = [
        f"there is no arm {arm}; {known} are allowed"
        for arm in dict.fromkeys(arm for pair in pairs for arm in pair)
        if arm not in outcomes.arms
    ]
    problems += [f"{arm} is compared with itself; another arm is allowed" for arm, against in pairs if arm == against]
    if not 0 < level < 1:
        problems.append(f"the level is {level:g}; between 0 and 1 is allowed")
    if problems:
        raise ValueError("; ".join(problems))
