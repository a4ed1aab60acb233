from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decisioning.holdout import in_holdout

IDS = st.text(min_size=1, max_size=20)
SHARES = st.floats(0, 1)


def test_golden_members_of_a_fifth() -> None:
    members = [f"c{i}" for i in range(20) if in_holdout(f"c{i}", "tenure-1", 0.2)]
    assert members == ["c3", "c9", "c12", "c13"]


@given(IDS, IDS, SHARES)
def test_sticky(customer_id: str, salt: str, share: float) -> None:
    assert in_holdout(customer_id, salt, share) is in_holdout(customer_id, salt, share)


@given(IDS, IDS, SHARES, SHARES)
def test_a_larger_share_keeps_everyone_a_smaller_one_held(customer_id: str, salt: str, one: float, two: float) -> None:
    small, large = sorted((one, two))
    assert in_holdout(customer_id, salt, large) or not in_holdout(customer_id, salt, small)


@given(IDS, IDS)
def test_the_ends_of_the_scale(customer_id: str, salt: str) -> None:
    assert not in_holdout(customer_id, salt, 0.0)
    assert in_holdout(customer_id, salt, 1.0)


@pytest.mark.parametrize("salt", ["tenure-1", "another"])
@pytest.mark.parametrize("share", [0.01, 0.05, 0.5])
def test_the_share_is_kept(salt: str, share: float) -> None:
    # A count of 40,000 independent draws: 4 standard errors fail a correct hash once in 16,000 choices of salt.
    count = 40_000
    held = sum(in_holdout(str(i), salt, share) for i in range(count))
    assert abs(held / count - share) < 4 * sqrt(share * (1 - share) / count)


def test_salts_draw_independently() -> None:
    # Both hold a half: the expected overlap is a quarter, of standard error sqrt(.25 * .75 / 40,000).
    count = 40_000
    both = sum(in_holdout(str(i), "a", 0.5) and in_holdout(str(i), "b", 0.5) for i in range(count))
    assert abs(both / count - 0.25) < 4 * sqrt(0.25 * 0.75 / count)


def test_salt_and_customer_do_not_run_together() -> None:
    held = [in_holdout(f"1{i}", "a", 0.5) for i in range(64)]
    assert held != [in_holdout(str(i), "a1", 0.5) for i in range(64)]
