"""Everybody scored into one file, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from configs.errors import DataError
from serving.batch import SCHEMA, score_table
from tests.serving.artefacts import artefact, model

AS_OF = datetime(2023, 6, 1, tzinfo=UTC)


def piece(days: list[float | None], first: int = 0) -> pa.Table:
    return pa.table(
        {
            "customer_id": [f"c{first + number}" for number in range(len(days))],
            "as_of": pa.array([AS_OF] * len(days), pa.timestamp("us", "UTC")),
            "x__days": pa.array(days, pa.float64()),
            "x__plan": pa.array(["gold"] * len(days)),
        }
    )


def test_pieces_become_one_file_with_bands_and_stakes(tmp_path: Path) -> None:
    churn, value = model(tmp_path / "churn", artefact()), model(tmp_path / "value", artefact(link="log"))
    told: list[int] = []
    path = tmp_path / "scores" / "now.parquet"
    pieces = iter([piece([-20.0, 0.0]), piece([10.0, 30.0, None], first=2)])
    assert score_table(pieces, churn=churn, value=value, path=path, progress=told.append) == 5
    written = pq.read_table(path)
    assert (written.schema, told) == (SCHEMA, [2, 5])
    assert written["customer_id"].to_pylist() == ["c0", "c1", "c2", "c3", "c4"]
    assert written["risk_band"].to_pylist() == ["low", "medium", "high", "high", "high"]
    rows = [{"x__days": days, "x__plan": "gold"} for days in (-20.0, 0.0, 10.0, 30.0, None)]
    assert written["p_churn"].to_pylist() == pytest.approx(churn.predict(rows).tolist())
    assert written["value_at_stake"].to_pylist() == pytest.approx(value.predict(rows).tolist())


def test_without_a_value_model_the_stake_is_null(tmp_path: Path) -> None:
    churn = model(tmp_path / "churn", artefact())
    score_table(iter([piece([1.0])]), churn=churn, value=None, path=tmp_path / "out.parquet")
    assert pq.read_table(tmp_path / "out.parquet")["value_at_stake"].to_pylist() == [None]


def test_nobody_is_a_file_without_rows(tmp_path: Path) -> None:
    churn = model(tmp_path / "churn", artefact())
    assert score_table(iter([]), churn=churn, value=None, path=tmp_path / "out.parquet") == 0
    assert pq.read_table(tmp_path / "out.parquet").schema == SCHEMA


def test_a_run_that_breaks_off_leaves_the_file_of_before(tmp_path: Path) -> None:
    churn, path = model(tmp_path / "churn", artefact()), tmp_path / "scores" / "out.parquet"
    score_table(iter([piece([1.0])]), churn=churn, value=None, path=path)

    def breaking() -> Iterator[pa.Table]:
        yield piece([1.0, 2.0])
        raise DataError("the second piece is gone")

    with pytest.raises(DataError, match="the second piece is gone"):
        score_table(breaking(), churn=churn, value=None, path=path)
    assert [file.name for file in path.parent.iterdir()] == ["out.parquet"]
    assert pq.read_table(path).num_rows == 1


def test_a_missing_feature_is_named(tmp_path: Path) -> None:
    churn = model(tmp_path / "churn", artefact())
    with pytest.raises(DataError, match="needs features that are not there: x__plan"):
        score_table(
            iter([piece([1.0]).drop_columns("x__plan")]), churn=churn, value=None, path=tmp_path / "out.parquet"
        )
