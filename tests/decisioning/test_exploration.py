from math import fsum, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decisioning.exploration import Exploration, decision_rng, draw, greedy, selection_probabilities, thompson

COUNTS = st.integers(1, 200)
SHARES = st.floats(0, 1)
ORDER = np.arange(4)


def probabilities_of(count: int, epsilon: float, floor: float) -> list[float]:
    """Of a rule that puts the first of `count` first."""
    shares = np.zeros(count)
    shares[0] = 1.0
    return selection_probabilities(shares, epsilon=epsilon, floor=floor).tolist()


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
    assert probabilities_of(count, epsilon, floor) == pytest.approx(expected, abs=1e-15)


@given(COUNTS, SHARES, SHARES)
def test_they_sum_to_one_and_are_probabilities(count: int, epsilon: float, floor: float) -> None:
    probabilities = probabilities_of(count, epsilon, floor)
    assert len(probabilities) == count
    assert abs(fsum(probabilities) - 1) < 1e-12
    assert all(0 <= p <= 1 for p in probabilities)


@given(COUNTS, SHARES, SHARES)
def test_the_floor_holds_where_it_can_and_the_best_is_never_behind(count: int, epsilon: float, floor: float) -> None:
    best, *others = probabilities_of(count, epsilon, floor)
    rounding = 1e-12  # count is at most 200 additions of an ulp of 1
    assert min([best, *others]) >= min(floor, 1 / count) - rounding
    assert all(best >= p - rounding for p in others)


def test_draws_follow_their_probabilities() -> None:
    # Each count is binomial: 4 standard errors, five cells, fail a correct draw once in 3,000 choices of seed.
    probabilities, count = [0.6, 0.1, 0.1, 0.1, 0.1], 20_000
    rng = np.random.default_rng(1)
    seen = np.bincount([draw(np.array(probabilities), rng) for _ in range(count)], minlength=5) / count
    for share, p in zip(seen, probabilities, strict=True):
        assert abs(share - p) < 4 * sqrt(p * (1 - p) / count)


@given(COUNTS, SHARES, st.integers(0, 2**32))
def test_a_draw_is_a_position_that_can_happen(count: int, epsilon: float, seed: int) -> None:
    probabilities = probabilities_of(count, epsilon, 0.0)
    drawn = draw(np.array(probabilities), np.random.default_rng(seed))
    assert 0 <= drawn < count
    assert probabilities[drawn] > 0


@pytest.mark.parametrize(
    ("probabilities", "expected"),
    [
        ([0.3, 0.3, 0.3], 2),
        ([1 / 3, 1 / 3, 1 / 3 - 1e-15, 0.0], 2),  # what cannot happen does not, though the sum is below 1
        ([0.999, 0.0, 0.0], 0),
    ],
)
def test_a_uniform_number_above_the_rounded_sum_draws_the_last_that_can_happen(
    probabilities: list[float], expected: int
) -> None:
    class Highest(np.random.Generator):
        def random(self, *_: object, **__: object) -> float:  # type: ignore[override]
            return 1 - 2**-53

    assert draw(np.array(probabilities), Highest(np.random.PCG64(0))) == expected


def test_golden_draws_of_one_decision() -> None:
    rng = decision_rng(7, "d-1")
    assert [draw(np.full(4, 0.25), rng) for _ in range(8)] == [1, 2, 3, 1, 0, 2, 3, 1]


@pytest.mark.parametrize("other", [(8, "d-1"), (7, "d-2")])
def test_a_decision_draws_the_same_again_and_another_does_not(other: tuple[int, str]) -> None:
    assert decision_rng(7, "d-1").random(4).tolist() == decision_rng(7, "d-1").random(4).tolist()
    assert decision_rng(7, "d-1").random() != decision_rng(*other).random()


@given(st.lists(SHARES, min_size=1, max_size=30).filter(lambda shares: sum(shares) > 0.01), SHARES, st.floats(0, 0.2))
def test_any_shares_keep_the_floor_and_their_order(given_shares: list[float], epsilon: float, floor: float) -> None:
    shares = np.array(given_shares) / sum(given_shares)
    mixed = selection_probabilities(shares, epsilon=epsilon, floor=floor)
    assert abs(fsum(mixed) - 1) < 1e-12
    assert mixed.min() >= min(floor, 1 / len(shares)) - 1e-12
    assert (np.diff(mixed[np.argsort(shares, kind="stable")]) >= -1e-12).all()


@pytest.mark.parametrize(
    ("values", "order", "expected"),
    [([1.0, 3.0, 2.0, 0.0], ORDER, 1), ([1.0, 1.0, 1.0, 1.0], np.array([3, 2, 1, 0]), 3), ([0.0], np.array([0]), 0)],
)
def test_greedy_takes_the_best_and_settles_ties_by_order(values: list[float], order: np.ndarray, expected: int) -> None:
    assert np.flatnonzero(greedy(np.array(values), order)).tolist() == [expected]


def test_thompson_shares_are_counts_of_members() -> None:
    draws = np.array([[0.0, 0.0, 0.0, 0.0], [0.0, 2.0, 0.0, 0.0], [0.0, 0.0, -9.0, 9.0], [-1.0, 0.0, 0.0, 0.0]])
    errors = np.array([1.0, 1.0, 1.0, 0.0])
    # Best by member: the first; the second, 1.5 + 2; the first, as the last has no error; the second, 1.5 against 1.
    assert thompson(np.array([2.0, 1.5, 1.0, 0.0]), errors, draws, ORDER).tolist() == [0.5, 0.5, 0.0, 0.0]


def test_thompson_settles_ties_by_order() -> None:
    values, known = np.array([1.0, 1.0, 0.0]), np.zeros(3)
    assert thompson(values, known, np.ones((4, 3)), np.array([2, 1, 0])).tolist() == [0.0, 1.0, 0.0]


def test_with_nothing_but_nothing_thompson_is_certain() -> None:
    assert thompson(np.zeros(1), np.zeros(1), np.zeros((10, 1)), np.zeros(1, np.intp)).tolist() == [1.0]


@given(st.integers(1, 6), st.integers(1, 40), st.integers(0, 1000))
def test_thompson_is_the_plain_count_of_members(count: int, members: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    values, errors = rng.integers(-2, 3, count).astype(float), rng.integers(0, 2, count).astype(float)
    draws, order = rng.integers(-2, 3, (members, count)).astype(float), rng.permutation(count)
    first = [min(range(count), key=lambda at: (-(values + one * errors)[at], order[at])) for one in draws]
    shares = thompson(values, errors, draws, order)
    assert (shares * members).round(9).tolist() == [first.count(at) for at in range(count)]


def test_thompson_explores_as_much_as_is_not_known() -> None:
    # Two normal beliefs with means 1 apart and errors of 1: P(the second is better) = Phi(-1 / sqrt 2) = .240.
    draws = Exploration("thompson", members=20_000, seed=1).draws(2)
    shares = thompson(np.array([1.0, 0.0]), np.array([1.0, 1.0]), draws, np.arange(2))
    assert abs(shares[1] - 0.2398) < 4 * sqrt(0.24 * 0.76 / 20_000)
    sure = thompson(np.array([1.0, 0.0]), np.zeros(2), draws, np.arange(2))
    assert sure.tolist() == [1.0, 0.0]


def test_an_ensemble_is_the_same_for_a_seed() -> None:
    one, same, other = (Exploration("thompson", members=10, seed=seed).draws(3) for seed in (7, 7, 8))
    assert (one == same).all()
    assert not (one == other).any()
