"""The hard stop of budgets: exact sums, whole periods, and no order of writers that overruns a limit."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, select

from decisioning.budgets import MONDAY, SLACK, Budget
from features.ledger import BUDGET_USE, to_text
from serving.database import open_ledger, writing
from serving.entries import Hold
from serving.holds import MILLIONTHS, BudgetSpent, hold, holds_of, left

WEDNESDAY = datetime(2024, 1, 3, 12, tzinfo=UTC)
THIS_MONDAY, NEXT_MONDAY = datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 8, tzinfo=UTC)
WEEKLY = Budget("money", "money", 10.0, 7.0)
PACED = Budget("paced", "money", 70.0, 7.0, pacing="even")
EVER = Budget("ever", "units", 3.0)


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")


def held(engine: Engine, *holds: Hold) -> bool:
    """Whether all were held; where not, none was."""
    try:
        with writing(engine) as connection:
            hold(connection, holds)
    except BudgetSpent:
        return False
    return True


def used(engine: Engine) -> Mapping[tuple[str, str], int]:
    with engine.connect() as connection:
        return {(row.budget, row.period): row.used for row in connection.execute(select(BUDGET_USE))}


@pytest.mark.parametrize(
    ("budget", "use", "now", "expected"),
    [
        (WEEKLY, 2.1, WEDNESDAY, Hold("money", THIS_MONDAY, 2_100_000, 10_000_000)),
        (WEEKLY, 0.1 + 0.2, WEDNESDAY, Hold("money", THIS_MONDAY, 300_000, 10_000_000)),  # not 300,001
        (WEEKLY, 0.0000011, WEDNESDAY, Hold("money", THIS_MONDAY, 2, 10_000_000)),
        (WEEKLY, 1.0, NEXT_MONDAY - timedelta(microseconds=1), Hold("money", THIS_MONDAY, 1_000_000, 10_000_000)),
        (WEEKLY, 1.0, NEXT_MONDAY, Hold("money", NEXT_MONDAY, 1_000_000, 10_000_000)),
        (PACED, 1.0, THIS_MONDAY, Hold("paced", THIS_MONDAY, 1_000_000, 7_000_000)),  # a tenth ahead
        (PACED, 1.0, WEDNESDAY, Hold("paced", THIS_MONDAY, 1_000_000, 32_000_000)),
        (PACED, 1.0, NEXT_MONDAY - timedelta(hours=1), Hold("paced", THIS_MONDAY, 1_000_000, 70_000_000)),
        (EVER, 1.0, WEDNESDAY, Hold("ever", MONDAY, 1_000_000, 3_000_000)),
        (Budget("third", "money", 10 / 3), 1.0, WEDNESDAY, Hold("third", MONDAY, 1_000_000, 3_333_333)),
    ],
)
def test_amounts_are_rounded_up_and_limits_down(budget: Budget, use: float, now: datetime, expected: Hold) -> None:
    assert holds_of({budget.name: use}, [budget], now) == [expected]


def test_what_uses_nothing_holds_nothing() -> None:
    assert holds_of({}, [WEEKLY], WEDNESDAY) == []
    assert holds_of({"money": 0.0, "gone": 1.0}, [WEEKLY, EVER], WEDNESDAY) == []


def test_what_is_left_is_of_the_period_and_exact(engine: Engine) -> None:
    budgets = (WEEKLY, PACED, EVER)
    assert left(engine, (), WEDNESDAY) == {}
    assert left(engine, budgets, WEDNESDAY) == {"money": 10.0, "paced": 32.0, "ever": 3.0}
    for _ in range(10):
        assert held(engine, *holds_of({"money": 0.1, "paced": 0.7, "ever": 0.3}, budgets, WEDNESDAY))
    assert left(engine, budgets, WEDNESDAY) == {"money": 9.0, "paced": 25.0, "ever": 0.0}
    assert left(engine, budgets, NEXT_MONDAY) == {"money": 10.0, "paced": 7.0, "ever": 0.0}


def test_a_limit_below_what_is_committed_leaves_less_than_nothing(engine: Engine) -> None:
    assert held(engine, *holds_of({"ever": 3.0}, [EVER], WEDNESDAY))
    cut = Budget("ever", "units", 1.0)
    assert left(engine, [cut], WEDNESDAY) == {"ever": -2.0}
    assert not held(engine, *holds_of({"ever": 1e-6}, [cut], WEDNESDAY))


def test_the_limit_itself_may_be_used_and_no_more(engine: Engine) -> None:
    limit = 3_000_000
    assert [held(engine, Hold("b", MONDAY, amount, limit)) for amount in (limit + 1, limit, 1, 0)] == [
        False,
        True,
        False,
        True,
    ]
    assert used(engine) == {("b", to_text(MONDAY)): limit}


def test_a_decision_that_one_budget_refuses_uses_of_none(engine: Engine) -> None:
    assert not held(engine, Hold("a", MONDAY, 1, 5), Hold("b", MONDAY, 6, 5))
    assert used(engine) == {}


def test_sums_beyond_32_bits_are_counted(engine: Engine) -> None:
    rich = Budget("rich", "money", 1e9)
    assert held(engine, *holds_of({"rich": 9e8}, [rich], WEDNESDAY))
    assert left(engine, [rich], WEDNESDAY) == {"rich": 1e8}


ATTEMPTS = st.lists(st.dictionaries(st.sampled_from("abc"), st.integers(0, 400), min_size=1), min_size=1, max_size=30)
LIMITS = {"a": 1000, "b": 300, "c": 0}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return open_ledger(f"sqlite:///{tmp_path_factory.mktemp('holds') / 'ledger.db'}")


@given(attempts=ATTEMPTS)
def test_any_sequence_uses_what_passed_and_no_more_than_the_limit(
    shared: Engine, attempts: list[dict[str, int]]
) -> None:
    with shared.begin() as connection:
        connection.execute(delete(BUDGET_USE))
    expected = dict.fromkeys(LIMITS, 0)
    for amounts in attempts:
        fits = all(expected[name] + amount <= LIMITS[name] for name, amount in amounts.items())
        assert held(shared, *(Hold(name, MONDAY, amount, LIMITS[name]) for name, amount in amounts.items())) is fits
        for name, amount in amounts.items() if fits else ():
            expected[name] += amount
    found = used(shared)
    assert {name: found.get((name, to_text(MONDAY)), 0) for name in LIMITS} == expected


@given(spent=st.integers(0, 5_000_000), share=st.floats(0, 1), more=st.floats(0, SLACK))
def test_what_a_decision_lets_pass_the_ledger_holds(shared: Engine, spent: int, share: float, more: float) -> None:
    budget = Budget("money", "money", 5.0)
    with shared.begin() as connection:
        connection.execute(delete(BUDGET_USE))
    assert held(shared, Hold("money", MONDAY, spent, 5_000_000))
    there = left(shared, [budget], WEDNESDAY)["money"]
    assert there == (5_000_000 - spent) / MILLIONTHS
    use = there if share > 0.5 else there * share
    assert held(shared, *holds_of({"money": use + more}, [budget], WEDNESDAY))


def test_threads_that_hold_at_once_share_what_there_is(engine: Engine) -> None:
    with ThreadPoolExecutor(8) as threads:
        passed = list(threads.map(lambda _: held(engine, Hold("b", MONDAY, 7, 300)), range(100)))
    assert sum(passed) == 300 // 7
    assert used(engine) == {("b", to_text(MONDAY)): 300 // 7 * 7}
