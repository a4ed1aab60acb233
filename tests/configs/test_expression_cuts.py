"""Where an expression can tell numbers apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs.expression_cuts import Cuts, place
from configs.expression_text import read


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("customer.a > 3", {"a": (3.0,)}),
        ("customer.a > -3.5 && 2e1 >= customer.a || customer.a != 16", {"a": (-3.5, 16.0, 20.0)}),
        ("-1 < customer.a", {"a": (-1.0,)}),
        ("(customer.a < 3) == true", {"a": (3.0,)}),
        ("customer.a < 3 ? customer.b == 'x' : customer.c > 1.5", {"a": (3.0,), "b": (), "c": (1.5,)}),
        ("[customer.a < 3, 4 == customer.b][0]", {"a": (3.0,), "b": (4.0,)}),
        ("has(customer.a) && customer.a == null", {"a": ()}),
        ("customer['a'] == true", {"a": ()}),
        ("customer.a > 3 && customer.a == 3", {"a": (3.0,)}),
        ("customer.a > 3 && customer.a + 1 > 3", {}),
        ("customer.a + 1 > 3 && customer.a > 3 && customer.b > 3", {"b": (3.0,)}),
        ("customer.a", {}),
        ("customer.a && true", {}),
        ("!customer.a == 3", {}),
        ("1 - customer.a > 3", {}),
        ("1 + 3 < customer.a", {}),
        ("2 * -3 < customer.a", {}),
        ("customer.a > 3 + 1", {}),
        ("customer.a > 3 == true", {}),
        ("true == 3 < customer.a", {}),
        ("customer.a > customer.b", {}),
        ("customer.a > offer.value", {}),
        ("customer.a in [1, 2]", {}),
        ("[1, 2][customer.a] == 1", {}),
        ("size(customer.a) > 2 && customer.b.size() > 1", {}),
        ("customer.a > 3u && customer.b > 0x10", {}),
        (f"customer.a > {'9' * 400} && customer.b > 1e999", {"b": (float("inf"),)}),
        ("customer.a == -'x'", {}),
        ("customer.a == !true", {}),
        ("customer.a > 9007199254740992", {"a": (9007199254740992.0,)}),
        ("customer.a > 9007199254740993", {}),
        ("offer.value > 3", {}),
    ],
)
def test_only_numbers_held_against_literals_have_cuts(text: str, expected: dict[str, Cuts]) -> None:
    assert read(text).cuts == expected


@pytest.mark.parametrize(
    ("cuts", "value", "expected"),
    [
        ((), 3.0, 0),
        ((1.0,), 0.5, 0),
        ((1.0,), 1.0, 1),
        ((1.0,), 1.5, 2),
        ((1.0, 2.0), 1.5, 2),
        ((1.0, 2.0), 2.0, 3),
        ((1.0, 2.0), float("inf"), 4),
        ((1.0, 2.0), float("-inf"), 0),
        ((0.0,), -0.0, 1),
    ],
)
def test_place(cuts: Cuts, value: float, expected: int) -> None:
    assert place(cuts, value) == expected


finite = st.floats(-10, 10)


@given(st.lists(finite, unique=True).map(lambda cuts: tuple(sorted(cuts))), finite, finite)
def test_two_numbers_in_one_place_compare_alike_with_every_cut(cuts: Cuts, one: float, other: float) -> None:
    alike = all((one < cut, one == cut) == (other < cut, other == cut) for cut in cuts)
    assert (place(cuts, one) == place(cuts, other)) == alike
