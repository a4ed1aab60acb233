from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decisioning.arms import MEASURING, Arm, Arms

IDS = st.text(min_size=1, max_size=20)
SHARES = st.floats(0, 1)
FIVE = Arms("tenure-1", {"holdout": 0.2, "random": 0.1, "acceptance": 0.1, "no_levers": 0.05})
COUNT = 40_000


def test_golden_members() -> None:
    members = {arm: [f"c{i}" for i in range(24) if FIVE.of(f"c{i}") == arm] for arm in ("policy", *MEASURING)}
    assert {arm: members[arm] for arm in MEASURING} == {
        "holdout": ["c2", "c9", "c14"],
        "random": ["c3", "c8", "c11", "c23"],
        "acceptance": ["c4", "c17"],
        "no_levers": ["c10"],
    }


@given(IDS, IDS, SHARES, SHARES)
def test_a_larger_holdout_keeps_everyone_a_smaller_one_held(customer: str, salt: str, one: float, two: float) -> None:
    small, large = sorted((one, two))
    held = Arms(salt, {"holdout": small}).of(customer) == "holdout"
    assert Arms(salt, {"holdout": large}).of(customer) == "holdout" or not held


@given(IDS, IDS, st.floats(0, 0.4), st.floats(0, 0.4), st.sampled_from(MEASURING))
def test_an_arm_that_grows_keeps_its_own_and_those_of_the_arms_before_it(
    customer: str, salt: str, one: float, two: float, arm: Arm
) -> None:
    small, large = sorted((one, two))
    others = {name: 0.1 for name in MEASURING if name != arm}
    before, after = (Arms(salt, {**others, arm: share}).of(customer) for share in (small, large))
    place = (*MEASURING, "policy").index
    assert place(after) <= place(before)
    assert after == before or place(after) >= place(arm)


def test_a_sum_that_rounds_to_above_1_leaves_the_policy_no_share_below_0() -> None:
    arms = Arms("s", {"holdout": 0.7, "random": 0.1, "acceptance": 0.2, "no_levers": 1e-9})
    assert arms.share("policy") == 0.0


@given(IDS, IDS, st.sampled_from(MEASURING))
def test_an_arm_with_all_of_the_share_has_everybody(customer: str, salt: str, arm: Arm) -> None:
    assert Arms(salt, {arm: 1.0}).of(customer) == arm


@given(IDS, IDS)
def test_the_ends_of_the_scale(customer: str, salt: str) -> None:
    assert Arms(salt).of(customer) == "policy"
    assert Arms(salt, {"holdout": 1.0}).of(customer) == "holdout"
    assert Arms(salt, {"holdout": 0.5, "random": 0.5}).of(customer) in ("holdout", "random")


@pytest.mark.parametrize("salt", ["tenure-1", "another"])
def test_the_shares_are_kept(salt: str) -> None:
    # Counts of 40,000 independent draws: 4 standard errors fail a correct hash once in 3,000 choices of salt.
    arms = Arms(salt, FIVE.shares)
    seen = [arms.of(str(i)) for i in range(COUNT)]
    for arm in ("policy", *MEASURING):
        share = arms.share(arm)
        assert abs(seen.count(arm) / COUNT - share) < 4 * sqrt(share * (1 - share) / COUNT)
    assert sum(arms.share(arm) for arm in ("policy", *MEASURING)) == pytest.approx(1.0)


def test_salts_draw_independently() -> None:
    one, other = Arms("a", {"holdout": 0.5}), Arms("b", {"holdout": 0.5})
    both = sum(one.of(str(i)) == other.of(str(i)) == "holdout" for i in range(COUNT))
    assert abs(both / COUNT - 0.25) < 4 * sqrt(0.25 * 0.75 / COUNT)
