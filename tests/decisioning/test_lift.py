from collections.abc import Sequence
from math import nan, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from decisioning.arm_outcomes import ArmOutcomes
from decisioning.arms import MEASURING, Arms
from decisioning.lift import PAIRS, Lifts, lifts

Vector = NDArray[np.float64]
ARMS = ("policy", *MEASURING)
SHARES = {"policy": 0.6, **dict.fromkeys(MEASURING, 0.1)}
TWO = ("policy", "holdout")
PAIR = (TWO,)


def apart(*values: Sequence[float] | Vector, before: Sequence[Sequence[float] | Vector] | None = None) -> ArmOutcomes:
    """One arm of ARMS for each list of values; the holdout is the second."""
    arm = np.repeat(np.arange(len(values)), [len(one) for one in values])
    known = None if before is None else np.concatenate([np.asarray(one, float) for one in before])
    return ArmOutcomes(ARMS[: len(values)], arm, np.concatenate([np.asarray(one, float) for one in values]), known)


def events(of: int, count: int) -> Vector:
    return (np.arange(of) < count).astype(float)


def world(seed: int, customers: int = 6000, gain: float = 0.0) -> ArmOutcomes:
    """Amounts with a heavy tail that go with amounts before; the policy gains."""
    rng = np.random.default_rng(seed)
    arm = rng.choice(5, customers, p=list(SHARES.values()))
    before = rng.lognormal(1.0, 1.0, customers)
    value = 0.8 * before + rng.lognormal(0.5, 1.0, customers) + gain * (arm == 0)
    return ArmOutcomes(ARMS, arm, value, before)


def only(found: Lifts) -> tuple[float, float, float]:
    difference = found.of(*TWO).difference
    assert difference is not None
    return difference.value, difference.low, difference.high


def test_every_arm_is_held_against_the_holdout_and_the_policy_against_every_other() -> None:
    assert PAIRS == (
        ("policy", "holdout"),
        ("random", "holdout"),
        ("acceptance", "holdout"),
        ("no_levers", "holdout"),
        ("policy", "random"),
        ("policy", "acceptance"),
        ("policy", "no_levers"),
    )
    found = lifts(world(1), SHARES)
    assert tuple((lift.arm.arm, lift.against.arm) for lift in found.lifts) == PAIRS
    assert found.comparisons == 7
    assert found.level == 0.9
    assert not any(lift.refused or lift.warnings for lift in found.lifts)


def test_shares_by_hand() -> None:
    found = lifts(apart(events(70, 56), events(80, 48)), None, pairs=PAIR, level=0.95)
    assert only(found) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)  # Newcombe 1998, table II, method 10
    [lift] = found.lifts
    assert (lift.method, lift.arm.mean, lift.against.mean) == ("score", 0.8, 0.6)
    assert lift.relative is not None
    assert lift.relative.value == pytest.approx(1 / 3)
    error = sqrt(0.16 / 69 + 0.24 / 79)
    assert lift.difference is not None
    assert lift.difference.standard_error == pytest.approx(error)
    assert lift.detectable == pytest.approx((1.959964 + 0.841621) * error)


def test_what_is_not_known_is_counted_and_left_out() -> None:
    whole = apart([*events(70, 56), nan, nan], [*events(80, 48), nan])
    found = lifts(whole, None, pairs=PAIR, level=0.95)
    assert only(found) == only(lifts(apart(events(70, 56), events(80, 48)), None, pairs=PAIR, level=0.95))
    [lift] = found.lifts
    assert (lift.arm.customers, lift.arm.unknown, lift.against.customers, lift.against.unknown) == (70, 2, 80, 1)


def test_intervals_that_hold_together_are_those_at_the_level_of_bonferroni() -> None:
    many, one = lifts(world(1), SHARES), lifts(world(1), SHARES, pairs=PAIR, level=1 - 0.1 / 7)
    together = many.of(*TWO).simultaneous
    assert together is not None
    assert (together.value, together.low, together.high) == only(one)
    alone = one.of(*TWO).simultaneous
    assert alone is not None
    assert (alone.value, alone.low, alone.high) == only(one)  # the only comparison


def test_what_was_before_narrows_and_does_not_move() -> None:
    given = world(2, gain=1.0)
    adjusted, plain = lifts(given, SHARES), lifts(ArmOutcomes(ARMS, given.arm, given.value), SHARES)
    assert (adjusted.of(*TWO).method, plain.of(*TWO).method) == ("adjusted", "means")
    value, low, high = only(adjusted)
    own = adjusted.of(*TWO).difference
    assert own is not None
    assert abs(value - 1.0) < 4 * own.standard_error
    assert high - low < 0.9 * (only(plain)[2] - only(plain)[1])


@pytest.mark.parametrize(
    ("ones", "method"),
    [((300, 40), "adjusted"), ((300, 20), "score"), ((480, 90), "score")],  # of 500 and 100: fewer than 30 of one kind
)
def test_few_events_are_not_adjusted(ones: tuple[int, int], method: str) -> None:
    rng = np.random.default_rng(0)
    given = apart(events(500, ones[0]), events(100, ones[1]), before=[rng.random(500), rng.random(100)])
    assert lifts(given, None, pairs=PAIR).of(*TWO).method == method


@pytest.mark.parametrize(
    ("arm", "against", "refused"),
    [
        (events(29, 5), events(500, 5), ["policy has 29 customers whose outcome is known; at least 30 are needed"]),
        (
            [*events(40, 5), 2.5],
            [*events(12, 5), nan],
            [
                "policy has 41 customers whose outcome is known; at least 100 are needed",
                "holdout has 12 customers whose outcome is known; at least 100 are needed",
            ],
        ),
        ([], events(500, 5), ["policy has 0 customers whose outcome is known; at least 30 are needed"]),
        (np.ones(50), np.ones(60), ["every outcome in policy and holdout is 1: nothing varies"]),
    ],
)
def test_refusals(arm: Sequence[float], against: Sequence[float], refused: list[str]) -> None:
    found = lifts(apart(arm, against), None, pairs=PAIR)
    [lift] = found.lifts
    assert list(lift.refused) == refused
    assert (lift.difference, lift.relative, lift.simultaneous, lift.detectable) == (None, None, None, None)
    assert found.comparisons == 0


def test_one_refusal_leaves_the_other_comparisons_alone() -> None:
    given = world(1)
    few = ArmOutcomes(ARMS, given.arm, np.where(given.arm == ARMS.index("random"), nan, given.value), given.before)
    found = lifts(few, SHARES)
    refused = [(lift.arm.arm, lift.against.arm) for lift in found.lifts if lift.refused]
    assert refused == [("random", "holdout"), ("policy", "random")]
    assert found.comparisons == 5
    assert found.of("random", "holdout").arm.mean is None


def test_shares_that_cannot_have_made_the_arms_refuse_everything() -> None:
    given = world(1)
    kept = (given.arm != ARMS.index("holdout")) | (np.arange(len(given.arm)) % 2 == 0)
    found = lifts(ArmOutcomes(ARMS, given.arm[kept], given.value[kept]), SHARES)
    assert found.ratio is not None
    assert found.comparisons == 0
    assert all(lift.refused == (str(found.ratio),) for lift in found.lifts)
    assert "holdout has" in found.lifts[0].refused[0]


def test_doubtful_shares_are_warned_of() -> None:
    found = lifts(apart(events(5_165, 60), events(4_835, 60)), dict.fromkeys(TWO, 0.5), pairs=PAIR)
    [lift] = found.lifts
    assert found.ratio is not None
    assert found.ratio.p_value == pytest.approx(0.00097, rel=0.02)  # z 3.3
    assert lift.warnings == (str(found.ratio),)
    assert lift.difference is not None


def test_without_shares_nothing_is_checked() -> None:
    assert lifts(apart(events(900, 60), events(100, 60)), None, pairs=PAIR).ratio is None


@pytest.mark.parametrize(
    ("unknown", "warnings"),
    [
        ((100, 100), ()),
        (
            (50, 150),
            ("outcomes are unknown for 5.0% of policy and 15.0% of holdout: who is left out may make the difference",),
        ),
    ],
)
def test_arms_whose_outcomes_are_not_known_alike(unknown: tuple[int, int], warnings: tuple[str, ...]) -> None:
    one, other = (np.where(np.arange(1000) < count, nan, np.arange(1000) % 2) for count in unknown)
    assert lifts(apart(one, other), None, pairs=PAIR).of(*TWO).warnings == warnings


def test_a_tail_too_heavy_for_so_few_customers_is_warned_of() -> None:
    rng = np.random.default_rng(1)
    [lift] = lifts(apart(rng.lognormal(0, 2.5, 20_000), rng.lognormal(0, 2.5, 150)), None, pairs=PAIR).lifts
    [warning] = lift.warnings
    assert warning.startswith("outcomes are so skewed that")


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(
        ValueError, match="there is no arm control; policy, holdout are allowed; policy is compared with"
    ):
        lifts(apart(events(50, 5), events(50, 4)), None, pairs=(("policy", "control"), ("policy", "policy")), level=90)


def test_what_was_not_asked_for_is_not_answered() -> None:
    with pytest.raises(KeyError, match="random against holdout was not compared; compared were policy against holdout"):
        lifts(apart(events(50, 5), events(50, 4)), None, pairs=PAIR).of("random", "holdout")


def test_arms_as_they_are_assigned_pass_the_check() -> None:
    drawn = Arms("spring", {arm: SHARES[arm] for arm in MEASURING})
    arm = np.array([ARMS.index(drawn.of(f"c{number}")) for number in range(5000)])
    found = lifts(ArmOutcomes(ARMS, arm, np.arange(5000) % 3 / 2), {one: drawn.share(one) for one in ARMS})
    assert found.ratio is not None
    assert not found.ratio.fails


AMOUNTS = st.lists(st.floats(-1e4, 1e4), min_size=100, max_size=130)


@given(AMOUNTS, AMOUNTS, st.booleans(), st.floats(-1e3, 1e3))
def test_arms_swapped_and_outcomes_moved(one: list[float], other: list[float], adjusts: bool, more: float) -> None:
    before = [np.cos(np.arange(len(values))) for values in (one, other)] if adjusts else None
    given, moved = apart(one, other, before=before), apart(np.add(one, more), np.add(other, more), before=before)
    there, back = (lifts(given, None, pairs=(pair,)).lifts[0] for pair in (TWO, TWO[::-1]))
    if there.difference is None or back.difference is None:
        assert there.refused
        return
    assert there.difference.low <= there.difference.value <= there.difference.high
    assert (there.difference.low, there.difference.value, there.difference.high) == pytest.approx(
        (-back.difference.high, -back.difference.value, -back.difference.low), abs=1e-6
    )
    shifted = lifts(moved, None, pairs=PAIR).lifts[0].difference
    if shifted is not None:
        assert (shifted.low, shifted.high) == pytest.approx((there.difference.low, there.difference.high), abs=1e-5)


@given(st.integers(30, 400), st.integers(30, 400), st.data())
def test_shares_swapped(one: int, other: int, data: st.DataObject) -> None:
    ones = data.draw(st.tuples(st.integers(0, one), st.integers(1, other - 1)))
    given = apart(events(one, ones[0]), events(other, ones[1]))
    there, back = (lifts(given, None, pairs=(pair,)).lifts[0].difference for pair in (TWO, TWO[::-1]))
    assert there is not None
    assert back is not None
    assert (there.low, there.value, there.high) == pytest.approx((-back.high, -back.value, -back.low))
    assert -1 <= there.low <= there.value <= there.high <= 1


@pytest.mark.parametrize("adjusts", [False, True])
@pytest.mark.parametrize("slopes", [(1.0, 1.0), (3.0, 1.0)])
def test_intervals_hold_the_populations_difference_as_often_as_they_say(
    adjusts: bool, slopes: tuple[float, float]
) -> None:
    # 2,000 worlds of 120 customers held out and 600 others, with skewed amounts before of mean e^.5; the effect differs
    # from customer to customer where slopes do. A share of .9, 4 standard errors of .0067, and .01 for skewness.
    rng, held, truth = np.random.default_rng(8), 0, 0.5 + (slopes[0] - slopes[1]) * np.exp(0.5)
    for _ in range(2000):
        before = rng.lognormal(0, 1, 720)
        slope = np.repeat(slopes, (600, 120))
        value = slope * before + np.repeat([0.5, 0.0], (600, 120)) + rng.normal(0, 1, 720)
        given = apart(value[:600], value[600:], before=[before[:600], before[600:]] if adjusts else None)
        _, low, high = only(lifts(given, None, pairs=PAIR))
        held += low <= truth <= high
    assert abs(held / 2000 - 0.9) < 4 * sqrt(0.09 / 2000) + 0.01
