from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from monitoring.journeys.paths import LONGEST, Paths
from monitoring.journeys.removal import effects, removals

AS_OF = datetime(2024, 11, 1, tzinfo=UTC)
# Customers by journey: (touchpoints, stayed, left).
JOURNEYS = (("AB", 4, 0), ("A", 0, 2), ("B", 0, 2), ("BA", 2, 0))
# A world of twelve journeys: (touchpoints, share of customers, chance of staying).
WORLD = (
    ("A", 0.15, 0.6), ("B", 0.12, 0.3), ("C", 0.08, 0.8), ("AB", 0.1, 0.5), ("BA", 0.1, 0.7), ("AC", 0.08, 0.9),
    ("CA", 0.07, 0.4), ("BC", 0.06, 0.6), ("CB", 0.06, 0.2), ("ABA", 0.08, 0.7), ("CAB", 0.06, 0.5), ("ABC", 0.04, 0.9),
)  # fmt: skip


def made(journeys: list[str], stayed: np.ndarray, left: np.ndarray) -> Paths:
    names = sorted(set("".join(journeys)))
    steps = [[-1] * (LONGEST - len(one)) + [names.index(step) for step in one] for one in journeys]
    return Paths(AS_OF, tuple(names), np.array(steps, dtype=np.int64), stayed.astype(int), left.astype(int))


def drawn(customers: int, rng: np.random.Generator) -> Paths:
    many = rng.multinomial(customers, [share for _, share, _ in WORLD])
    stayed = rng.binomial(many, [chance for *_, chance in WORLD])
    return made([one for one, *_ in WORLD], stayed, many - stayed)


def test_the_chain_worked_out_by_hand() -> None:
    """From A half go to B, a quarter stays, a quarter leaves; from B a quarter goes to A, half stay.

    6 of 10 start with A: stays(A) = 1/4 + 1/2 stays(B) = 4/7, stays(B) = 1/2 + 1/4 stays(A) = 9/14, in all 6/10.
    Without A it is 4/10 * 1/2 = 1/5, a fall by 2/3; without B it is 6/10 * 1/4 = 3/20, a fall by 3/4.
    """
    journeys, stayed, left = zip(*JOURNEYS, strict=True)
    found = removals(
        made(list(journeys), np.array(stayed), np.array(left)), 1, resamples=50, rng=np.random.default_rng(1)
    )
    assert [(one.touchpoint, one.stayed.count, one.stayed.of) for one in found] == [("B", 6, 8), ("A", 6, 8)]
    assert [one.effect.value for one in found] == pytest.approx([3 / 4, 2 / 3])
    assert all(one.effect.low < one.effect.value < one.effect.high for one in found)


def test_the_effect_is_that_of_a_second_chain_without_the_touchpoint() -> None:
    rng = np.random.default_rng(2)
    counts = rng.integers(1, 50, (7, 7)).astype(float)
    counts[:, 0] = 0  # nothing comes back to the start
    np.fill_diagonal(counts, 0)

    def stays(shares: np.ndarray) -> float:
        return float(np.linalg.solve(np.eye(5) - shares[:, :5], shares[:, 5])[0])

    shares = counts[:5] / counts[:5].sum(axis=1, keepdims=True)
    for touchpoint in range(1, 5):
        without = shares.copy()
        without[:, touchpoint] = 0  # what came to it leaves, so no longer stays
        assert effects(counts)[touchpoint - 1] == pytest.approx(1 - stays(without) / stays(shares))


def test_many_chains_are_solved_as_one_by_one() -> None:
    counts = np.random.default_rng(3).integers(1, 9, (4, 5, 5)).astype(float)
    counts[..., 0] = 0
    assert effects(counts) == pytest.approx(np.stack([effects(one) for one in counts]))


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    """200 samples of 400 customers: at 95% an interval misses 10 times; 22 are four standard errors more."""
    rng, many = np.random.default_rng(4), 10**9
    exact = np.array([share for _, share, _ in WORLD]) * many
    chances = np.array([chance for *_, chance in WORLD])
    truth = made([one for one, *_ in WORLD], exact * chances, exact * (1 - chances))
    value = {one.touchpoint: one.effect.value for one in removals(truth, 1, resamples=1, rng=rng)}
    missed = dict.fromkeys(value, 0)
    for _ in range(200):
        for one in removals(drawn(400, rng), 1, resamples=200, rng=rng):
            missed[one.touchpoint] += not one.effect.low <= value[one.touchpoint] <= one.effect.high
    assert all(1 <= count <= 22 for count in missed.values()), missed


def test_too_few_are_not_told() -> None:
    """Four stayed with A in their journey, none with C, whose journeys are of three."""
    found = made(["A", "C"], np.array([4, 0]), np.array([1, 3]))
    rng = np.random.default_rng(5)
    assert [one.touchpoint for one in removals(found, 4, resamples=10, rng=rng)] == ["A"]
    assert removals(found, 5, resamples=10, rng=rng) == ()


def test_a_touchpoint_that_nobody_who_stayed_met_has_no_effect() -> None:
    found = made(["A", "C"], np.array([4, 0]), np.array([1, 3]))
    effect = {one.touchpoint: one.effect for one in removals(found, 1, resamples=50, rng=np.random.default_rng(6))}
    assert (effect["C"].value, effect["C"].low, effect["C"].high) == (0, 0, 0)
    assert (effect["A"].value, effect["A"].low, effect["A"].high) == (1, 1, 1)


def test_the_same_seed_gives_the_same_intervals() -> None:
    found = drawn(300, np.random.default_rng(7))
    first, again = (removals(found, 1, resamples=45, rng=np.random.default_rng(8)) for _ in range(2))
    assert first == again
