"""Spending a budget: within it, all but all of it, and no better choice of the same money by one exchange."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.loop.spending import at_price, expected_spend, in_order
from pipelines.market.arrays import Index, Vector
from pipelines.market.catalogue import NOTHING


def test_what_an_action_is_expected_to_cost() -> None:
    found = expected_spend(np.array([[0.5, 0.1]]), np.array([4.0, 2.0]), np.array([0.0, 0.6]))
    assert found.tolist() == [[2.0, 0.8]]


@pytest.mark.parametrize(
    ("budget", "expected"),
    [
        (0.0, [NOTHING] * 4),
        (1.0, [NOTHING, NOTHING, 1, NOTHING]),
        (2.9, [NOTHING, NOTHING, 1, NOTHING]),
        (3.0, [5, NOTHING, 1, NOTHING]),
        (9.0, [5, NOTHING, 1, 2]),
    ],
)
def test_the_first_in_order_get_theirs_until_the_money_is_spent(budget: float, expected: list[int]) -> None:
    order, action = np.array([2, 1, 0, 3]), np.array([5, NOTHING, 1, 2])
    spend = np.array([2.0, 100.0, 1.0, 3.0])
    assert in_order(order, action, spend, budget).tolist() == expected


def world(seed: int, rows: int = 40, actions: int = 3) -> tuple[Vector, Vector, np.ndarray]:
    rng = np.random.default_rng(seed)
    shape = (rows, actions)
    return rng.normal(0.5, 1.0, shape), rng.uniform(0.0, 2.0, shape), rng.random(shape) < 0.8


def total(matrix: Vector, action: Index) -> float:
    made = np.flatnonzero(action != NOTHING)
    return float(matrix[made, action[made]].sum())


@given(st.integers(0, 10_000), st.floats(0.0, 40.0))
def test_what_is_chosen_is_allowed_within_budget_and_worth_it(seed: int, budget: float) -> None:
    value, spend, allowed = world(seed)
    action = at_price(value, spend, allowed, budget)
    made = np.flatnonzero(action != NOTHING)
    assert allowed[made, action[made]].all()
    assert (value[made, action[made]] > 0.0).all()
    assert total(spend, action) <= budget + 1e-9


def test_with_money_enough_everybody_gets_the_best() -> None:
    value, spend, allowed = world(1)
    action = at_price(value, spend, allowed, 1e6)
    best = np.where(allowed, value, -np.inf).max(axis=1)
    assert total(value, action) == pytest.approx(best[best > 0].sum())


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("budget", [0.5, 2.0, 4.0])
def test_it_is_no_further_from_the_best_than_one_customers_worth(seed: int, budget: float) -> None:
    """Choosing at a price loses at most one customer's value to the best whole choice (here found by trying all)."""
    value, spend, allowed = world(seed, rows=6, actions=2)
    choices = product(range(NOTHING, 2), repeat=6)
    best = max(
        total(value, np.array(one))
        for one in choices
        if total(spend, np.array(one)) <= budget
        and all(place == NOTHING or allowed[row, place] for row, place in enumerate(one))
    )
    found = total(value, at_price(value, spend, allowed, budget))
    assert best - np.where(allowed, value, 0.0).max() <= found <= best + 1e-9


def test_equals_are_not_dropped_together() -> None:
    """Ten alike and money for four: four get it."""
    value, spend = np.ones((10, 1)), np.ones((10, 1))
    assert (at_price(value, spend, np.ones((10, 1), dtype=bool), 4.0) != NOTHING).sum() == 4
