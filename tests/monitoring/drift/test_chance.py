from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon
from scipy.stats import binom, wasserstein_distance

from monitoring.columns import Pair
from monitoring.drift.chance import distances, family_thresholds, thresholds

NAN = float("nan")


def number(reference: list[float] | np.ndarray, current: list[float] | np.ndarray, name: str = "x") -> Pair:
    return Pair(name, "number", np.array(reference, dtype=float), np.array(current, dtype=float))


def category(reference: list[object] | np.ndarray, current: list[object] | np.ndarray, name: str = "k") -> Pair:
    return Pair(name, "category", np.array(reference, dtype=object), np.array(current, dtype=object))


@pytest.mark.parametrize(
    ("pair", "expected"),
    [
        (number([0, 2], [1, 3]), 1.0),  # every unit moves by 1, the reference's sd is 1
        (number([0, 2, NAN], [1, NAN, 3]), 1.0),
        (number([5, 5], [5, 6]), 0.5 / 0.001),  # a constant reference: Evidently's floor under the sd
        (number([0, 2], [0, 2]), 0.0),
        (category(["a", "b"], ["a", "b"]), 0.0),
        (category(["a", "a"], ["b", None]), np.sqrt(np.log(2))),  # disjoint: the largest value, natural logarithm
        (category(["a", "b"], ["a", "a"]), jensenshannon([0.5, 0.5], [1, 0])),
    ],
)
def test_distances_by_hand(pair: Pair, expected: float) -> None:
    truth = np.array([[False] * len(pair.reference) + [True] * len(pair.current)])
    assert distances(pair, truth) == pytest.approx([expected])


def test_every_deal_equals_scipy_on_its_two_sides() -> None:
    rng = np.random.default_rng(0)
    pair = number(rng.normal(size=40).round(1), rng.normal(size=25).round(1))  # rounded: ties
    pooled = np.concatenate([pair.reference, pair.current])
    deals = rng.permuted(np.tile(np.arange(65) >= 40, (20, 1)), axis=1)
    expected = [wasserstein_distance(pooled[~d], pooled[d]) / pooled[~d].std() for d in deals]
    assert distances(pair, deals) == pytest.approx(expected)


def test_the_family_threshold_is_crossed_by_alpha_of_the_deals() -> None:
    by_chance = np.random.default_rng(1).exponential([1.0, 50.0, 0.01], size=(999, 3))
    crossed = (by_chance >= family_thresholds(by_chance[:200], by_chance, 0.05)).any(axis=1).sum()
    assert crossed == 49  # of 999 deals and the truth, 50 = 5% may be this far out; the truth is the fiftieth


def test_a_column_that_cannot_vary_has_a_threshold_above_its_value() -> None:
    by_chance = np.column_stack([np.zeros(99), np.random.default_rng(0).random(99)])
    assert family_thresholds(by_chance, by_chance, 0.05)[0] > 0


def test_no_column_no_threshold() -> None:
    assert thresholds([], alpha=0.05, permutations=99, rng=np.random.default_rng(0)) == {}


def _family(rng: np.random.Generator, shift: float = 0.0) -> list[Pair]:
    """Correlated and skewed numbers with nulls, a flag, and categories of 3 and of 100 levels, 300 rows to 200."""
    common = rng.normal(size=500)
    skewed = np.exp(common + rng.normal(size=500))
    skewed[300:] *= np.exp(shift)
    normal = np.where(rng.random(500) < 0.2, np.nan, common + rng.normal(size=500))
    flag = (rng.random(500) < 0.1).astype(float)
    few, many = rng.choice(list("abc"), 500).astype(object), rng.integers(100, size=500).astype(str).astype(object)
    numbers = [
        number(values[:300], values[300:], name) for name, values in zip("snf", (skewed, normal, flag), strict=True)
    ]
    return [*numbers, category(few[:300], few[300:], "few"), category(many[:300], many[300:], "many")]


def _alarms(runs: int, world, shift: float = 0.0, seed: int = 3) -> int:
    rng = np.random.default_rng(seed)
    alarms = 0
    for _ in range(runs):
        family = _family(rng, shift)
        limits = thresholds(family, alpha=0.05, permutations=99, rng=rng)
        alarms += any(world.distance(pair) >= limits[pair.name] for pair in family)
    return alarms


def test_false_alarms_of_the_whole_family_come_at_the_stated_rate(world) -> None:
    """200 undrifted families of five columns; a count of Binomial(200, .05) is in 2..21 in 998 of 1,000 seeds."""
    alarms = _alarms(200, world)
    assert binom.ppf(1e-3, 200, 0.05) <= alarms <= binom.ppf(1 - 1e-3, 200, 0.05)


def test_a_shift_of_one_standard_deviation_is_found(world) -> None:
    """On the log scale the shift of 1.4 is 1 sd: 11 standard errors at 300 rows to 200."""
    assert _alarms(20, world, shift=1.4) == 20


def _weeks(rng: np.random.Generator, unrest: float, rows: int = 150, past: int = 12) -> tuple[Pair, np.ndarray]:
    """Twelve weeks and one more, each with a level of its own; nothing else differs."""
    levels = unrest * rng.normal(size=past + 1)
    reference = np.concatenate([rng.normal(level, 1.0, rows) for level in levels[:-1]])
    return number(reference, rng.normal(levels[-1], 1.0, rows)), np.repeat(np.arange(past), rows)


@pytest.mark.parametrize(("unrest", "before"), [(0.0, False), (0.15, True)])
def test_weeks_that_differ_anyway_are_no_drift(world, unrest: float, *, before: bool) -> None:
    """At a stated 5%, 200 runs: where weeks differ, dealing rows alone alarms in a third; twelve windows tell nearly.

    Their variance is an estimate itself: the rate is held to 8%.
    """
    rng = np.random.default_rng(7)
    alarms = {"rows": 0, "windows": 0}
    for _ in range(200):
        column, windows = _weeks(rng, unrest)
        for name, given in (("rows", None), ("windows", windows)):
            (limit,) = thresholds([column], alpha=0.05, permutations=99, rng=rng, windows=given).values()
            alarms[name] += world.distance(column) >= limit
    assert (alarms["rows"] > binom.ppf(0.999, 200, 0.05)) == before
    assert alarms["windows"] <= binom.ppf(0.999, 200, 0.08)


def test_a_shift_is_found_through_the_unrest_of_weeks(world) -> None:
    rng = np.random.default_rng(8)
    found = 0
    for _ in range(50):
        column, windows = _weeks(rng, 0.1)
        shifted = number(column.reference, column.current + 0.6)
        (limit,) = thresholds([shifted], alpha=0.05, permutations=99, rng=rng, windows=windows).values()
        found += world.distance(shifted) >= limit
    assert found >= 45


def test_a_skewed_column_does_not_hide_what_happens_to_another(world) -> None:
    """The family's critical value is that of its most skewed column; what few weeks leave in doubt is not."""
    rng, found = np.random.default_rng(12), 0
    for _ in range(40):
        column, windows = _weeks(rng, 0.1)
        shifted = number(column.reference, column.current + 0.7, "shifted")
        skewed = (np.exp(3 * rng.normal(size=(5, len(side)))) for side in (column.reference, column.current))
        others = [number(*sides, name) for *sides, name in zip(*skewed, "abcde", strict=True)]
        limits = thresholds([shifted, *others], alpha=0.05, permutations=99, rng=rng, windows=windows)
        found += world.distance(shifted) >= limits["shifted"]
    assert found >= 32


def test_few_windows_tell_nothing(world) -> None:
    column, windows = _weeks(np.random.default_rng(9), 0.5, past=3)
    told = [
        thresholds([column], alpha=0.05, permutations=99, rng=np.random.default_rng(0), windows=given)["x"]
        for given in (None, windows)
    ]
    assert told[0] == told[1]


@pytest.mark.parametrize("there", [3, 9])
def test_a_column_that_came_late_is_judged_by_the_weeks_that_have_it(there: int) -> None:
    """Of twelve weeks it is in the last `there`: too few to tell, or enough."""
    column, windows = _weeks(np.random.default_rng(11), 0.5)
    late = replace(column, reference=np.where(windows >= 12 - there, column.reference, np.nan))
    told = [
        thresholds([late], alpha=0.05, permutations=99, rng=np.random.default_rng(0), windows=given)["x"]
        for given in (None, windows)
    ]
    assert np.isfinite(told).all()
    assert (told[1] > told[0]) == (there >= 4)


@pytest.mark.parametrize("tails", ["light", "heavy"])
def test_many_different_numbers_are_grouped_without_harm(tails: str) -> None:
    rng = np.random.default_rng(5)
    draw = rng.normal if tails == "light" else lambda size: rng.standard_t(2, size)
    column = Pair("amount", "number", draw(size=6_000), draw(size=6_000))
    deals = rng.permuted(np.tile(np.arange(12_000) >= 6_000, (40, 1)), axis=1)
    both = np.concatenate([column.reference, column.current])
    exact = [wasserstein_distance(both[~deal], both[deal]) / both[~deal].std() for deal in deals]
    assert distances(column, deals) == pytest.approx(exact, rel=0.005)
    assert float(distances(column, deals).mean()) == pytest.approx(np.mean(exact), rel=0.0005)
