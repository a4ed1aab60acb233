from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from configs.errors import DataError
from monitoring.columns import pairs
from monitoring.data.quality import ColumnQuality, TableCounts, check_quality, read_ingest

N = 400
BASE = pd.DataFrame({"x": np.arange(float(N)), "k": ["a", "b"] * (N // 2)})


def check(current: pd.DataFrame, settings, reference: pd.DataFrame = BASE) -> dict[str, ColumnQuality]:
    found = check_quality(pairs(reference, current), settings, empty=0, ingest=())
    return {column.name: column for column in found.columns}


@pytest.mark.parametrize(
    ("change", "column", "field", "value"),
    [
        (lambda f: f.assign(x=f["x"].where(f["x"] >= 80)), "x", "nulls_changed", True),
        (lambda f: f.assign(x=f["x"].where(f["x"] >= 12)), "x", "nulls_changed", False),  # 3% is under null_change
        (lambda f: f.assign(x=np.nan), "x", "null_current", 1.0),
        (lambda f: f.drop(columns="x"), "x", "gone", True),
        (lambda f: f.assign(x=3.0), "x", "stuck", True),
        (lambda f: f.assign(x=f["x"].astype(object).where(f["x"] > 4, "n/a")), "x", "unreadable", 5),
        (lambda f: f.assign(k=["a", "new"] * (N // 2)), "k", "unseen", ("new",)),
        (lambda f: f.assign(k=["a", "new"] * (N // 2)), "k", "unseen_share", 0.5),
        (lambda f: f.assign(k=[f"n{i % 9}" for i in range(N)]), "k", "unseen", ("n0", "n1", "n2")),
    ],
)
def test_what_is_different_is_named(settings, change, column: str, field: str, value: object) -> None:
    found = check(change(BASE), settings)
    assert getattr(found[column], field) == value
    assert found[column].sound == (value is False)
    assert all(other.sound for name, other in found.items() if name != column)


@pytest.mark.parametrize(("value", "broken"), [("rare", True), ("usual", False)])
def test_one_value_for_everybody_is_a_broken_feed_unless_most_had_it(settings, value: str, *, broken: bool) -> None:
    reference = BASE.assign(k=["rare", "usual", "usual", "usual"] * (N // 4))
    (column,) = (one for one in check(BASE.assign(k=value), settings, reference).values() if one.name == "k")
    assert (column.stuck, column.broken) == (True, broken)


@pytest.mark.parametrize("rows", [0, 1, 50])
def test_few_rows_prove_nothing(settings, rows: int) -> None:
    found = check(BASE.assign(x=np.nan, k="a").head(rows), settings)
    assert [column.sound for column in found.values()] == [True, True]


def test_a_column_that_was_always_empty_is_sound(settings) -> None:
    empty = BASE.assign(k=None)
    assert check(empty, settings, reference=empty)["k"].sound


def test_changes_in_nulls_are_false_at_most_at_the_stated_rate(settings) -> None:
    """Ten columns half null on both sides, with no smallest change: at most alpha of 200 runs may name any."""
    rng, alarms = np.random.default_rng(0), 0
    loose = settings.model_copy(update={"null_change": 0.0})
    for _ in range(200):
        both = pd.DataFrame(np.where(rng.random((800, 10)) < 0.5, np.nan, 1.0)).rename(columns=str)
        found = check_quality(pairs(both[:500], both[500:]), loose, empty=0, ingest=())
        alarms += any(column.nulls_changed for column in found.columns)
    assert alarms <= binom.ppf(1 - 1e-3, 200, loose.alpha)


def test_ingestion_counts_are_read_as_written(tmp_path: Path) -> None:
    path = tmp_path / "ingest.json"
    path.write_text('{"tables": {"customers": {"read": 10, "kept": 9, "file": "a.csv", "ok": true}, "offers": {}}}')
    assert read_ingest(path) == (
        TableCounts("customers", (("read", 10), ("kept", 9))),
        TableCounts("offers", ()),
    )


def test_no_ingestion_no_counts(tmp_path: Path) -> None:
    assert read_ingest(tmp_path / "ingest.json") == ()


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"tables": [1]}', '{"tables": {"customers": 3}}'])
def test_a_damaged_summary_is_an_error_that_says_what_to_do(tmp_path: Path, text: str) -> None:
    path = tmp_path / "ingest.json"
    path.write_text(text)
    with pytest.raises(DataError, match=r"ingest.json is damaged .*run `tenure ingest` again"):
        read_ingest(path)


def test_missing_columns_come_first(settings) -> None:
    current = BASE.drop(columns="x").assign(k="new")
    assert [c.name for c in check_quality(pairs(BASE, current), settings, empty=2, ingest=()).unsound] == ["x", "k"]
