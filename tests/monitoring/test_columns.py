from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from monitoring.columns import pairs

NAN = float("nan")


@pytest.mark.parametrize(
    ("reference", "current", "kind", "expected", "unreadable"),
    [
        (pd.Series([1.0, 2.0]), pd.Series([3.0, None]), "number", [3.0, NAN], 0),
        (pd.Series([1, 2]), pd.Series([1, None], dtype="Int64"), "number", [1.0, NAN], 0),
        (pd.Series([1, None], dtype="Int64"), pd.Series([1, 2]), "number", [1.0, 2.0], 0),
        (pd.Series([True, False]), pd.Series([True, None], dtype=object), "number", [1.0, NAN], 0),
        (pd.Series([True, None], dtype="boolean"), pd.Series([0.0, 1.0]), "number", [0.0, 1.0], 0),
        (pd.Series([1.0, None], dtype=object), pd.Series([4, 5]), "number", [4.0, 5.0], 0),
        (pd.Series([1.0, 2.0]), pd.Series([1.0, "n/a"], dtype=object), "number", [1.0, NAN], 1),
        (pd.Series([1.0, 2.0]), pd.Series(["12", "x"]), "number", [NAN, NAN], 2),
        (pd.Series([1.0, 2.0]), pd.Series([[1], {"a": 1}], dtype=object), "number", [NAN, NAN], 2),
        (pd.Series([1.0, 2.0]), pd.Series([np.inf, -np.inf]), "number", [NAN, NAN], 2),
        (pd.Series(["a", "b"]), pd.Series(["a", None]), "category", ["a", None], 0),
        (pd.Series(["a", "b"], dtype="category"), pd.Series(["c", "a"]), "category", ["c", "a"], 0),
        (pd.Series(["a", "b"], dtype="string"), pd.Series([7, None], dtype=object), "category", ["7", None], 0),
        (pd.Series([None, None], dtype=object), pd.Series([1.0, 2.0]), "category", ["1.0", "2.0"], 0),
    ],
)
def test_every_type_becomes_comparable(
    reference: pd.Series, current: pd.Series, kind: str, expected: list[object], unreadable: int
) -> None:
    (pair,) = pairs(reference.to_frame("x"), current.to_frame("x"))
    assert (pair.kind, pair.unreadable, pair.gone) == (kind, unreadable, False)
    assert pair.current.dtype == (np.float64 if kind == "number" else object)
    same = pytest.approx(expected, nan_ok=True) if kind == "number" else expected
    assert pair.current.tolist() == same


@pytest.mark.parametrize("reference", [[1.0, 2.0], ["a", "b"]])
def test_a_column_that_no_vector_has_is_gone_and_null(reference: list[object]) -> None:
    (pair,) = pairs(pd.DataFrame({"x": reference}), pd.DataFrame({"y": [1, 2, 3]}))
    assert pair.gone
    assert (len(pair.current), len(pair.seen_current)) == (3, 0)


def test_nothing_is_gone_from_an_empty_window() -> None:
    (pair,) = pairs(pd.DataFrame({"x": [1.0]}), pd.DataFrame())
    assert (pair.gone, len(pair.current)) == (False, 0)


def test_keys_and_new_columns_are_not_inputs() -> None:
    reference = pd.DataFrame({"customer_id": ["c1"], "as_of": [0], "x": [1.0], "p_churn": [0.1]})
    current = pd.DataFrame({"x": [1.0], "p_churn": [0.1], "new": [3]})
    assert [pair.name for pair in pairs(reference, current)] == ["x", "p_churn"]


def test_seen_leaves_nulls_out() -> None:
    (pair,) = pairs(pd.DataFrame({"x": ["a", None, "b"]}), pd.DataFrame({"x": [None, None, "c"]}))
    assert (pair.seen_reference.tolist(), pair.seen_current.tolist()) == (["a", "b"], ["c"])
