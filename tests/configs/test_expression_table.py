"""An expression over a table says what it says of one customer after the other."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from configs.expression_table import VERDICTS, Column, decide_table
from configs.expressions import compiled
from decisioning.offers import Attribute
from tests.configs.expression_worlds import CONTEXT, OFFER, customers, outcome, texts

COLUMNS: dict[str, Column] = {
    "age": np.array([17.0, 18.0, 18.5, np.nan, 99.0, -0.0]),
    "visits": np.array([0, 1, 2, 3, 4, 5]),
    "plan": np.array(["gold", None, "silver", "gold", "gold", np.nan], dtype=object),
    "vip": np.array([True, False, True, False, True, False]),
    "mixed": np.array([1.0, True, "1", None, 0.0, False], dtype=object),
    "empty": np.array([None] * 6, dtype=object),
}
T, F, N, U = "true", "false", "neither", "undecided"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("true", [T] * 6),
        ("offer.kind == 'B'", [F] * 6),
        ("context.page == 'cart' && offer.cost < 2.0", [T] * 6),
        ("1.0", [N] * 6),
        ("context.lost", [U] * 6),
        ("customer.age >= 18", [F, T, T, U, T, F]),
        ("customer.age == null || customer.age > 90.0", [F, F, F, T, T, F]),
        ("customer.age * 2.0 > 36.0", [F, F, T, U, T, F]),
        ("1.0 / customer.age < 0.0", [F, F, F, U, F, F]),
        ("customer.visits > 2.0", [F, F, F, T, T, T]),
        ("customer.visits / 2.0 == 0.5", [F, T, F, F, F, F]),
        ("customer.plan == 'gold'", [T, F, F, T, T, F]),
        ("customer.plan.startsWith('s')", [F, U, T, F, F, U]),
        ("customer.vip", [T, F, T, F, T, F]),
        ("customer.vip && customer.age > 18.0 && customer.plan != null", [F, F, T, F, T, F]),
        ("customer.mixed == 1.0", [T, F, F, F, F, F]),
        ("customer.mixed == true", [F, T, F, F, F, F]),
        ("customer.mixed", [N, T, N, N, N, F]),
        ("customer.empty == null", [T] * 6),
        ("has(customer.gone)", [F] * 6),
        ("customer.gone == null", [U] * 6),
        ("customer.gone == null || customer.vip", [T, U, T, U, T, U]),
    ],
)
def test_verdicts(text: str, expected: list[str]) -> None:
    verdicts = decide_table(compiled(text), COLUMNS, count=6, offer=OFFER, context=CONTEXT)
    assert [VERDICTS[code] for code in verdicts.code] == expected
    assert verdicts.passed.tolist() == [one == T for one in expected]
    assert verdicts.counts() == {name: expected.count(name) for name in VERDICTS}


@pytest.mark.parametrize("text", ["true", "customer.age > 3.0", "customer.age + 1.0 > 3.0 && customer.plan == 'x'"])
def test_nobody_has_no_verdicts(text: str) -> None:
    columns: dict[str, Column] = {"age": np.empty(0), "plan": np.empty(0, dtype=object)}
    assert decide_table(compiled(text), columns, count=0, offer=OFFER).counts() == dict.fromkeys(VERDICTS, 0)


def test_more_combinations_than_there_are_numbers_for_are_told_apart() -> None:
    count, names = 3000, [f"a{number}" for number in range(8)]
    values = np.random.default_rng(0).permuted(np.tile(np.arange(count) / 8.0, (8, 1)), axis=1)
    text = f"{' + '.join(f'customer.{name}' for name in names)} > 1500.0"
    verdicts = decide_table(compiled(text), dict(zip(names, values, strict=True)), count=count, offer=OFFER)
    assert (3000 + 1) ** 8 > 2**62
    assert verdicts.passed.tolist() == (values.sum(axis=0) > 1500.0).tolist()


@settings(deadline=None)
@given(texts, st.lists(customers, min_size=1, max_size=12))
def test_a_table_fares_as_its_customers_one_by_one(text: str, people: list[dict[str, Attribute]]) -> None:
    frame = pd.DataFrame(people, dtype=object)
    columns = {name: frame[name].to_numpy() for name in frame}
    columns |= {
        name: frame[name].to_numpy(dtype=kind) for name, kind in (("age", float), ("spent", float), ("vip", bool))
    }
    expression = compiled(text)
    said = [outcome(expression, {"customer": person, "offer": OFFER, "context": CONTEXT}) for person in people]
    expected = [
        (str(value).lower() if kind is bool else U if issubclass(kind, Exception) else N) for kind, value in said
    ]
    verdicts = decide_table(expression, columns, count=len(people), offer=OFFER, context=CONTEXT)
    assert [VERDICTS[code] for code in verdicts.code] == expected
