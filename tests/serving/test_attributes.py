"""What expressions see of a customer is the same for one and for a table of them."""

from __future__ import annotations

import pyarrow as pa
import pytest

from configs.expression_table import decide_table
from configs.expressions import compiled
from decisioning.offers import Attribute
from features.vectors import FeatureVector, of_kind
from serving.attributes import attributes, columns
from tests.serving.fakes import NOW

AFFINITY = of_kind("taste__likes", "gift")
ROWS = [
    {"profile__plan": "gold", "purchases__weeks": 3.0, "profile__member": True, "profile__consent__email": "yes"},
    {"profile__plan": None, "purchases__weeks": None, "profile__member": False, "profile__consent__email": "no"},
    {"profile__plan": "", "purchases__weeks": 0.0, "profile__member": None, "profile__consent__email": None},
]
TABLE = pa.Table.from_pylist(
    [{"customer_id": "c", "as_of": NOW, "consent__email": 1.0, AFFINITY: 2.0, **row} for row in ROWS]
)
VECTORS = [
    FeatureVector("c", NOW, {"consent__email": 1.0, **row}, by_kind={"gift": {"taste__likes": 2.0}}) for row in ROWS
]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("plan", ["gold", None, ""]),
        ("profile__plan", ["gold", None, ""]),
        ("purchases__weeks", [3.0, None, 0.0]),
        ("member", [True, False, None]),
        ("consent__email", ["yes", "no", None]),  # a declared attribute hides the feature that it is called like
    ],
)
def test_a_feature_has_the_same_values(name: str, expected: list[Attribute]) -> None:
    assert [attributes(vector)[name] for vector in VECTORS] == expected
    column = columns(TABLE, [name])[name]
    assert [None if value != value else value for value in column.tolist()] == expected


@pytest.mark.parametrize("name", ["gone", "weeks", "customer_id", "as_of", "taste__likes", AFFINITY])
def test_what_is_no_feature_is_missing(name: str) -> None:
    assert [name in attributes(vector) for vector in VECTORS] == [False] * 3
    assert columns(TABLE, [name]) == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("customer.member", [True, False, False]),
        ("customer.member == true", [True, False, False]),
        ("customer.member == 1.0", [False, False, False]),
        ("customer.gone == null", [False, False, False]),
        ("customer.plan == null", [False, True, False]),
        ("!has(customer.gone)", [True, True, True]),
        ("customer.customer_id == 'c'", [False, False, False]),
    ],
)
def test_expressions_tell_them_apart(text: str, expected: list[bool]) -> None:
    expression = compiled(text)
    verdicts = decide_table(expression, columns(TABLE, expression.customer), count=len(ROWS), offer={})
    assert verdicts.passed.tolist() == expected
