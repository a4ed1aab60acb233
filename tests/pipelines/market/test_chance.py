"""Coupled draws follow their distributions, and take the same luck whatever the rates."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from pipelines.market.chance import Coupled
from pipelines.market.engine import Market, nothing
from pipelines.market.traits import Traits

ROWS = 20_000


def coupled(seed: int = 1) -> Coupled:
    return Coupled(np.random.default_rng(seed))


@pytest.mark.parametrize("rate", [0.0, 0.05, 1.8, 7.0, 40.0])
def test_poisson_numbers_are_the_quantiles_of_their_rate(rate: float) -> None:
    found = coupled().poisson(np.full(ROWS, rate))
    u = np.random.default_rng(1).random(ROWS)
    assert np.array_equal(found, stats.poisson.ppf(u, rate).clip(min=0.0))


@pytest.mark.parametrize(("trials", "chance"), [(0, 0.3), (1, 0.3), (6, 0.04), (9, 0.8)])
def test_binomial_numbers_are_the_quantiles_of_their_chance(trials: int, chance: float) -> None:
    found = coupled().binomial(np.full(ROWS, trials), np.full(ROWS, chance))
    u = np.random.default_rng(1).random(ROWS)
    assert np.array_equal(found, stats.binom.ppf(u, trials, chance).clip(min=0.0))


@given(st.integers(0, 99), st.floats(0.0, 9.0), st.floats(0.0, 9.0))
def test_a_higher_rate_never_buys_less_with_the_same_luck(seed: int, one: float, other: float) -> None:
    low, high = (coupled(seed).poisson(np.full(50, rate)) for rate in sorted((one, other)))
    assert (low <= high).all()


def test_the_stream_keeps_step_whatever_is_drawn() -> None:
    one, other = coupled(), coupled()
    one.poisson(np.full(10, 0.1))
    other.poisson(np.full(10, 8.0))
    one.binomial(np.full(10, 1), np.full(10, 0.5))
    other.binomial(np.full(10, 9), np.full(10, 0.1))
    assert np.array_equal(one.random(5), other.random(5))
    assert np.array_equal(one.standard_normal(5), other.standard_normal(5))


def test_two_markets_of_the_same_luck_differ_only_where_something_was_done(traits: Traits) -> None:
    rows = len(traits.rate)
    one, other = (Market(traits, coupled(3)) for _ in range(2))
    some = nothing(rows)
    some[:100] = 0
    for week in range(6):
        still, treated = one.step(week, nothing(rows)), other.step(week, some if week == 0 else nothing(rows))
        for name in ("state", "purchases", "margin", "app", "score"):
            alike = [getattr(lived, name)[100:] for lived in (still, treated)]
            assert np.array_equal(*alike, equal_nan=name == "score"), (week, name)
