from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs.artefact import Column, Source
from features.encoding import CLIP, Encoder, RowEncoder, from_frame, from_table

SOURCES = (Source(name="city", levels=("Graz", "Linz")), Source(name="visits"))
LEVELS = st.one_of(st.none(), st.sampled_from(("Graz", "Linz", "Wien", "", "graz")))
NUMBERS = st.one_of(st.none(), st.floats(-1e6, 1e6))


@given(rows=st.lists(st.tuples(LEVELS, NUMBERS), min_size=1, max_size=8))
def test_a_null_and_an_unseen_category_mean_the_same_in_training_and_in_serving(
    rows: list[tuple[str | None, float | None]],
) -> None:
    codes = {"Graz": 0.0, "Linz": 1.0}
    expected = [[codes.get(city or "", math.nan), math.nan if n is None else n] for city, n in rows]
    named = [{"city": city, "visits": number} for city, number in rows]
    frame = pd.DataFrame(named, columns=["visits", "city"])
    table = pa.Table.from_pylist(named, schema=pa.schema({"visits": pa.float64(), "city": pa.string()}))
    for matrix in (from_frame(SOURCES, frame), from_table(SOURCES, table), RowEncoder(SOURCES)(named)):
        np.testing.assert_array_equal(matrix, expected)


@pytest.mark.parametrize(
    ("row", "encoded"),
    [
        ({}, [math.nan, math.nan]),
        ({"city": "Linz", "visits": True}, [1.0, 1.0]),
        ({"city": 1.0, "visits": "many"}, [math.nan, math.nan]),  # of the wrong kind
        ({"city": "Graz", "visits": 3, "age": 9}, [0.0, 3.0]),
    ],
)
def test_one_row(row: dict[str, float | str], encoded: list[float]) -> None:
    np.testing.assert_array_equal(RowEncoder(SOURCES)([row]), [encoded])


@pytest.mark.parametrize(
    "values", [pa.array(["Linz", None, "x"]).dictionary_encode(), pa.array(["Linz", None, "x"], pa.large_string())]
)
def test_however_a_category_is_stored(values: pa.Array) -> None:
    table = pa.table({"city": values, "visits": pa.array([1, None, 3], pa.int64())})
    np.testing.assert_array_equal(from_table(SOURCES, table), [[1, 1], [math.nan, math.nan], [math.nan, 3]])


def test_a_column_of_nulls_alone() -> None:
    frame = pd.DataFrame({"city": [None, None], "visits": [None, None]})
    assert np.isnan(from_frame(SOURCES, frame)).all()


def test_no_rows_keep_their_columns() -> None:
    assert RowEncoder(SOURCES)([]).shape == (0, 2)
    assert from_frame(SOURCES, pd.DataFrame({"city": [], "visits": []})).shape == (0, 2)


COLUMNS = (
    Column(source=1, op="number", value=4.0, mean=2.0, scale=2.0),
    Column(source=1, op="log", value=3.0, unit=2.0, mean=0.0, scale=1.0),
    Column(source=1, op="missing", mean=0.25, scale=0.5),
    Column(source=0, op="level", value=1.0, mean=0.5, scale=0.5),
    Column(source=0, op="missing", mean=0.0, scale=1.0),
)


@pytest.mark.parametrize(
    ("city", "visits", "z"),
    [
        (1.0, 6.0, [2.0, math.log(4), -0.5, 1.0, 0.0]),
        (0.0, math.nan, [1.0, math.log(2.5), 1.5, -1.0, 0.0]),  # null takes `value` and is marked
        (math.nan, 0.0, [-1.0, 0.0, -0.5, -1.0, 1.0]),
        (1.0, -7.0, [-4.5, 0.0, -0.5, 1.0, 0.0]),  # no logarithm of less than nothing
        (1.0, 1e9, [CLIP, CLIP, -0.5, 1.0, 0.0]),
    ],
)
def test_encoding_by_hand(city: float, visits: float, z: list[float]) -> None:
    matrix = np.array([[city, visits]])
    np.testing.assert_allclose(Encoder(COLUMNS)(matrix), [z])
    np.testing.assert_array_equal(matrix, [[city, visits]])


def test_trees_see_every_column_but_the_logarithms() -> None:
    assert Encoder(COLUMNS).for_trees.tolist() == [0, 2, 3, 4]
