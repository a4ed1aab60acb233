from math import exp, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decisioning.sample_ratio import LEAST_EXPECTED, LOOK_AT, SampleRatio, sample_ratio

SHARES = {"policy": 0.6, "random": 0.1, "acceptance": 0.1, "no_levers": 0.1, "holdout": 0.1}


def found(*observed: int) -> SampleRatio:
    return sample_ratio(dict(zip(SHARES, observed, strict=True)), SHARES)


@pytest.mark.parametrize(
    ("observed", "squared", "fails", "impossible"),
    [
        ((6000, 1000, 1000, 1000, 1000), 0.0, False, False),
        ((6030, 1030, 970, 1000, 970), 0.15 + 0.9 + 0.9 + 0.9, False, False),
        ((6100, 1000, 1000, 1000, 900), 10 / 6 + 10, False, False),
        ((6130, 1000, 1000, 1000, 870), 16.9 / 6 + 16.9, True, False),
        ((6180, 1000, 1000, 1000, 820), 5.4 + 32.4, True, True),
    ],
)
def test_chi_square(observed: tuple[int, ...], squared: float, fails: bool, impossible: bool) -> None:
    ratio = found(*observed)
    assert ratio.test == "chi-square"
    assert ratio.p_value == pytest.approx(exp(-squared / 2) * (1 + squared / 2))  # on 4 degrees of freedom
    assert (ratio.fails, ratio.impossible) == (fails, impossible)


@pytest.mark.parametrize(
    ("observed", "p_value", "fails"),
    [
        ((60, 10, 10, 10, 10), 1.0, False),
        ((20, 0, 0, 0, 0), 5 * 2 * 0.6**20, True),
        ((0, 0, 0, 0, 3), 5 * 2 * 0.1**3, False),
        ((0, 0, 0, 0, 0), 1.0, False),
    ],
)
def test_few_customers(observed: tuple[int, ...], p_value: float, fails: bool) -> None:
    ratio = found(*observed)
    assert ratio.test == "exact"
    assert ratio.p_value == pytest.approx(p_value)
    assert ratio.fails is fails


def test_the_exact_probability_is_the_binomial_of_the_worst_arm() -> None:
    ratio = sample_ratio({"policy": 6, "holdout": 4}, {"policy": 0.9, "holdout": 0.1})
    chance = 1 - sum(c * 0.1**k * 0.9 ** (10 - k) for k, c in enumerate([1, 10, 45, 120]))  # 4 or more of 10
    assert ratio.p_value == pytest.approx(2 * 2 * chance)  # two sides, two arms


def test_chi_square_needs_customers_in_the_smallest_arm() -> None:
    enough = round(LEAST_EXPECTED / 0.1)
    assert found(enough * 6 // 10, *[enough // 10] * 4).test == "chi-square"
    assert found(enough * 6 // 10 - 10, *[enough // 10] * 4).test == "exact"


@pytest.mark.parametrize(("holdout", "fails"), [(0, False), (1, True)])
def test_an_arm_without_share_holds_nobody(holdout: int, fails: bool) -> None:
    ratio = sample_ratio(
        {"policy": 5000, "random": 5000, "holdout": holdout}, {"policy": 0.5, "random": 0.5, "holdout": 0}
    )
    assert ratio.fails is fails
    assert len(ratio.arms) == 2 + holdout


def test_it_is_said_what_to_look_at() -> None:
    assert str(found(6000, 1000, 1000, 1000, 1000)) == (
        "customers per arm fit the shares (chi-square p 1; a sound assignment is doubted 0.1% of the time)"
    )
    ratio = found(6180, 1000, 1000, 1000, 820)
    assert ratio.worst.arm == "holdout"
    assert str(ratio) == (
        "customers per arm do not fit the shares (chi-square p 1.2e-07; a sound assignment is doubted 0.1% of the "
        "time): holdout has 820 where 1,000 were expected; look at " + "; ".join(LOOK_AT)
    )


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(ValueError, match="holdout has customers and no share; shares are given for a, b") as raised:
        sample_ratio({"holdout": 5, "a": -1}, {"a": 1.5, "b": 0.2})
    assert str(raised.value).split("; ")[2:] == [
        "a has -1 customers",
        "0 or more is allowed",
        "the share of a is 1.5",
        "0 to 1 is allowed",
        "the shares sum to 1.7",
        "1 is allowed",
    ]


@pytest.mark.parametrize("shares", [(0.6, 0.1, 0.1, 0.1, 0.1), (0.9, 0.025, 0.025, 0.025, 0.025), (0.5, 0.5)])
def test_p_values_are_even_under_a_sound_assignment(shares: tuple[float, ...]) -> None:
    # 20,000 assignments of 4,000 customers: the share of p-values up to each bound is binomial, 4 standard errors; the
    # counts are whole numbers, so that with two arms a step of the p-values, up to .013, comes on top.
    named = {f"arm {place}": share for place, share in enumerate(shares)}
    drawn = np.random.default_rng(1).multinomial(4000, shares, 20_000)
    p = np.array([sample_ratio(dict(zip(named, row, strict=True)), named).p_value for row in drawn.tolist()])
    for bound in (0.1, 0.5, 0.9):
        step = 0.013 if len(shares) == 2 else 0.002
        assert abs((p <= bound).mean() - bound) < 4 * sqrt(bound * (1 - bound) / 20_000) + step


@pytest.mark.parametrize(
    ("customers", "shares"),
    [
        (60, (0.6, 0.1, 0.1, 0.1, 0.1)),  # exact
        (500, (0.6, 0.1, 0.1, 0.1, 0.1)),  # chi-square at its smallest
        (5000, (0.96, 0.01, 0.01, 0.01, 0.01)),
    ],
)
def test_sound_assignments_are_doubted_as_seldom_as_stated(customers: int, shares: tuple[float, ...]) -> None:
    # 20,000 assignments at .001, or 1.2 times that at the smallest counts: 24 alarms, and 44 are four errors more.
    named = {f"arm {place}": share for place, share in enumerate(shares)}
    drawn = np.random.default_rng(2).multinomial(customers, shares, 20_000)
    fails = sum(sample_ratio(dict(zip(named, row, strict=True)), named).fails for row in drawn.tolist())
    assert fails < 44


@given(st.lists(st.integers(0, 3000), min_size=5, max_size=5))
def test_p_values_are_probabilities_and_arms_keep_their_order(observed: list[int]) -> None:
    ratio = found(*observed)
    assert 0.0 <= ratio.p_value <= 1.0
    assert [one.arm for one in ratio.arms] == list(SHARES)
    assert sum(one.expected for one in ratio.arms) == pytest.approx(sum(observed))


@given(st.permutations(list(SHARES)))
def test_the_order_of_arms_does_not_matter(order: list[str]) -> None:
    counts = dict(zip(SHARES, (5900, 1030, 1020, 1010, 1040), strict=True))
    shuffled = sample_ratio(counts, {arm: SHARES[arm] for arm in order})
    assert shuffled.p_value == pytest.approx(found(*counts.values()).p_value)
