"""Allocation under limits: both solvers against the truth of small problems, and their promises on random ones."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decisioning import allocation_exact, allocation_prices
from decisioning.allocate import EXACT, allocate
from decisioning.allocation import NOTHING, Allocation, Limit, Problem

SOLVERS = [allocation_exact.solve, allocation_prices.solve]


def limit(name: str, bound: float, fixed: list[float], per_acceptance: list[float] | None = None) -> Limit:
    return Limit(name, bound, np.array(fixed), np.array(per_acceptance or [0.0] * len(fixed)))


def problem(value: list[list[float]], *limits: Limit, p: float = 0.5) -> Problem:
    return Problem(np.array(value), np.full((len(value), len(value[0])), p), limits)


def instance(customers: int, actions: int, seed: int) -> Problem:
    """Heavy-tailed values that go together over actions, and limits on money, contacts and units that bind."""
    rng = np.random.default_rng(seed)
    value = 5 * (np.exp(0.8 * rng.normal(size=(customers, 1)) + 0.6 * rng.normal(size=(customers, actions))) - 1)
    value[rng.random((customers, actions)) < 0.2] = -np.inf
    channel = rng.integers(0, 4, actions)
    cost, contact = rng.uniform(0.5, 6, actions), np.array([0.01, 0.0, 0.05, 0.6])[channel]
    limits = [Limit("money", 0.25 * customers, contact, cost)]
    limits += [Limit(f"channel {c}", 0.1 * customers, (channel == c) * 1.0, np.zeros(actions)) for c in range(3)]
    limits += [Limit("units", 0.01 * customers, np.zeros(actions), (np.arange(actions) == 0) * 1.0)]
    return Problem(value, rng.beta(1, 6, (customers, actions)), tuple(limits))


def best(given: Problem) -> float:
    """The best value there is, by trying everything."""
    found = 0.0
    for choice in product(range(NOTHING, given.value.shape[1]), repeat=len(given.value)):
        rows = np.flatnonzero(np.array(choice) != NOTHING)
        actions = np.array(choice)[rows]
        if (given.uses(rows, actions).sum(axis=1) <= given.bounds + 1e-12).all():
            found = max(found, float(given.value[rows, actions].sum()))
    return found


@pytest.mark.parametrize("solve", SOLVERS)
@pytest.mark.parametrize(
    ("given", "choice"),
    [
        (problem([[3.0, 1.0], [2.0, 5.0]]), [0, 1]),  # no limit: the best of each
        (problem([[3.0], [2.0], [1.0]], limit("mails", 2, [1.0])), [0, 0, NOTHING]),
        (problem([[3.0], [-2.0]], limit("mails", 9, [1.0])), [0, NOTHING]),  # what loses is never done
        (problem([[3.0], [-np.inf]], limit("mails", 9, [1.0])), [0, NOTHING]),
        (problem([[3.0, 2.0], [3.0, 1.0]], limit("gifts", 1, [1.0, 0.0])), [1, 0]),  # who has an alternative takes it
        (problem([[3.0], [2.0]], limit("money", 0, [0.0], [1.0])), [NOTHING, NOTHING]),
        (problem([[3.0, 1.0], [2.0, 1.0]], limit("money", 0, [1.0, 0.0])), [1, 1]),  # what is free remains
        (problem([[3.0], [2.0]], limit("money", 1.0, [0.0], [2.0])), [0, NOTHING]),  # expected: 2 x .5 each
        (problem([[3.0], [3.0], [3.0]], limit("mails", 2, [1.0])), None),  # ties: any two
    ],
)
def test_small_problems(solve: object, given: Problem, choice: list[int] | None) -> None:
    found: Allocation = solve(given)  # type: ignore[operator]
    assert found.value == pytest.approx(best(given))
    assert found.bound >= found.value
    if choice is not None:
        assert found.choice.tolist() == choice


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 5), st.integers(1, 3), st.integers(0, 3))
def test_exact_is_the_best_there_is_and_prices_never_claim_more(
    seed: int, customers: int, actions: int, limits: int
) -> None:
    rng = np.random.default_rng(seed)
    value = np.where(rng.random((customers, actions)) < 0.2, -np.inf, rng.integers(-3, 9, (customers, actions)) * 1.0)
    made = tuple(
        Limit(
            str(at),
            float(rng.integers(0, 4)),
            rng.integers(0, 2, actions) * 1.0,
            rng.integers(0, 3, actions) * 1.0,
        )
        for at in range(limits)
    )
    given_ = Problem(value, rng.integers(0, 5, (customers, actions)) / 4, made)
    truth = best(given_)
    exact, priced = (solve(given_) for solve in SOLVERS)
    assert exact.value == pytest.approx(truth, abs=1e-6)
    for found in (exact, priced):
        assert found.value <= truth + 1e-6
        assert found.bound >= truth - 1e-6
        for one in made:
            assert found.used[one.name] <= one.limit + 1e-9


@pytest.mark.parametrize("seed", range(3))
def test_prices_come_near_the_best(seed: int) -> None:
    found = allocation_prices.solve(instance(3000, 20, seed))
    assert found.gap <= 0.002
    assert found.how == "prices"
    assert all(price >= 0 for price in found.prices.values())


def test_a_limit_has_a_price_even_where_nobody_would_come_near_it_if_all_were_free() -> None:
    """Free of charge everybody takes the first of two equals; at its price they come to the other one's limit."""
    equals = problem([[10.0, 10.0]] * 100, limit("first", 10, [1.0, 0.0]), limit("second", 10, [0.0, 1.0]))
    found = allocation_prices.solve(equals)
    assert (found.value, found.bound) == (200.0, pytest.approx(200.0, rel=0.01))
    assert found.prices == pytest.approx({"first": 10.0, "second": 10.0}, rel=0.1)


def test_an_exact_answer_knows_its_gap() -> None:
    given_ = instance(300, 8, 1)
    found = allocation_exact.solve(given_)
    assert found.gap <= 0.0005
    assert found.value >= allocation_prices.solve(given_).value - 1e-9


def test_the_order_of_customers_does_not_matter() -> None:
    given_ = instance(200, 6, 2)
    shuffled = np.random.default_rng(0).permutation(200)
    other = Problem(given_.value[shuffled], given_.p_accept[shuffled], given_.limits)
    assert allocation_exact.solve(other).value == pytest.approx(allocation_exact.solve(given_).value, rel=2e-4)


@pytest.mark.parametrize("factor", [1.0, 1.5, 4.0])
def test_more_budget_never_earns_less(factor: float) -> None:
    tight = instance(150, 5, 3)
    loose = Problem(
        tight.value,
        tight.p_accept,
        tuple(Limit(one.name, one.limit * factor, one.fixed, one.per_acceptance) for one in tight.limits),
    )
    assert allocation_exact.solve(loose).value >= allocation_exact.solve(tight).value * (1 - 1e-4)


def test_prices_are_what_one_more_is_worth() -> None:
    given_ = instance(2000, 10, 4)
    money = given_.limits[0]
    more = Limit(money.name, money.limit * 1.01, money.fixed, money.per_acceptance)
    gained = (
        allocation_prices.solve(Problem(given_.value, given_.p_accept, (more, *given_.limits[1:]))).bound
        - allocation_prices.solve(given_).bound
    )
    assert gained / (0.01 * money.limit) == pytest.approx(allocation_prices.solve(given_).prices["money"], rel=0.05)


@pytest.mark.parametrize(("customers", "how"), [(10, "exact"), (EXACT // 5 + 1, "prices")])
def test_size_settles_the_way(customers: int, how: str) -> None:
    assert allocate(instance(customers, 5, 0)).how == how


@pytest.mark.parametrize("solve", SOLVERS)
def test_without_customers_there_is_nothing_to_do(solve: object) -> None:
    found: Allocation = solve(Problem(np.zeros((0, 2)), np.zeros((0, 2)), (limit("mails", 1, [1.0, 1.0]),)))  # type: ignore[operator]
    assert (found.value, found.bound, found.gap, found.used) == (0.0, 0.0, 0.0, {"mails": 0.0})


def test_single_precision_is_enough() -> None:
    given_ = instance(3000, 10, 5)
    single = Problem(given_.value.astype(np.float32), given_.p_accept.astype(np.float32), given_.limits)
    assert allocation_prices.solve(single).value == pytest.approx(allocation_prices.solve(given_).value, rel=1e-3)


def test_every_problem_is_named_at_once() -> None:
    with pytest.raises(ValueError, match="no problem of allocation") as raised:
        Problem(
            np.array([[np.nan, 1.0]]),
            np.array([[0.5, 1.5]]),
            (limit("money", -1, [1.0, -1.0]), limit("money", np.inf, [1.0])),
        )
    for part in (
        "value holds NaN or +inf",
        "p_accept is outside 0 to 1",
        "limit money is -1; 0 or more, and finite, is allowed",
        "fixed of money must be 2 numbers, none below 0",
        "limit money is given twice",
    ):
        assert part in str(raised.value)


def test_shapes_must_fit() -> None:
    with pytest.raises(ValueError, match=r"value is \(1, 2\), p_accept \(2, 2\)"):
        Problem(np.zeros((1, 2)), np.zeros((2, 2)), ())
