"""What comes back of what is spent, against worlds in which that is known."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from decisioning.arm_outcomes import ArmOutcomes
from decisioning.lift import lifts
from decisioning.returns import Return, returns

ARMS = ("policy", "holdout", "random")
PAIRS = (("policy", "holdout"), ("random", "holdout"), ("policy", "random"))
Vector = NDArray[np.float64]
CONTACT, COST, TAKES = 0.5, 4.0, 0.3
SPENT = CONTACT + COST * TAKES  # a customer, in expectation: 1.7


def told(profit: ArmOutcomes, spend: Vector, level: float = 0.95) -> dict[str, Return]:
    found = lifts(profit, None, pairs=PAIRS, level=level)
    return {one.arm: one for one in returns(profit, spend, found)}


def two(policy: Vector, holdout: Vector, spend: Vector) -> Return:
    arm = np.repeat([0, 1], [len(policy), len(holdout)])
    everybody = np.concatenate([spend, np.zeros(len(holdout))])
    return told(ArmOutcomes(ARMS, arm, np.concatenate([policy, holdout]) - everybody), everybody)["policy"]


def world(rng: np.random.Generator, truth: float, *, adjusted: bool, sizes: tuple[int, int] = (900, 300)) -> Return:
    """Everybody of the policy is contacted, three in ten accept; what they spend more makes the return `truth`.

    E[margin on top] = SPENT x (1 + truth), by acceptance alone, so that margin and spend go together.
    """
    count = sum(sizes)
    arm = np.repeat([0, 1], sizes)
    before = rng.gamma(2.0, 10.0, count)
    takes = (rng.random(count) < TAKES) & (arm == 0)
    spend = np.where(arm == 0, CONTACT + COST * takes, 0.0)
    margin = 0.7 * before + rng.normal(0.0, 6.0, count) + takes * SPENT * (1 + truth) / TAKES
    return told(ArmOutcomes(ARMS, arm, margin - spend, before if adjusted else None), spend)["policy"]


def test_small_numbers_by_hand() -> None:
    """Margins 12 and 10, half of 200 spend 2: 2 on top of 10 for 1, so 1 comes back above each 1 spent."""
    found = two(np.tile([11.0, 13.0], 100), np.tile([9.0, 11.0], 100), np.tile([0.0, 2.0], 100))
    assert (found.customers, found.left_alone, found.refused) == (200, 200, ())
    assert found.margin is not None
    assert found.spend is not None
    assert found.value is not None
    assert (found.margin.value, found.spend.value, found.value.value) == pytest.approx((2.0, 1.0, 1.0))
    assert found.value.low < 1.0 < found.value.high


def test_the_cost_is_counted_once() -> None:
    """What brings nothing returns -1, whatever it costs; what brings its cost returns 0."""
    rng = np.random.default_rng(0)
    holdout, spend = rng.normal(10, 1, 5000), rng.choice([0.5, 4.5], 5000)
    nothing = two(holdout, holdout, spend)
    even = two(holdout + spend, holdout, spend)
    assert nothing.value is not None
    assert even.value is not None
    assert (nothing.value.value, even.value.value) == pytest.approx((-1.0, 0.0))


@pytest.mark.parametrize("adjusted", [False, True], ids=["means", "adjusted"])
@pytest.mark.parametrize("truth", [-1.0, 0.0, 1.5])
def test_the_interval_holds_the_truth_as_often_as_it_says(truth: float, adjusted: bool) -> None:
    """500 worlds: three standard errors of .95 are .029."""
    rng = np.random.default_rng(11)
    found = [world(rng, truth, adjusted=adjusted).value for _ in range(500)]
    held = [one.low <= truth <= one.high for one in found if one is not None]
    assert len(held) == 500
    assert abs(np.mean(held) - 0.95) < 0.029


def test_what_was_known_before_narrows_the_interval() -> None:
    widths = []
    for adjusted in (True, False):
        value = world(np.random.default_rng(3), 0.5, adjusted=adjusted).value
        assert value is not None
        widths.append(value.high - value.low)
    assert widths[0] < 0.7 * widths[1]


def test_margin_and_spend_that_go_together_are_not_taken_for_independent() -> None:
    """Were the covariance left out, the interval of a certain return would have a width."""
    rng = np.random.default_rng(5)
    spend = rng.choice([1.0, 3.0], 2000)
    holdout = 10 + rng.choice([-1e-6, 1e-6], 2000)
    found = two(10 + 3 * spend, holdout, spend).value
    assert found is not None
    assert (found.value, found.low, found.high) == pytest.approx((2.0, 2.0, 2.0), abs=1e-5)


@pytest.mark.parametrize(
    ("spend", "said"),
    [
        (np.zeros(300), "what policy spent is not clearly more than nothing"),
        (np.r_[5.0, np.zeros(299)], "what policy spent is not clearly more than nothing"),
    ],
    ids=["nothing", "once"],
)
def test_of_no_spend_there_is_no_return(spend: Vector, said: str) -> None:
    rng = np.random.default_rng(1)
    found = two(rng.normal(10, 1, 300), rng.normal(10, 1, 300), spend)
    assert (found.value, found.refused) == (None, (said,))


def test_where_the_lift_is_refused_so_is_the_return() -> None:
    rng = np.random.default_rng(1)
    found = two(rng.normal(10, 1, 300), rng.normal(10, 1, 20), np.ones(300))
    assert found.refused == ("holdout has 20 customers whose outcome is known; at least 100 are needed",)
    assert (found.value, found.margin) == (None, None)


def test_every_arm_is_held_against_who_was_left_alone_only() -> None:
    rng = np.random.default_rng(2)
    arm = np.repeat([0, 1, 2], 400)
    spend = np.where(arm == 1, 0.0, rng.choice([1.0, 2.0], 1200))
    value = rng.normal(10, 1, 1200)
    value[:3] = np.nan
    found = told(ArmOutcomes(ARMS, arm, value, np.full(1200, 7.0)), spend)
    assert set(found) == {"policy", "random"}
    assert (found["policy"].customers, found["random"].customers) == (397, 400)
    assert found["policy"].value is not None


@pytest.mark.parametrize("spend", [np.zeros(3), np.full(400, np.nan)], ids=["length", "not finite"])
def test_a_spend_that_is_none_is_refused(spend: Vector) -> None:
    profit = ArmOutcomes(ARMS, np.repeat([0, 1], 200), np.arange(400.0))
    with pytest.raises(ValueError, match=r"spend has shape \(\d+,\); \(400,\), all finite, is allowed"):
        returns(profit, spend, lifts(profit, None, pairs=PAIRS[:1]))
