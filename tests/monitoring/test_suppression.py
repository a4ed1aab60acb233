from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitoring.suppression import tellable

FEW = 10


@given(sizes=st.lists(st.integers(1, 60), max_size=12))
def test_what_is_kept_back_cannot_be_found_from_the_rest(sizes: list[int]) -> None:
    shown = tellable(sizes, FEW)
    back = sum(size for size, show in zip(sizes, shown, strict=True) if not show)
    assert all(size >= FEW for size, show in zip(sizes, shown, strict=True) if show)
    assert back == 0 or back >= FEW or not any(shown)


def test_one_small_group_takes_the_smallest_of_the_others_with_it() -> None:
    assert tellable([50, 30, 3], FEW) == [True, False, False]
    assert tellable([50, 30, 3, 8], FEW) == [True, True, False, False]
    assert tellable([50, 30], FEW) == [True, True]
