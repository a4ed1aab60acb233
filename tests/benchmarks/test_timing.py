from __future__ import annotations

import pytest

from benchmarks.timing import Compared, compare, seconds


def test_the_ratio_is_the_median_of_the_rounds_and_not_of_the_sides() -> None:
    # A slow second round slows both sides alike: its ratio is that of the others.
    compared = Compared(ours=(2.0, 20.0, 2.2), floor=(1.0, 10.0, 1.0))
    assert compared.ratio == pytest.approx(2.0)
    assert (compared.ours_seconds, compared.floor_seconds) == (2.2, 1.0)
    assert compared.spread == "rounds' ratios of seconds from 2.00 to 2.20"


def test_rounds_alternate_who_goes_first_after_one_untimed_turn() -> None:
    called: list[str] = []
    compared = compare(lambda: called.append("ours"), lambda: called.append("floor"), rounds=2)
    assert called == ["ours", "floor", "ours", "floor", "floor", "ours"]
    assert len(compared.ours) == len(compared.floor) == 2


def test_without_a_warm_up_every_turn_is_timed() -> None:
    called: list[str] = []
    compare(lambda: called.append("ours"), lambda: called.append("floor"), rounds=1, warm=False)
    assert called == ["ours", "floor"]


def test_seconds_are_of_one_call() -> None:
    called: list[int] = []
    assert seconds(lambda: called.append(1)) >= 0
    assert called == [1]
