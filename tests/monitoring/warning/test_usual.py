"""What is usual: a limit that ordinary spans pass once in forty."""

from __future__ import annotations

import numpy as np
import pytest

from monitoring.warning.usual import usual
from monitoring.warning.watch import Span
from tests.monitoring.warning.watching import span


def spans(counts: list[int], of: int = 100) -> list[Span]:
    return [span([0.2] * many + [0.0] * (of - many), ago) for ago, many in enumerate(counts, 1)]


def test_the_limit_is_students_for_one_more_span() -> None:
    """Shares .06, .10, .14: mean .1, deviation .04; t of 2 degrees is 4.3027; 4.3027 x .04 x sqrt(4 / 3) = .1987."""
    found = usual(spans([6, 10, 14]), 0.1, 100_000)
    assert found is not None
    assert (found.share, found.most) == pytest.approx((0.1, 0.1 + 0.1987), abs=1e-4)


def test_spans_that_are_alike_by_luck_leave_chance_its_room() -> None:
    found = usual(spans([10, 10, 10, 10]), 0.1, 100)
    assert found is not None
    assert found.most is not None
    assert found.most > 0.1 + 3.18 * 0.03  # binomial: sqrt(.1 x .9 / 100) = .03


def test_where_nobody_ever_rose_one_customer_is_no_alarm() -> None:
    found = usual(spans([0] * 6), 0.1, 100)
    assert found is not None
    assert found.most is not None
    assert found.most > 0.01


@pytest.mark.parametrize("earlier", [[], [span([])], [span([np.nan])]], ids=["none", "empty", "all null"])
def test_without_spans_nothing_is_usual(earlier: list[Span]) -> None:
    assert usual(earlier, 0.1, 100) is None


@pytest.mark.parametrize("share_sd", [0.0, 0.02], ids=["chance alone", "spans differ"])
def test_ordinary_spans_pass_the_limit_once_in_forty(share_sd: float) -> None:
    """2,000 worlds of seven spans; three standard errors of .025 are .0105. The floor only makes it rarer."""
    rng, worlds, customers = np.random.default_rng(4), 2000, 400
    passed = 0
    for _ in range(worlds):
        shares = np.clip(rng.normal(0.1, share_sd, 7), 0.0, 1.0)
        newest, *before = rng.binomial(customers, shares).tolist()
        found = usual(spans(before, customers), 0.1, customers)
        assert found is not None
        passed += newest / customers > (found.most or 1.0)
    assert passed / worlds < 0.025 + 0.0105
    assert share_sd == 0.0 or passed / worlds > 0.025 - 0.0125
