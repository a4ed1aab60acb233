from math import inf, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decisioning.arm_outcomes import ArmOutcomes, adjusted_mean, plain_mean, seen

ARMS = ("policy", "holdout")
ARM = np.array([0, 0, 0, 0, 1, 1, 1, 1])
VALUE = np.array([1.0, 2.0, 3.0, 6.0, 1.0, 0.0, 1.0, nan])
BEFORE = np.array([10.0, 20.0, 30.0, 60.0, 5.0, nan, 25.0, 20.0])


def test_the_plain_mean_is_the_textbook_one() -> None:
    found = plain_mean(VALUE[:4])
    assert (found.value, found.customers, found.freedom, found.slope) == (3.0, 4, 3, 0.0)
    assert found.variance == pytest.approx(14 / 3 / 4)  # squared distances 4 + 1 + 0 + 9
    assert found.third == pytest.approx((-8 - 1 + 0 + 27) / 64 / 0.75**1.5)


def test_a_line_is_taken_to_the_mean_of_everybody() -> None:
    before = np.array([1.0, 2.0, 3.0, 4.0])
    found = adjusted_mean(10 + 2 * before, before)  # of those with 0 before, as everybody has on average, 10
    assert (found.value, found.slope, found.freedom) == (pytest.approx(10.0), pytest.approx(2.0), 2)
    assert found.variance == pytest.approx(0.0, abs=1e-20)


def test_the_adjusted_error_is_hc2_by_matrices() -> None:
    rng = np.random.default_rng(3)
    before = rng.lognormal(size=40) - 1.5
    values = 3 * before + rng.normal(size=40) * (1 + before**2)
    design = np.column_stack([np.ones(40), before])
    bread = np.linalg.inv(design.T @ design)
    slopes = bread @ design.T @ values
    residual = (values - design @ slopes) ** 2 / (1 - np.einsum("ij,jk,ik->i", design, bread, design))
    found = adjusted_mean(values, before)
    assert (found.value, found.slope) == pytest.approx(tuple(slopes))
    assert found.variance == pytest.approx((bread @ (design.T * residual) @ design @ bread)[0, 0])


def test_what_does_not_vary_adjusts_nothing() -> None:
    assert adjusted_mean(VALUE[:4], np.full(4, -7.0)) == plain_mean(VALUE[:4])


def test_what_is_seen_of_arms() -> None:
    arms, shared = seen(ArmOutcomes(ARMS, ARM, VALUE, BEFORE))
    policy, holdout = arms["policy"], arms["holdout"]
    assert (policy.known, policy.unknown, policy.low, policy.high) == (4, 0, 1.0, 6.0)
    assert (holdout.known, holdout.unknown, holdout.rarest) == (3, 1, 1)
    mean = 170 / 7  # of the seven known before; who is not known counts as average
    away = np.append(BEFORE[~np.isnan(BEFORE)] - mean, 0.0)
    assert shared == pytest.approx(float(np.square(away).sum()) / 8 / 8)
    assert policy.plain is not None
    assert policy.adjusted == adjusted_mean(VALUE[:4], BEFORE[:4] - mean)


def test_without_a_past_nothing_is_adjusted() -> None:
    arms, shared = seen(ArmOutcomes(ARMS, ARM, VALUE))
    assert shared == 0.0
    assert arms["policy"].adjusted is None
    assert arms["policy"].plain == plain_mean(VALUE[:4])


def test_a_past_of_which_nothing_is_known() -> None:
    arms, shared = seen(ArmOutcomes(ARMS, ARM, VALUE, np.full(8, nan)))
    assert shared == 0.0
    assert arms["policy"].adjusted == plain_mean(VALUE[:4])


def test_an_arm_of_hardly_anybody_has_no_mean() -> None:
    arms, _ = seen(ArmOutcomes((*ARMS, "random"), ARM, np.where(ARM == 1, nan, VALUE), BEFORE))
    assert (arms["holdout"].known, arms["holdout"].unknown, arms["holdout"].plain) == (0, 4, None)
    assert (arms["random"].known, arms["random"].unknown, arms["random"].adjusted) == (0, 0, None)


@pytest.mark.parametrize(
    ("value", "binary"),
    [([0, 1, 1, nan], True), ([0, 0, 0, 0], True), ([0, 1, 2, nan], False), ([0.5, 0, 1, 1], False)],
)
def test_binary(value: list[float], binary: bool) -> None:
    assert ArmOutcomes(ARMS, np.array([0, 0, 1, 1]), np.array(value, float)).binary is binary


def test_counts_are_of_all_who_were_assigned() -> None:
    assert ArmOutcomes((*ARMS, "random"), ARM, VALUE).counts() == {"policy": 4, "holdout": 4, "random": 0}


@pytest.mark.parametrize(
    ("arms", "arm", "value", "before", "message"),
    [
        (ARMS, ARM, VALUE[:7], BEFORE[:6], r"value has shape \(7,\); \(8,\) is allowed; before has shape \(6,\)"),
        (("policy", "policy"), ARM, VALUE, None, "the arm policy is named twice; once is allowed"),
        (("policy",), ARM, VALUE, None, "4 of 8 positions of arms are wrong: 0 to 0 is allowed"),
        (
            ARMS,
            ARM,
            np.where(VALUE > 1, inf, VALUE),
            np.where(BEFORE > 20, -inf, BEFORE),
            "3 of 8 outcomes are wrong: .*; 3 of 8 values before are wrong: finite numbers, or NaN",
        ),
    ],
)
def test_problems_are_told_at_once(
    arms: tuple[str, ...], arm: np.ndarray, value: np.ndarray, before: np.ndarray | None, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        ArmOutcomes(arms, arm, value, before)


@given(st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=30), st.floats(-1e3, 1e3), st.floats(0.1, 10))
def test_a_mean_moves_and_stretches_with_its_values(values: list[float], more: float, times: float) -> None:
    before = np.cos(np.arange(len(values)))
    one, other = adjusted_mean(np.array(values), before), adjusted_mean(times * np.array(values) + more, before)
    assert other.value == pytest.approx(times * one.value + more, abs=1e-6)
    assert other.variance == pytest.approx(times**2 * one.variance, rel=1e-6, abs=1e-6)
