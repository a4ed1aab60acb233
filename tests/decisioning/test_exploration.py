from math import fsum, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decisioning.exploration import decision_rng, draw, selection_probabilities

COUNTS = st.integers(1, 200)
SHARES = st.floats(0, 1)


@pytest.mark.parametrize(
    ("count", "epsilon", "floor", "expected"),
    [
        (1, 0.5, 0.1, [1.0]),  # nothing alone is certain
        (4, 0.0, 0.0, [1.0, 0.0, 0.0, 0.0]),  # greedy
        (4, 0.2, 0.0, [0.85, 0.05, 0.05, 0.05]),  # 1 - epsilon + epsilon / n, and epsilon / n
        (4, 0.2, 0.1, [0.7, 0.1, 0.1, 0.1]),  # the floor lifts
        (4, 1.0, 0.0, [0.25, 0.25, 0.25, 0.25]),
        (4, 0.0, 0.5, [0.25, 0.25, 0.25, 0.25]),  # a floor that cannot be held: even
    ],
)
def test_probabilities(count: int, epsilon: float, floor: float, expected: list[float]) -> None:
    assert selection_probabilities(count, epsilon=epsilon, floor=floor) == pytest.approx(expected, abs=1e-15)


@given(COUNTS, SHARES, SHARES)
def test_they_sum_to_one_and_are_probabilities(count: int, epsilon: float, floor: float) -> None:
    probabilities = selection_probabilities(count, epsilon=epsilon, floor=floor)
    assert len(probabilities) == count
    assert abs(fsum(probabilities) - 1) < 1e-12
    assert all(0 <= p <= 1 for p in probabilities)


@given(COUNTS, SHARES, SHARES)
def test_the_floor_holds_where_it_can_and_the_best_is_never_behind(count: int, epsilon: float, floor: float) -> None:
    best, *others = selection_probabilities(count, epsilon=epsilon, floor=floor)
    rounding = 1e-12  # count is at most 200 additions of an ulp of 1
    assert min([best, *others]) >= min(floor, 1 / count) - rounding
    assert all(best >= p - rounding for p in others)


def test_draws_follow_their_probabilities() -> None:
    # Each count is binomial: 4 standard errors, five cells, fail a correct draw once in 3,000 choices of seed.
    probabilities, count = [0.6, 0.1, 0.1, 0.1, 0.1], 20_000
    rng = np.random.default_rng(1)
    seen = np.bincount([draw(probabilities, rng) for _ in range(count)], minlength=5) / count
    for share, p in zip(seen, probabilities, strict=True):
        assert abs(share - p) < 4 * sqrt(p * (1 - p) / count)


@given(COUNTS, SHARES, st.integers(0, 2**32))
def test_a_draw_is_a_position_that_can_happen(count: int, epsilon: float, seed: int) -> None:
    probabilities = selection_probabilities(count, epsilon=epsilon, floor=0.0)
    drawn = draw(probabilities, np.random.default_rng(seed))
    assert 0 <= drawn < count
    assert probabilities[drawn] > 0


def test_a_uniform_number_above_the_rounded_sum_draws_the_last() -> None:
    class Highest(np.random.Generator):
        def random(self, *_: object, **__: object) -> float:  # type: ignore[override]
            return 1 - 2**-53

    assert draw([0.3, 0.3, 0.3], Highest(np.random.PCG64(0))) == 2


def test_golden_draws_of_one_decision() -> None:
    rng = decision_rng(7, "d-1")
    assert [draw([0.25] * 4, rng) for _ in range(8)] == [1, 2, 3, 1, 0, 2, 3, 1]


@pytest.mark.parametrize("other", [(8, "d-1"), (7, "d-2")])
def test_a_decision_draws_the_same_again_and_another_does_not(other: tuple[int, str]) -> None:
    assert decision_rng(7, "d-1").random(4).tolist() == decision_rng(7, "d-1").random(4).tolist()
    assert decision_rng(7, "d-1").random() != decision_rng(*other).random()
