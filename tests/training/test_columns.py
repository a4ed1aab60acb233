"""Which columns a frame gives."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from configs.artefact import Source
from features.encoding import Encoder, from_frame
from training.columns import fit_columns, fit_sources


def encoded(frame: pd.DataFrame, min_level_rows: int = 1) -> list[tuple[str, str, float]]:
    """(source, op, value) of each column."""
    sources = fit_sources(frame, list(frame))
    columns = fit_columns(sources, from_frame(sources, frame), min_level_rows)
    return [(sources[column.source].name, column.op, column.value) for column in columns]


def test_levels_come_by_frequency_then_name_and_empty_features_not_at_all() -> None:
    frame = pd.DataFrame({"plan": ["b", "a", "c", "c", None], "age": [1.0, 2, 3, 4, 5], "empty": [None] * 5})
    assert fit_sources(frame, ["plan", "age", "empty"]) == (
        Source(name="plan", levels=("c", "a", "b")),
        Source(name="age"),
    )


@pytest.mark.parametrize(
    ("values", "min_level_rows", "expected"),
    [
        ([1.0, 2, 30, 4], 1, [("x", "number", 3.0), ("x", "log", 3.0)]),
        ([-1.0, 2, 30, 4], 1, [("x", "number", 3.0)]),  # a logarithm needs numbers that are never negative
        ([5.0, 5, 5, 5], 1, []),
        ([1.0, 2, 30, np.nan], 1, [("x", "number", 2.0), ("x", "log", 2.0), ("x", "missing", 0.0)]),
        ([1.0, 2, 30, np.nan], 2, [("x", "number", 2.0), ("x", "log", 2.0)]),
        ([0.0, 1, 0, 1], 1, [("x", "number", 0.5)]),  # the logarithm of a flag is the flag again
        (["a", "a", "b", "c"], 2, [("x", "level", 0.0)]),
        (["a", "a", "b", None], 1, [("x", "level", 0.0), ("x", "level", 1.0), ("x", "missing", 0.0)]),
        (["a", "a", "b", "b"], 1, [("x", "level", 0.0)]),  # the second level is the first one's opposite
    ],
)
def test_a_feature_gives_its_columns(
    values: list[object], min_level_rows: int, expected: list[tuple[str, str, float]]
) -> None:
    assert encoded(pd.DataFrame({"x": values}), min_level_rows) == expected


def test_a_repetition_of_an_earlier_column_is_left_out() -> None:
    frame = pd.DataFrame({"x": [-1.0, 2, 3, 9], "twice": [-2.0, 4, 6, 18], "other": [-4.0, 1, 2, 2]})
    assert [name for name, _, _ in encoded(frame)] == ["x", "other"]


def test_columns_are_standardised() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.gamma(2, 5, 500), "plan": rng.choice(["a", "b", "c"], 500)})
    sources = fit_sources(frame, list(frame))
    matrix = from_frame(sources, frame)
    z = Encoder(fit_columns(sources, matrix, 1))(matrix)
    within = np.abs(z).max(axis=0) < 5  # clipped ones lose a little of their tail
    assert z.mean(axis=0)[within] == pytest.approx(0, abs=1e-9)
    assert z.std(axis=0)[within] == pytest.approx(1, abs=1e-9)
